"""Finds phone, identity and card numbers, written or said, in a text in plain form.

A number is known by its shape or, where the shape says too little, by the words before it. What
is nobody's own stays: hotlines, amounts, dates, and numbers of orders, parcels and contracts.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from classifier.masking.spans import Kind, Span
from classifier.spoken_digits import SPOKEN_DIGITS

_SPOKEN = "〇零洞○一幺壹二两贰三叁参四肆五伍六陆七柒拐八捌九玖勾"
_ELEMENT = rf"(?:[2-9{_SPOKEN[5:]}]个)?[0-9{_SPOKEN}]"
_TOKEN = re.compile(rf"(?:{_ELEMENT})+")
# Speech is transcribed with pauses as commas; between written digits a comma groups an amount.
_PAUSE = rf"(?:[ .\-‐-―()/·\u200b]{{1,3}}|(?<=[{_SPOKEN}])[,、](?=[{_SPOKEN}]))"
# What follows a dot is a decimal part only where it is short.
_DECIMAL_PART = r"(?<![0-9]\.(?=[0-9]{1,2}(?![0-9])))"
_RUN = re.compile(rf"(?<![0-9]){_DECIMAL_PART}\+?{_ELEMENT}(?:{_PAUSE}?{_ELEMENT}){{4,}}")
_REPEATED = re.compile(r"([2-9])个(\d)")
_LEAST_DIGITS, _LONGEST_DIGITS = 6, 24
_LOOK_BACK_CHARACTERS = 10

_MAINLAND_ID = re.compile(
    r"[1-8]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx]\Z"
)
_LAST_X = ("x", "叉")  # the check digit ten, which the run of digits does not hold
_LETTER_ID = re.compile(
    r"(?<![a-z0-9])(?:(?P<taiwan>[a-z][1289]\d{8})|(?P<hongkong>[a-z]{1,2}\d{6}\(?[0-9a]\)?)"
    r"|(?P<travel>[a-z]{1,2}\d{7,10}))(?![a-z0-9])"
)
_PHONE = re.compile(
    r"(?:(?:\+|00)?(?:86)?(?:179\d\d)?1[3-9]\d{9}"
    r"|(?:(?:\+|00)?886)?09\d{8}|(?:\+|00)?8869\d{8}|(?:\+|00)?85[23][2-9]\d{7}"
    r"|\+\d{8,15}|00(?:86|852|853|886|1|44|60|61|65|81|82)\d{8,11})\Z"
)
_LANDLINE = re.compile(r"0[1-9]\d{7,10}\Z")
_LOCAL_PHONE = re.compile(r"[5-9]\d{7}\Z")
_ROUND = re.compile(r"\d0{5,}\Z")
_HOTLINE = re.compile(r"(?:400|0?80[09])\d{6,7}\Z|1\d{4}\Z|9[56]\d{3,4}\Z")
_CARD = re.compile(r"[3-69]\d{14,18}\Z")

_ORDER_WORDS = re.compile(
    r"(?:单号|订单|编号|流水|运单|快递|快件|案号|合同|保单|工单|受理|凭证|参考|批次|型号|条码|序列|"
    r"票号|发票|验证码|校验码|取件码|尾号|金额|余额|额度|日期|时间)"
)
_PHONE_WORDS = re.compile(
    r"(?:电话|手机|号码|座机|拨打|致电|联系|打给|打到|打我|加我|回电|传真|分机|call|whatsapp|tel)"
)
_CARD_WORDS = re.compile(r"(?:卡号|银行卡|信用卡|储蓄卡|借记卡|账号|账户|帐号|帐户|户口)")
_ID_WORDS = re.compile(r"(?:身份证|身分证|证件|证号|护照|通行证|回乡证|居留证|社保|医保卡?号)")
# These count only right before a number: further off they tell of fees, tests and bookings.
_ANNOUNCED = re.compile(
    r"(?:(?P<account>[账帐][号户]|户口|卡号|(?<![a-z])(?:account|acct|a/c|card(?= n)))"
    r"|(?P<identity>台胞证|居住证|驾驶证|驾照|健保卡"
    r"|(?<![a-z])(?:passport|hkid|id(?:entity)? card)))"
    r"\(?(?:[\u4e00-\u9fff]{2,6}行)?(?:号码?|number|no\b|[是为系的:#.() ])*\Z"
)
_ANNOUNCED_CHARACTERS = 32
_LISTED = re.compile(r"\d+/")  # prices beside one another; no account is written so
_UNIT = re.compile(r"\s*(?:[元块万亿次个%年月]|美金|美元|港币|台币|人民币)")
_SENTENCE_END = re.compile(r"[。!?;\n\]]")
_FOUR_AND_FOUR = [4, 4]
# So many digits are a card or an account, also where one of them was misheard.
_LONG_DIGITS = 13
_DATED = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d")
# The day on which papers or cards end, or that of a booking.
_NEAR_YEAR = re.compile(r"20[2-4]\d")
_NEAR_DATE = re.compile(rf"{_NEAR_YEAR.pattern}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DAY, _TIME = (range(1, 13), range(1, 32)), (range(24), range(60), range(60))
_CARD_START = re.compile(r"[3-69]")
_PRICE_ENDS = frozenset("089")


class _Told(NamedTuple):
    """Of what kind of number the words before one tell; of an account, those right before it."""

    order: bool
    identity: bool
    card: bool
    phone: bool
    account: bool


class _Run(NamedTuple):
    """Digits that stand together, what is told of them, and the plain text behind them."""

    digits: str
    token_sizes: list[int]
    told: _Told
    after: str


def find_numbers(text: str) -> Iterator[Span]:
    """Yield the numbers in a text, in order within each kind of search.

    Args:
        text: In plain form.
    """
    for found in _RUN.finditer(text):
        yield from _split(text, found)
    for found in _LETTER_ID.finditer(text):
        if _is_letter_id(found, text):
            yield Span(*found.span(), Kind.ID)


def _split(text: str, found: re.Match[str]) -> Iterator[Span]:
    tokens = [
        (token.start(), token.end(), _digits(token[0]))
        for token in _TOKEN.finditer(text, found.start(), found.end())
    ]
    plus = "+" if found[0].startswith("+") else ""
    first = 0
    while first < len(tokens):
        start = tokens[first][0]
        lead = plus if first == 0 else ""
        last = first
        if reading := next(_readings(text, tokens, first, lead), None):
            last, kind = reading
            end = tokens[last][1]
            if kind is Kind.ID and text.startswith(_LAST_X, end):
                end += 1
            yield Span(start - len(lead), end, kind)
        first = last + 1


def _readings(
    text: str, tokens: list[tuple[int, int, str]], first: int, lead: str
) -> Iterator[tuple[int, Kind]]:
    start = tokens[first][0]
    told = _told(text, start - len(lead))
    runs: list[_Run] = []
    digits, sizes = lead, []
    for _start, end, part in tokens[first : first + _LONGEST_DIGITS]:
        digits += part
        sizes.append(len(part))
        if len(digits) > _LONGEST_DIGITS:
            break
        if len(digits) >= _LEAST_DIGITS:
            runs.append(_Run(digits, list(sizes), told, text[end : end + 4]))
    # An announced account goes whole, though its first parts alone may look like a phone number.
    first_by = (_by_announcement,) if told.account else ()
    for by in (*first_by, _by_shape, _by_length, _by_place, _by_words):
        for run in reversed(runs):
            kind = by(run)
            if kind is not None:
                yield first + len(run.token_sizes) - 1, kind


def _digits(token: str) -> str:
    digits = token.translate(SPOKEN_DIGITS)
    if "个" in digits:
        digits = _REPEATED.sub(lambda said: said[2] * int(said[1]), digits)
    return digits


def _by_announcement(run: _Run) -> Kind | None:
    return _by_shape(run) or _by_words(run)


def _by_shape(run: _Run) -> Kind | None:
    digits = run.digits
    ends_in_x = run.after.startswith(_LAST_X)
    if _MAINLAND_ID.match(f"{digits}x" if ends_in_x else digits):
        return Kind.ID
    if _PHONE.match(digits):
        return Kind.PHONE
    if run.told.order:
        return None
    if _CARD.match(digits) and _luhn(digits):
        return Kind.CARD
    return None


def _by_length(run: _Run) -> Kind | None:
    digits, sizes = run.digits, run.token_sizes
    if run.told.order or len(digits) < _LONG_DIGITS:
        return None
    if len(sizes) > 1 and not _is_card_in_groups(digits, sizes):
        return None
    if _DATED.match(digits) or _UNIT.match(run.after):
        return None
    return Kind.ID if run.told.identity else Kind.CARD


def _is_card_in_groups(digits: str, sizes: list[int]) -> bool:
    """Say whether groups are parts of one number, rather than small numbers or prices in a row."""
    if min(sizes[:-1]) < 3:
        return False
    prices = {digits[end - 1] for end in accumulate(sizes)} <= _PRICE_ENDS
    return bool(_CARD_START.match(digits)) and not prices


def _by_place(run: _Run) -> Kind | None:
    digits = run.digits
    is_dialled = _is_dialled(run.token_sizes)
    whole = len(run.token_sizes) == 1 or run.token_sizes == _FOUR_AND_FOUR
    if run.told.order or not (is_dialled or whole) or _HOTLINE.match(digits):
        return None
    if is_dialled and _LANDLINE.match(digits):
        return Kind.PHONE
    if whole and _LOCAL_PHONE.match(digits) and not _ROUND.match(digits):
        return None if _UNIT.match(run.after) else Kind.PHONE
    return None


def _is_dialled(sizes: list[int]) -> bool:
    """Say whether parts are an area code and a number, rather than a row of small numbers."""
    return len(sizes) <= 4 and sizes[0] >= 2 and max(sizes) >= 4


def _by_words(run: _Run) -> Kind | None:
    size, told = len(run.digits), run.told
    if told.identity and size <= 20 and not _is_date(run):
        return Kind.ID
    if told.card and 10 <= size <= 19 and not _is_date(run):
        return Kind.CARD
    if told.order or not (told.phone and 7 <= size <= 15):
        return None
    return None if _UNIT.match(run.after) or _HOTLINE.match(run.digits) else Kind.PHONE


def _is_date(run: _Run) -> bool:
    """Say whether it is a day from 2020 to 2049, with a time of day or without."""
    size, *later = run.token_sizes
    if max(later, default=0) > 2:
        return False
    ends = list(accumulate(later, initial=size))
    parts = [int(run.digits[start:end]) for start, end in pairwise(ends)]
    if size == 8:
        return _NEAR_DATE.match(run.digits) is not None and _all_within(parts, _TIME)
    is_year = size == 4 and _NEAR_YEAR.match(run.digits) is not None
    return is_year and bool(parts) and _all_within(parts, (*_DAY, *_TIME))


def _all_within(parts: Sequence[int], limits: Sequence[range]) -> bool:
    within = zip(parts, limits, strict=False)
    return len(parts) <= len(limits) and all(part in limit for part, limit in within)


def _is_letter_id(found: re.Match[str], text: str) -> bool:
    if _told(text, found.start()).identity:
        return True
    if found["taiwan"]:
        return _taiwan_sum(found["taiwan"])
    if found["hongkong"]:
        return _hongkong_sum(found["hongkong"])
    return False


def _words_before(text: str, start: int) -> str:
    """Return what tells of a number: the words before it in its sentence, after any placeholder."""
    return _SENTENCE_END.split(text[max(0, start - _LOOK_BACK_CHARACTERS) : start])[-1]


def _told(text: str, start: int) -> _Told:
    before = _words_before(text, start)
    announced = _ANNOUNCED.search(text, max(0, start - _ANNOUNCED_CHARACTERS), start)
    account = announced is not None and announced["account"] is not None
    identity = announced is not None and announced["identity"] is not None
    account &= _LISTED.match(text, start) is None
    return _Told(
        order=_ORDER_WORDS.search(before) is not None,
        identity=_ID_WORDS.search(before) is not None or identity,
        card=_CARD_WORDS.search(before) is not None or account,
        phone=_PHONE_WORDS.search(before) is not None,
        account=account,
    )


def _luhn(digits: str) -> bool:
    """Say whether the check digit of a card is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _taiwan_sum(written: str) -> bool:
    region = 10 + "abcdefghjklmnpqrstuvxywzio".index(written[0])
    digits = [region // 10, region % 10, *map(int, written[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


def _hongkong_sum(written: str) -> bool:
    bare = written.replace("(", "").replace(")", "")
    letters = bare[:-7].rjust(2)
    values = [36 if letter == " " else ord(letter) - ord("a") + 10 for letter in letters]
    values += [10 if digit == "a" else int(digit) for digit in bare[-7:]]
    return sum(v * w for v, w in zip(values, (9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 == 0
