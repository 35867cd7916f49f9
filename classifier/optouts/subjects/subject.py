"""Who is contacted: a phone number, an e-mail address, a chat account or a device, in one form."""

import re
import unicodedata
from enum import StrEnum
from typing import NoReturn

from msgspec import Struct

from classifier.errors import FieldViolation, InvalidSubjectError
from classifier.optouts.subjects.phone_numbers import REGIONS, dialled, e164, sip_number

DEFAULT_REGION = "CN"
"""Where numbers without a country code are read when nobody says otherwise."""

MAX_SUBJECT_CHARACTERS = 256
"""Longest subject as written, in Unicode code points."""

_CHAT = re.compile(r"\A([a-zA-Z][a-zA-Z0-9+.\-]{0,31}):(\S{1,128})\Z")
_DEVICE = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._\-:]{3,127}\Z")
_LOCAL_PART = re.compile(r"\A[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,64}\Z")
_DOT = re.compile(r"[.\u3002]")  # as in `encodings.idna`, of text in NFKC
_LONGEST_DOMAIN, _LONGEST_LABEL = 253, 63
_DOMAIN = re.compile(
    r"\A(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z0-9\-]{2,63}\Z"
)


class SubjectKind(StrEnum):
    """What a subject is reached by."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    DEVICE = "device"


_LABELS: dict[SubjectKind, str] = {
    SubjectKind.PHONE: (
        "tel telephone telno phone phoneno phonenumber mobile mobilephone mobileno mobilenumber "
        "mob cell cellphone msisdn number call callto sms smsto landline fax "
        "电话 电话号码 联系电话 手机 手机号 手机号码 移动电话 座机 固话 号码 短信 传真 "
        "電話 電話號碼 聯絡電話 手機 手機號 手機號碼 手提 手提電話 行動電話 市話 門號 號碼 "
        "簡訊 短訊 傳真"
    ),
    SubjectKind.EMAIL: (
        "email emailaddress mail mailto 邮箱 电子邮箱 邮件 电子邮件 邮箱地址 "
        "郵箱 電子郵箱 郵件 電子郵件 電郵 信箱"
    ),
    SubjectKind.DEVICE: "device",
}
_KINDS_BY_LABEL = {label: kind for kind, labels in _LABELS.items() for label in labels.split()}
_SIP = frozenset({"sip", "sips"})

# Behind these a number or an address is an account: so the services and platforms name theirs.
_CHAT_SERVICES = (
    "account alipay bilibili dingtalk discord douyin facebook fb feishu googlechat im imessage "
    "instagram jabber kakao kakaotalk kuaishou lark line matrix messenger momo msn openid qq "
    "qywx signal skype slack taobao teams telegram tg tiktok twitter unionid userid viber "
    "wangwang webchat wechat wecom weibo weixin wework whatsapp wx xhs xiaohongshu xmpp zalo"
)


class Subject(Struct, frozen=True, gc=False):
    """One way to reach one person, in its one form; `parse_subject` makes it.

    Attributes:
        kind: What it is.
        value: ``+8613800138000``, ``a@example.com``, ``wechat:openid`` or ``device:id``. Never
            shown by ``repr``, so that no log or error holds it.
    """

    kind: SubjectKind
    value: str

    def __repr__(self) -> str:
        """Return the kind alone."""
        return f"Subject(kind={self.kind!r})"

    def __rich_repr__(self) -> list[tuple[str, SubjectKind]]:
        """Return the kind alone."""
        return [("kind", self.kind)]

    @property
    def key_text(self) -> bytes:
        """What the keyed hash is made of; the kind is part of it, so that kinds never meet."""
        return (self.kind + ":" + self.value).encode()  # half the time of an f-string

    @property
    def masked(self) -> str:
        """The subject as it may be shown to whoever needs to tell records apart, not to dial."""
        if self.kind is SubjectKind.PHONE:
            return f"{self.value[:-8]}****{self.value[-4:]}"
        if self.kind is SubjectKind.EMAIL:
            local, _, domain = self.value.partition("@")
            return f"{local[:1]}***@{domain}"
        scheme, _, _identifier = self.value.partition(":")
        return f"{scheme}:***"


def parse_subject(
    written: str,
    kind: SubjectKind | None = None,
    region: str = DEFAULT_REGION,
    name: str = "subject",
) -> Subject:
    """Return the subject that was written, however it was written.

    Args:
        written: A number in any spoken or written form, an address, ``scheme:id`` of a chat account
            or a device id; at most `MAX_SUBJECT_CHARACTERS`, as it came and in NFKC.
        kind: What it is; None tells by its looks: a label in front (``tel:``, ``sip:``, ``手机:``,
            ``mailto:``, ``邮箱:``, ``device:``), an ``@``, ``scheme:``, else a number. Behind a
            scheme unknown here a number or address is refused, unless this says chat.
        region: Two letters (CLDR), such as CN, TW, HK or MO: how a number without a country code
            is read.
        name: Path of the field, for the error.

    Raises:
        InvalidSubjectError: It cannot be read. The message names the field, never what it held.
    """
    text = _normal_text(written, name)
    labelled, bare = _without_label(text)
    if kind is None and labelled is None and _is_mislabelled(text, region):
        _refuse(name, _MISLABELLED)
    kind = kind or labelled or _looks_like(text)
    text = bare if labelled is kind else text
    if kind is SubjectKind.PHONE:
        if region not in REGIONS:
            _refuse("region", "is no region; two letters such as CN, TW, HK or MO")
        value = e164(text, region)
        problem = f"cannot be read as a phone number in {region}; add area and country code"
    else:
        value = _READERS[kind](text)
        bears = kind is SubjectKind.CHAT and _any_chat(text) is not None
        problem = _LABELLED if bears else _PROBLEMS[kind]
    if value is None:
        _refuse(name, problem)
    return Subject(kind, value)


def parse_held_subject(
    written: str,
    kind: SubjectKind | None = None,
    region: str = DEFAULT_REGION,
    name: str = "subject",
) -> Subject:
    """Return a subject that may be held already, where nothing is to be recorded or allowed.

    What is said to be a chat account is read behind labels too, as it was taken down once.

    Args:
        written: As of `parse_subject`, and so are the others.
        kind: What it is.
        region: Of a number without a country code.
        name: Path of the field, for the error.

    Raises:
        InvalidSubjectError: It cannot be read. The message names the field, never what it held.
    """
    if kind is not SubjectKind.CHAT:
        return parse_subject(written, kind, region, name)
    account = _any_chat(_normal_text(written, name))
    if account is None:
        _refuse(name, _PROBLEMS[kind])
    return Subject(kind, account)


def _normal_text(written: str, name: str) -> str:
    start = written[: MAX_SUBJECT_CHARACTERS + 1]
    if not is_unicode(start):
        _refuse(name, "holds half a surrogate pair; send valid Unicode")
    text = unicodedata.normalize("NFKC", _visible(start)).strip()
    if not text:
        _refuse(name, "is empty; send a number, an address or an id")
    if max(len(written), len(text)) > MAX_SUBJECT_CHARACTERS:  # some stand for eighteen
        _refuse(name, f"has more than {MAX_SUBJECT_CHARACTERS} characters")
    return text


def _refuse(name: str, problem: str) -> NoReturn:
    raise InvalidSubjectError([FieldViolation(name, problem)])


def is_unicode(text: str) -> bool:
    """Say whether a text can be written as UTF-8: whether it holds no half of a surrogate pair.

    Args:
        text: Any.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _visible(text: str) -> str:
    """Return the text without what address books put around a number to turn its direction."""
    if text.isascii():
        return text
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _without_label(text: str) -> tuple[SubjectKind | None, str]:
    """Return what a label in front says that the text is, and the text without it."""
    label, colon, rest = text.partition(":")
    if not colon:
        return None, text
    label, rest = "".join(filter(str.isalnum, label.casefold())), rest.strip()
    if label in _SIP:
        number = sip_number(rest)
        return (SubjectKind.PHONE, number) if number else (None, text)
    kind = _KINDS_BY_LABEL.get(label)
    return kind, dialled(rest) if kind is SubjectKind.PHONE else rest


