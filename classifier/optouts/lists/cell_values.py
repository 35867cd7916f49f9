"""What stands in the cells of other people's lists: ways, reasons, times, in their own words."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo

import phonenumbers

from classifier.errors import InvalidInputError
from classifier.optouts.lists.columns import folded
from classifier.optouts.subjects.phone_numbers import REGIONS
from classifier.optouts.subjects.subject import SubjectKind, parse_subject
from classifier.optouts.times import moment
from classifier.turns import Reason

# What cells say, as `folded` makes it, so in simplified characters.
_WAYS: dict[str, str] = {
    "voice": "voice call phone 电话 语音 外呼 呼叫 来电 机器人 botvoice ivr",
    "sms": "sms text 短信 简讯 短讯 彩信",
    "chat": "chat im wechat whatsapp line 微信 聊天 在线 线上 在线客服 app 公众号",
    "email": "email mail 邮件 邮箱 电邮 电子邮件 edm",
    "web": "web website form webform 网页 网站 网站表单 表单 官网 h5 小程序",
    "agent": "agent human 人工 客服 坐席 座席 人工客服 客服登记 专员 门店 门市",
    "regulator": "regulator 监管 12321 12315 12345 工信部 通管局 通信管理局 主管机关 投诉平台",
    "import": "import upload batch 导入 汇入 批量 批量导入 上传 名单",
}
_WAY_OF = {word: way for way, words in _WAYS.items() for word in words.split()}

_REASONS: dict[Reason, str] = {
    Reason.HARASSMENT: "harassment 骚扰 扰民 频繁 频繁来电 骚扰电话",
    Reason.PRIVACY: "privacy 隐私 个人信息 个人资料 信息泄露 个资 泄露",
    Reason.SERVICE_QUALITY: "servicequality 服务 服务质量 服务品质 态度",
    Reason.LEGAL: "legal 法律 投诉 举报 起诉 诉讼 监管投诉",
}
_REASON_OF = {word: reason for reason, words in _REASONS.items() for word in words.split()}

_REGIONS: dict[str, str] = {
    "CN": "中国 中国大陆 大陆 china",
    "TW": "台湾 中国台湾 taiwan",
    "HK": "香港 中国香港 hongkong",
    "MO": "澳门 中国澳门 macau macao",
}
_REGION_OF = {word: region for region, words in _REGIONS.items() for word in words.split()}
_SURE = frozenset({"US", "CA"})  # no place of the four regions is abbreviated so
_CALLING_CODE = re.compile(r"(?:00)?([1-9]\d{0,2})")

_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[Tt\s]*(凌晨|清晨|早上|上午|中午|下午|晚上)?\s*(\d{1,2})\s*[:时時点點]\s*(?:(\d{1,2})\s*分?)?"
    r"(?::?\s*(\d{1,2})(?:\.(\d{1,9}))?\s*秒?)?)?\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?"
)
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[Tt]?(\d{2})(\d{2})(\d{2})([Zz]|[+-]\d{2}(?::?\d{2})?)?)?"
)
_EPOCH_DIGITS = {10: 1_000_000, 13: 1_000, 16: 1}

# Part of the day -> hour as written -> hour of the day. Noon and midnight are both called 12; the
# midnight of 晚上 ends the day, that of 上午 and 凌晨 begins it. Other hours contradict the word.
_HOURS: dict[str | None, dict[int, int]] = {
    None: {hour: hour for hour in range(24)},
    "凌晨": {12: 0} | {hour: hour for hour in range(7)},
    "清晨": {hour: hour for hour in range(4, 10)},
    "早上": {hour: hour for hour in range(4, 12)},
    "上午": {12: 0} | {hour: hour for hour in range(12)},
    "中午": {1: 13, 2: 14} | {hour: hour for hour in range(11, 15)},
    "下午": {hour: hour % 12 + 12 for hour in range(13)} | {hour: hour for hour in range(13, 24)},
    "晚上": {hour: hour + 12 for hour in range(5, 13)} | {hour: hour for hour in range(17, 24)},
}

# What a cell says of a whole row. Any other word counts as in force, since it may be that.
IN_FORCE = "active enabled valid 有效 生效 生效中 已生效 启用 已启用 已退订 已拉黑 拒收"
"""Words for an opt-out that stands."""

OVER = "revoked expired released deleted 失效 已失效 已解除 已撤销 已过期 已删除"
"""Words for one that is over."""

_FOR_GOOD = (
    "永久 永久有效 长期 长期有效 无限期 无 "
    "permanent forever never none null 0 00000000 00000000000000"
)


def stands(cell: str) -> bool | None:
    """Say whether the opt-out of a row is in force; None where the word is unknown.

    Args:
        cell: Such as ``有效`` or ``expired``.
    """
    state = folded(cell)
    return True if state in IN_FORCE.split() else False if state in OVER.split() else None


def way_of(cell: str) -> str | None:
    """Return how a request came, as the value of an intake; None where the word is unknown.

    Args:
        cell: Such as ``短信`` or ``voice``.
    """
    return _WAY_OF.get(folded(cell))


def region_of(cell: str, written: str, own: str) -> str:
    """Return the region that a number is read in whose row names one, or a place in it.

    Provinces and cities have two letters too, as 广东 has those of Grenada: but for the regions
    that are surely meant, what is named counts where the number is one of that very region. With
    the calling code 1 and no plus many look like mobiles of the mainland; those are the latter.

    Args:
        cell: Such as ``HK``, ``香港`` or ``+852``; may be empty.
        written: The number, perhaps behind a label.
        own: Where it is read otherwise.
    """
    named = folded(cell)
    if code := _CALLING_CODE.fullmatch(named):
        found = phonenumbers.region_code_for_country_code(int(code[1]))
        sure = unicodedata.normalize("NFKC", cell).strip().startswith(("+", "00"))
    else:
        found = _REGION_OF.get(named, named.upper())
        sure = found in _SURE
    if found not in REGIONS:
        return own
    return found if sure or found in _REGIONS or _is_of(written, found, own) else own


def reasons_of(cell: str) -> tuple[tuple[Reason, ...], str]:
    """Return the reasons that a cell names, and what it says beyond them.

    Args:
        cell: Words between commas, semicolons or bars, such as ``骚扰;隐私``.

    Returns:
        Reasons in the order of `Reason`; the whole cell where it says more than reasons, else "".
    """
    found: set[Reason] = set()
    others = []
    for part in re.split(r"[,;|/、\uff0c\uff1b]", cell):
        reason = _REASON_OF.get(folded(part))
        if reason is not None:
            found.add(reason)
        elif part.strip():
            others.append(part.strip())
    if others:
        return tuple(reason for reason in Reason if reason in found), cell.strip()
    return tuple(reason for reason in Reason if reason in found), ""


def moment_of(cell: str, zone: tzinfo) -> datetime | None:
    """Return a time, however it was written; None where it cannot be read.

    Args:
        cell: ISO 8601, ``2026/11/27 9:05``, ``2026年11月27日 下午3点``, ``20261127093000``, or
            seconds, milliseconds or microseconds since 1970.
        zone: Taken where the cell names none.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    try:
        if text.isdecimal() and len(text) in _EPOCH_DIGITS:
            return moment(int(text) * _EPOCH_DIGITS[len(text)])
        if compact := _COMPACT.fullmatch(text):
            *parts, offset = compact.groups()
            year, month, day, hour, minute, second = (int(part or 0) for part in parts)
            at = _zone(offset) if offset else zone
            return datetime(year, month, day, hour, minute, second, tzinfo=at)
        found = _DATE.fullmatch(text)
        return _from_date(found, zone) if found else None
    except (ValueError, OverflowError):
        return None


