"""One form for every way in which a phone number is written or said in the region.

In front of the `phonenumbers` library stand the forms that it does not know: Chinese and radio
digits (幺三八, 洞拐勾), 三个八, extensions (转 12, 分机 12, -12 behind a landline), 0086
whatever the region, dialling codes of internet telephony (17951), country codes without a plus, and
what stands behind ``tel:`` and ``sip:``.
"""

import re
import unicodedata
from urllib.parse import unquote

import phonenumbers

from classifier.spoken_digits import SPOKEN_DIGITS

_REPEATED = re.compile(r"([2-9])[个個](\d)")
# The line is what a bot dials, so an extension belongs to the line and is left off.
_EXTENSION = re.compile(
    r"[\s,;，(]*"
    r"(?:(?:转|轉)?(?:分机|分機|内线|內線)|转|轉|ext(?:ension|n)?|x|#|;ext=)"
    r"[\s.:=号號码碼]*\d{1,8}[号號]?\)?\Z",
    re.IGNORECASE,
)
# A dash or the comma of a pause may as well part the digits of one number.
_BARE_EXTENSION = re.compile(r"\A(.*\d{4})\s*(?:[\-‐‑‒–—―−]+|,+)\s*\d{1,5}\Z", re.DOTALL)
_PLUS = re.compile(r"\A(?:加|\+)+")
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−ー_.·・/()\[\]{}~,、]+")
_DIGITS = re.compile(r"\A\+?[0-9]{5,24}\Z")
_DIALLED_FROM_ABROAD = re.compile(r"\A\+?00(?=86|886|852|853)")
_IP_CALL = re.compile(r"\A(?:179\d\d|125[29]\d)(?=0\d{9,11}\Z|1[3-9]\d{9}\Z)")
_MOBILE = {
    "CN": re.compile(r"\A(?:\+?86)?(1[3-9]\d{9})\Z"),
    "TW": re.compile(r"\A(?:\+?886|0)(9\d{8})\Z"),
    "HK": re.compile(r"\A(?:\+?852)?([4-9]\d{7})\Z"),
    "MO": re.compile(r"\A(?:\+?853)?(6\d{7})\Z"),
}
_COUNTRY_CODES = {"CN": "86", "TW": "886", "HK": "852", "MO": "853"}
_CODES = frozenset(map(int, _COUNTRY_CODES.values()))
_LONGEST = 64
_URI_PARAMETER = re.compile(r";(?!ext=)[^;]*", re.IGNORECASE)
_PHONE_CONTEXT = re.compile(r";phone-context=(\+[\d\-.()]+)", re.IGNORECASE)
# Shorter ones are stations of a switchboard, which nobody dials from outside.
_OUTSIDE_NUMBER = re.compile(r"\A\+?(?:[\-.()]*\d){7,24}(?:;ext=\d{1,8})?\Z", re.IGNORECASE)

REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Two-letter codes (CLDR) that a number may be read in."""


def e164(written: str, region: str) -> str | None:
    """Return a number as ``+`` and digits (ITU-T E.164), or None where it is none.

    Mobile numbers of the four regions are taken by their shape, so that one from a range given out
    after this program was made is not refused.

    Args:
        written: As written or said; more than 64 characters are no number.
        region: Of `REGIONS`; how a number without a country code is read.
    """
    if written.isascii() and (mobile := _mobile(written, region)):
        return mobile  # as platforms send it: nothing to fold, and no dialling code is so short
    if len(written) > _LONGEST:
        return None
    return _read(written, region) or _line_before_extension(written, region)


def dialled(written: str) -> str:
    """Return the number of a ``tel:`` URI (RFC 3966) as `e164` reads it.

    Args:
        written: What follows the label; without parameters it comes back unchanged.
    """
    if ";" not in written:
        return written
    number = _URI_PARAMETER.sub("", written)
    context = _PHONE_CONTEXT.search(written)
    return context[1] + number if context and not number.startswith("+") else number


def sip_number(written: str) -> str | None:
    """Return the number in the user part of a ``sip:`` URI (RFC 3261); None where it is a name.

    Args:
        written: What follows the scheme: ``+8613800138000@10.0.0.1;user=phone``.
    """
    user = unquote(written.partition("@")[0]).partition(":")[0]  # a password may follow
    number = dialled(user)
    return number if _OUTSIDE_NUMBER.match(number) else None


def _read(written: str, region: str) -> str | None:
    digits = _folded(written)
    if not _DIGITS.match(digits):
        return None
    return _mobile(digits, region) or _known(digits, region) or _missing_plus(digits)


def _line_before_extension(written: str, region: str) -> str | None:
    """Return the landline before ``-12`` or ``,12`` where the whole is no number itself.

    Of the four regions alone, whose numbers have one length at a place: elsewhere, what lacks its
    last digits may be somebody else's number.
    """
    text = unicodedata.normalize("NFKC", written).translate(SPOKEN_DIGITS)
    found = _BARE_EXTENSION.match(text)
    if not found or _EXTENSION.search(found[1]):
        return None
    number = _read(found[1], region)
    if number is None:
        return None
    line = phonenumbers.parse(number)
    is_landline = phonenumbers.number_type(line) == phonenumbers.PhoneNumberType.FIXED_LINE
    return number if is_landline and line.country_code in _CODES else None


def _folded(written: str) -> str:
    """Return the digits, perhaps after a plus; what cannot be read stays and spoils them."""
    if written.isascii() and written.removeprefix("+").isdigit():
        text = written
    else:
        text = unicodedata.normalize("NFKC", written).strip()
        text = _PLUS.sub("+", text.translate(SPOKEN_DIGITS))
        text = _BETWEEN.sub("", _EXTENSION.sub("", text))
        text = _REPEATED.sub(lambda said: said[2] * int(said[1]), text)
    return _IP_CALL.sub("", _DIALLED_FROM_ABROAD.sub("+", text))


def _mobile(digits: str, region: str) -> str | None:
    regions = _COUNTRY_CODES if digits.startswith("+") else (region,)
    for one in regions:
        if one in _MOBILE and (found := _MOBILE[one].match(digits)):
            return f"+{_COUNTRY_CODES[one]}{found[1]}"
    return None


def _known(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _missing_plus(digits: str) -> str | None:
    for region, code in _COUNTRY_CODES.items():
        if digits.startswith(code):
            return _mobile(f"+{digits}", region) or _known(f"+{digits}", region)
    return None
