"""Finds e-mail addresses, links and account names in a text in plain form."""

import re
from collections.abc import Iterator

from classifier.masking.spans import Kind, Span

_EMAIL = re.compile(
    r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}"
    # As said: zhang san 艾特 qq 点 com
    r"|[a-z0-9][a-z0-9._ -]{0,40}(?:艾特|小老鼠| at )"
    r"\s*[a-z0-9-]{1,30}\s*(?:点|\.|dot)\s*[a-z]{2,6}"
)
_TOP = "com|cn|net|org|cc|top|xyz|tw|hk|me|io|vip|info|link|url|shop|site|club|app|ly"
_LINK = re.compile(
    r"(?:https?://|www\.)[\x21-\x7e]+"
    rf"|(?<![a-z0-9@.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_TOP})(?![a-z0-9])(?:/[\x21-\x7e]*)?"
)
_SERVICE = (
    "企?微信?|weixin|wechat|wx|vx|v信|[薇威徽]信|[加+]v|老师v|qq群?|扣扣|line|telegram|tg|whatsapp|"
    "skype|抖音|小红书|微博|快手|支付宝|陌陌|ig|instagram|facebook|fb"
)
_ACCOUNT = re.compile(
    rf"(?:{_SERVICE})(?P<said>\s*+(?:(?:同?号|账号|id|名)\s*+)?(?:(?:就?是|为|叫|:)\s*+)?)"
    r"(?P<name>[a-z0-9][a-z0-9_.-]{3,29})"
)
_NUMBER = re.compile(
    r"(?:微信|企微|wechat|vx|[加+]v|qq群?|扣扣|line)(?:同?号|账号|id)?\s*+(?:(?:就?是|为|叫|:)\s*+)?"
    r"(?P<name>[0-9零幺一二三四五六七八九](?:[ -]?[0-9零幺一二三四五六七八九]){4,14})"
)
_MENTION = re.compile(
    r"(?<![a-z0-9])@(?!所有人|全体|各位|管理|[我你您他她])"
    r"(?:[a-z0-9_-]{3,30}|[\u4e00-\u9fff]{2,6}(?![\u4e00-\u9fff]))"
)


def find_accounts(text: str) -> Iterator[Span]:
    """Yield addresses, links and account names in a text; one may hold another.

    Args:
        text: In plain form.
    """
    if "@" in text or "艾特" in text or "小老鼠" in text or " at " in text:
        yield from (Span(*found.span(), Kind.EMAIL) for found in _EMAIL.finditer(text))
        yield from (Span(*found.span(), Kind.ACCOUNT) for found in _MENTION.finditer(text))
    if "." in text or "://" in text:
        yield from (Span(*found.span(), Kind.LINK) for found in _LINK.finditer(text))
    for found in _ACCOUNT.finditer(text):
        # 微信apple is two words; 微信号apple and 微信apple66 are an account.
        if found["said"].strip() or re.search(r"[0-9_]", found["name"]):
            yield Span(*found.span("name"), Kind.ACCOUNT)
    for found in _NUMBER.finditer(text):
        yield Span(*found.span("name"), Kind.ACCOUNT)