def _is_mislabelled(text: str, region: str) -> bool:
    """Say whether a number or an address stands behind a scheme that nobody knows."""
    if _looks_like(text) is not SubjectKind.CHAT:
        return False
    scheme, _, identifier = text.partition(":")
    scheme = scheme.casefold()
    if scheme in _CHAT_SERVICES.split() or scheme in _SIP:
        return False
    return e164(identifier, region) is not None or _email(identifier) is not None


def _looks_like(text: str) -> SubjectKind:
    if text[0] not in "+0123456789" and _CHAT.match(text):
        return SubjectKind.CHAT
    return SubjectKind.EMAIL if "@" in text else SubjectKind.PHONE


def _email(text: str) -> str | None:
    local, at, domain = text.rpartition("@")
    local = unicodedata.normalize("NFKC", local.lower())
    domain = domain.rstrip(".")
    if _is_too_long(domain):
        return None
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    if not (at and _LOCAL_PART.match(local) and _DOMAIN.match(domain)):
        return None
    return f"{local}@{domain}"


def bears_label(account: str) -> bool:
    """Say whether a chat account bears what is read as the label of a number, address or device.

    No check finds it then: what it names is looked for without the label. Of ``sip:`` both are.

    Args:
        account: ``scheme:id``.
    """
    return account.partition(":")[0] not in _SIP and _without_label(account)[0] is not None


def _is_too_long(domain: str) -> bool:
    """Say whether a domain is too long for one before it is encoded, which is slow."""
    labels = _DOT.split(domain)
    longest = max(map(len, labels))
    marks = sum(len("xn--") for label in labels if not label.isascii())
    return longest > _LONGEST_LABEL or len(domain) + marks > _LONGEST_DOMAIN


def _chat(text: str) -> str | None:
    account = _any_chat(text)
    if account and bears_label(account):
        return None
    return account


def _any_chat(text: str) -> str | None:
    found = _CHAT.match(text)
    return f"{found[1].lower()}:{found[2]}" if found else None


def _device(text: str) -> str | None:
    identifier = text.lower()
    return f"device:{identifier}" if _DEVICE.match(identifier) else None


_READERS = {SubjectKind.EMAIL: _email, SubjectKind.CHAT: _chat, SubjectKind.DEVICE: _device}
_MISLABELLED = (
    "has a label unknown here before a number or an address; leave the label off, or say that its "
    "kind is chat where it is an account"
)
_LABELLED = (
    "bears the label of a number, an address or a device; leave out that its kind is chat, or send "
    "the account under a scheme of its own"
)
_PROBLEMS = {
    SubjectKind.EMAIL: "cannot be read as an e-mail address; send name@example.com",
    SubjectKind.CHAT: "cannot be read as a chat account; send scheme:id such as wechat:abc",
    SubjectKind.DEVICE: "cannot be read as a device id; 4 to 128 letters, digits, ., _, - or :",
}
