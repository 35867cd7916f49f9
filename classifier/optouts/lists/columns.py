"""What the columns of other people's lists mean, by the names that platforms give them."""

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum

from classifier.text.fold import fold


class Column(StrEnum):
    """A column that we read; the value is the name under which we write it."""

    SUBJECT = "subject"
    KIND = "subject_kind"
    INTAKE = "intake"
    REQUESTED_AT = "requested_at"
    REASONS = "reasons"
    TEXT = "text"
    REACH = "scope_reach"
    NAME = "scope_name"
    CHANNEL = "scope_channel"
    CONTEXT = "context"
    FACTS = "facts"
    STATE = "state"
    RECORD = "record_id"
    RECORDED_AT = "recorded_at"
    UNTIL = "until"
    REGION = "region"


OUR_OWN = "_"
"""Columns that begin so are ours, such as those of a quarantine file; they are not read."""

_ADDRESSES = "mailto"
_DEVICES = "device"

# What names a person: the label that goes in front of a bare cell -> names of such columns. Numbers
# and addresses are told by their looks, as `parse_subject` tells them. All names stand here as
# `folded` makes them, so in simplified characters, those of Taiwan and Hong Kong too.
_CONTACTS: dict[str, str] = {
    "": (
        "subject phone phonenumber phoneno phonenum mobile mobilenumber mobilephone mobileno "
        "cell cellphone msisdn tel telephone telno number caller callee calleenumber called "
        "callednumber contact contactphone contactnumber homephone homenumber workphone "
        "officephone businessphone primaryphone secondaryphone backupphone alternatephone "
        "alternativephone otherphone landline 手机 手机号 手机号码 移动电话 行动电话 门号 号码 "
        "电话 电话号码 联系电话 联系方式 联络电话 联络方式 被叫 被叫号码 客户号码 客户电话 "
        "客户手机号 用户号码 用户手机号 黑名单号码 拒收号码 退订号码 备用电话 备用手机 备用手机号 "
        "备用号码 备用联系电话 其他电话 其他号码 联系人电话 联系人手机 联系人手机号 联系人号码 "
        "联络人电话 联络人手机 家庭电话 住宅电话 住家电话 单位电话 公司电话 办公电话 固定电话 "
        "固话 市话 座机 座机号 座机号码"
    ),
    _ADDRESSES: "email mail emailaddress 邮箱 电子邮箱 邮件地址 电邮 电子邮件 信箱",
    "wechat": "openid 微信号",
    "userid": "userid 用户id",
    "account": "account 账号 帐号",
    _DEVICES: "deviceid 设备号",
}
_LABEL_OF = {name: label for label, names in _CONTACTS.items() for name in names.split()}
_CALLER = "caller"
_CALLEES = frozenset({"callee", "calleenumber", "called", "callednumber", "被叫", "被叫号码"})
_NUMBERED = "0123456789一二三四五六七八九十"
_MOST_DIGITS = 2

_NAMES: dict[Column, str] = {
    Column.KIND: "subjectkind subjecttype kind 号码类型 对象类型",
    Column.INTAKE: (
        "intake source channel via 渠道 来源 来源渠道 退订渠道 登记渠道 请求渠道 添加方式 管道 "
        "来源管道 渠道来源"
    ),
    Column.REQUESTED_AT: (
        "requestedat time date datetime timestamp createdat createtime created addtime addedat "
        "optoutat optouttime optoutdate optedoutat optedouttime optedoutdate unsubscribedat "
        "unsubscribetime unsubscribedate 时间 日期 退订时间 登记时间 添加时间 创建时间 建立时间 "
        "加入时间 拒绝时间 请求时间 申请时间 拉黑时间 退订日期 登记日期 添加日期 创建日期 "
        "建立日期 加入日期 拒绝日期 请求日期 申请日期 拉黑日期"
    ),
    Column.REASONS: ("reasons reason cause 原因 理由 退订原因 拉黑原因 加黑原因 拒绝原因 投诉原因"),
    Column.TEXT: (
        "text remark remarks note notes comment comments content message utterance evidence 备注 "
        "说明 内容 原文 原话 用户原话 话术 回复内容 回覆内容"
    ),
    Column.REACH: "scopereach reach 范围",
    Column.NAME: "scopename 范围名称",
    Column.CHANNEL: "scopechannel 仅限渠道 限定渠道 仅限管道",
    Column.CONTEXT: "context 上下文",
    Column.FACTS: "facts",
    Column.STATE: "state status 状态",
    Column.RECORD: "recordid id",
    Column.RECORDED_AT: "recordedat",
    Column.UNTIL: (
        "until expiresat expires validuntil expirydate 有效期至 到期时间 到期日 失效时间 失效日期"
    ),
    Column.REGION: "region country countrycode 地区 国家",
}
_COLUMN_OF = {name: column for column, names in _NAMES.items() for name in names.split()}
_COLUMN_OF |= dict.fromkeys(_LABEL_OF, Column.SUBJECT)


def folded(written: str) -> str:
    """Return the letters and digits alone, in one width and case and in simplified characters.

    Args:
        written: A name of a column, or a cell that says one of few things.
    """
    plain = fold(unicodedata.normalize("NFKC", written).casefold()).bare  # of ⑴ a number is left
    return "".join(filter(str.isalnum, plain))


def column_of(header: str) -> Column | None:
    """Return what a column means; None where its name is unknown.

    Args:
        header: Its name, in any script, width, case, with any brackets, dashes and spaces.
    """
    if header.startswith(OUR_OWN):
        return None
    name = folded(header)
    return Column.SUBJECT if _unnumbered(name) in _LABEL_OF else _COLUMN_OF.get(name)


def columns_of(headers: Sequence[str]) -> dict[int, Column]:
    """Return index -> meaning; of two columns with one meaning the first one counts.

    Every column of subjects counts: they are several contacts of one person. A caller beside a
    callee does not: it is the line of the bot.

    Args:
        headers: Names of all columns.
    """
    found: dict[int, Column] = {}
    called = not _CALLEES.isdisjoint(map(folded, headers))
    for i, header in enumerate(headers):
        column = None if called and folded(header) == _CALLER else column_of(header)
        if column is Column.SUBJECT or (column is not None and column not in found.values()):
            found[i] = column
    return found


def labels_of(headers: Iterable[str]) -> dict[str, str]:
    """Return name -> label of each column of ids that has a column of numbers beside it.

    Without numbers beside them ids may be numbers themselves: there are no labels, and `labelled`
    changes nothing.

    Args:
        headers: Names of all columns.
    """
    contacts = [one for one in headers if column_of(one) is Column.SUBJECT]
    labels = {one: _LABEL_OF[_unnumbered(folded(one))] for one in contacts}
    if "" not in labels.values():
        return {}
    return {one: label for one, label in labels.items() if label not in {"", _ADDRESSES}}


def labelled(cell: str, label: str) -> str:
    """Return an id as `parse_subject` reads it, whatever number it looks like.

    Args:
        cell: As it stands; an address, or an account with its scheme, comes back unchanged.
        label: From `labels_of`, or empty for a cell that is told by its looks.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    if label == _DEVICES:
        known = text.casefold().startswith(f"{_DEVICES}:")  # ids of devices have colons
    else:
        known = not label or "@" in text or ":" in text
    return cell if known else f"{label}:{text}"


def _unnumbered(name: str) -> str:
    """Return a name without the number behind it, by which a list has several such columns.

    A whole phone number is none: in a list without names of columns it stands behind its label.
    """
    bare = name.rstrip(_NUMBERED)
    return bare if len(name) - len(bare) <= _MOST_DIGITS else name