def is_for_good(cell: str) -> bool:
    """Say whether the end in a cell is none, such as ``永久``, a date of noughts or the year 9999.

    Args:
        cell: Any.
    """
    end = folded(cell)
    return not end or end in _FOR_GOOD.split() or end.startswith("9999")


def _from_date(found: re.Match[str], zone: tzinfo) -> datetime | None:
    year, month, day, part, hour, minute, second, fraction, offset = found.groups()
    hours = _HOURS[part].get(int(hour or 0))
    if hours is None or (offset and hour is None and offset[1:].isdecimal() and len(offset) == 3):
        return None  # behind a day alone two digits may be its hour
    if offset:
        zone = _zone(offset)
    start = datetime(
        int(year),
        int(month),
        int(day),
        0,
        int(minute or 0),
        int(second or 0),
        int((fraction or "")[:6].ljust(6, "0")),
        tzinfo=zone,
    )
    return start + timedelta(hours=hours)


def _is_of(written: str, region: str, own: str) -> bool:
    number, others = _number(written, region), _number(written, own)
    if number.startswith("+1") and others.endswith(number[1:]):
        return False
    parsed = phonenumbers.parse(number) if number else None
    return parsed is not None and phonenumbers.is_valid_number_for_region(parsed, region)


def _number(written: str, region: str) -> str:
    try:
        return parse_subject(written, SubjectKind.PHONE, region).value
    except InvalidInputError:
        return ""


def _zone(offset: str) -> tzinfo:
    digits = offset.upper().replace("Z", "+00").replace(":", "")
    return datetime.strptime(digits.ljust(5, "0"), "%z").tzinfo or UTC
