"""Numbers as telephone systems write them: what stands behind ``tel:`` and ``sip:``."""

import re
from urllib.parse import unquote

_PARAMETER = re.compile(r";(?!ext=)[^;]*", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[\d\-.()]+)", re.IGNORECASE)
# Shorter ones are stations of a switchboard, which nobody dials from outside.
_NUMBER = re.compile(r"\A\+?(?:[\-.()]*\d){7,24}(?:;ext=\d{1,8})?\Z", re.IGNORECASE)


def dialled(written: str) -> str:
    """Return the number of a ``tel:`` URI (RFC 3966) as `e164` reads it.

    Args:
        written: What follows the label; without parameters it comes back unchanged.
    """
    if ";" not in written:
        return written
    number = _PARAMETER.sub("", written)
    context = _CONTEXT.search(written)
    return context[1] + number if context and not number.startswith("+") else number


def sip_number(written: str) -> str | None:
    """Return the number in the user part of a ``sip:`` URI (RFC 3261); None where it is a name.

    Args:
        written: What follows the scheme: ``+8613800138000@10.0.0.1;user=phone``.
    """
    user = unquote(written.partition("@")[0]).partition(":")[0]  # a password may follow
    number = dialled(user)
    return number if _NUMBER.match(number) else None
