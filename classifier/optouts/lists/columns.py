"""What the columns of other people's lists mean, by the names that platforms give them."""

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum


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
# and addresses are told by their looks, as `parse_subject` tells them.
_CONTACTS: dict[str, str] = {
    "": (
        "subject phone phonenumber phoneno phonenum mobile mobilenumber mobilephone mobileno "
        "cell cellphone msisdn tel telephone telno number caller callee calleenumber called "
        "callednumber contact contactphone contactnumber homephone homenumber workphone "
        "officephone businessphone primaryphone secondaryphone backupphone alternatephone "
        "alternativephone otherphone landline 手机 手机号 手机号码 移动电话 号码 电话 "
        "电话号码 联系电话 联系方式 被叫 被叫号码 客户号码 客户电话 客户手机号 用户号码 "
        "用户手机号 黑名单号码 拒收号码 退订号码 备用电话 备用手机 备用手机号 备用号码 "
        "备用联系电话 其他电话 其他号码 联系人电话 联系人手机 联系人手机号 联系人号码 "
        "家庭电话 住宅电话 单位电话 公司电话 办公电话 固定电话 固话 座机 座机号 座机号码 "
        "手機號 手機號碼 門號 號碼 電話 電話號碼 聯絡電話 聯絡方式 行動電話 客戶電話 "
        "被叫號碼 備用電話 備用手機 備用號碼 其他電話 聯絡人電話 聯絡人手機 住家電話 "
        "公司電話 市話 手機"
    ),
    _ADDRESSES: "email mail emailaddress 邮箱 电子邮箱 邮件地址 電郵 電子郵件 信箱",
    "wechat": "openid 微信号",
    "userid": "userid 用户id",
    "account": "account 账号 帳號",
    _DEVICES: "deviceid 设备号",
}
_LABEL_OF = {name: label for label, names in _CONTACTS.items() for name in names.split()}
_CALLER = "caller"
_CALLEES = frozenset({
    "callee",
    "calleenumber",
    "called",
    "callednumber",
    "被叫",
    "被叫号码",
    "被叫號碼",
})
_NUMBERED = "0123456789一二三四五六七八九十"
_MOST_DIGITS = 2

_NAMES: dict[Column, str] = {
    Column.KIND: "subjectkind subjecttype kind 号码类型 對象類型 对象类型",
    Column.INTAKE: (
        "intake source channel via 渠道 来源 "
        "来源渠道 退订渠道 登记渠道 请求渠道 添加方式 管道 來源 "
        "來源管道 渠道來源"
    ),
    Column.REQUESTED_AT: (
        "requestedat time date datetime timestamp createdat createtime created addtime addedat "
        "optoutat optouttime optoutdate unsubscribedat 时间 "
        "日期 退订时间 登记时间 添加时间 创建时间 "
        "加入时间 拒绝时间 请求时间 拉黑时间 時間 退訂時間 登記時間 建立時間 加入時間 申請時間"
    ),
    Column.REASONS: (
        "reasons reason cause 原因 理由 退订原因 "
        "拉黑原因 加黑原因 退訂原因 拒絕原因 拒绝原因 投诉原因"
    ),
    Column.TEXT: (
        "text remark remarks note notes comment comments content message utterance evidence 备注 "
        "说明 内容 原文 原话 用户原话 備註 說明 內容 話術 回复内容 回覆內容"
    ),
    Column.REACH: "scopereach reach 范围 範圍",
    Column.NAME: "scopename 范围名称 範圍名稱",
    Column.CHANNEL: "scopechannel 仅限渠道 限定渠道 僅限管道",
    Column.CONTEXT: "context 上下文",
    Column.FACTS: "facts",
    Column.STATE: "state status 状态 狀態",
    Column.RECORD: "recordid id",
    Column.RECORDED_AT: "recordedat",
    Column.UNTIL: (
        "until expiresat expires validuntil expirydate 有效期至 到期时间 到期日 失效时间 失效日期 "
        "到期時間 失效時間"
    ),
    Column.REGION: "region country countrycode 地区 国家 地區 國家",
}
_COLUMN_OF = {name: column for column, names in _NAMES.items() for name in names.split()}
_COLUMN_OF |= dict.fromkeys(_LABEL_OF, Column.SUBJECT)


def column_of(header: str) -> Column | None:
    """Return what a column means; None where its name is unknown.

    Args:
        header: Its name, in any script, width, case, with any brackets, dashes and spaces.
    """
    if header.startswith(OUR_OWN):
        return None
    name = _folded(header)
    return Column.SUBJECT if _unnumbered(name) in _LABEL_OF else _COLUMN_OF.get(name)


def columns_of(headers: Sequence[str]) -> dict[int, Column]:
    """Return index -> meaning; of two columns with one meaning the first one counts.

    Every column of subjects counts: they are several contacts of one person. A caller beside a
    callee does not: it is the line of the bot.

    Args:
        headers: Names of all columns.
    """
    found: dict[int, Column] = {}
    called = not _CALLEES.isdisjoint(map(_folded, headers))
    for i, header in enumerate(headers):
        column = None if called and _folded(header) == _CALLER else column_of(header)
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
    labels = {one: _LABEL_OF[_unnumbered(_folded(one))] for one in contacts}
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


def _folded(header: str) -> str:
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(character for character in folded if character.isalnum())


def _unnumbered(folded: str) -> str:
    """Return a name without the number behind it, by which a list has several such columns.

    A whole phone number is none: in a list without names of columns it stands behind its label.
    """
    name = folded.rstrip(_NUMBERED)
    return name if len(folded) - len(name) <= _MOST_DIGITS else folded
