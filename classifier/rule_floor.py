"""Replies that are an opt-out whatever the model says, such as TD to a marketing message.

The floor can only add opt-outs. Its rules travel in the bundle as plain data.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.text.fold import fold, says_something
from classifier.turns import Channel, Speaker, Turn

_ASK_TO_SEND = "(?:请|可|直接|请直接)?(?:回复?|回覆|复|输入|发送|编辑|键入|短信)"
_OBJECT = "(?:此类|这类|此|本)?(?:短信|信息|消息|简讯|讯息)?"
# Who need not, must not or did refuse is offered something else, and so is who may come back.
_OTHERWISE = "".join(
    f"(?<!{word})"
    for word in (
        *("不", "无", "勿", "别", "未", "毋", "已", "已经", "成功", "为您", "帮您", "为你"),
        *("无需", "不需", "不用", "不想", "不要", "不必", "需不需要", "不需要", "无须"),
    )
)
_BACK = "(?:即?可以?|来|以)?(?:不|恢复|继续|重新|撤销|保留|再)"
_MOST_CHARACTERS = 256
"""What is longer is no code; some gateways pad texts."""

_CLAUSE_END = "|"


@dataclass(frozen=True, slots=True)
class FloorRule:
    """One rule: these words, alone, on these channels.

    Attributes:
        name: Named in each prediction that the rule decides.
        channels: Where it holds.
        replies: Whole replies, folded.
        invited_by: Where not empty, the last message to the subject must offer the reply as the
            code for one of these words, folded, as in "回T退订" or "退订请回复T": a bare T answers
            that, and it answers "which size?" too.
        source: Why the rule is there: the law or practice it follows.
    """

    name: str
    channels: frozenset[Channel]
    replies: frozenset[str]
    invited_by: tuple[str, ...]
    source: str

    def matches(self, turn: Turn, reply: str, last_message: str) -> bool:
        """Say whether the rule makes this turn an opt-out.

        Args:
            turn: The turn.
            reply: Its text, folded and bare.
            last_message: What was last said to the subject, its folded clauses joined by bars;
                empty without context.
        """
        if turn.channel not in self.channels or reply not in self.replies:
            return False
        return not self.invited_by or self._invites(last_message, reply)

    def _invites(self, message: str, reply: str) -> bool:
        code = re.escape(re.sub(r"^(?:回复?|回覆)", "", reply))
        words = "|".join(map(re.escape, self.invited_by))
        # In "订T退订D" the refusal word belongs to the code after it.
        taken = f"(?!{_OBJECT}(?:{_ASK_TO_SEND})?[a-z0-9])"
        before = f"(?<![a-z0-9]){code}(?:可|即可|则|为|以)?(?:{words}){taken}"
        refusal = f"{_OTHERWISE}(?:{words}){_OBJECT}"
        after = f"{refusal}{_ASK_TO_SEND}{code}(?![a-z0-9])(?!{_BACK})"
        end = re.escape(_CLAUSE_END)
        later = f"(?<![a-z0-9]){refusal}{end}{_ASK_TO_SEND}{code}(?:即可|可)?(?:{end}|$)"
        return re.search(f"{before}|{after}|{later}", message) is not None


class RuleFloor:
    """The rules of one bundle.

    Attributes:
        rules: In their order; the first that holds decides.
    """

    def __init__(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Read the rules from plain data.

        Args:
            rules: For each rule ``name``, ``channels``, ``replies``, ``source`` and, optionally,
                ``invited_by``.

        Raises:
            KeyError: A rule lacks a field.
            TypeError: A field is of another type.
            ValueError: A channel is unknown.
        """
        self.rules = [
            FloorRule(
                name=rule["name"],
                channels=frozenset(Channel(channel) for channel in rule["channels"]),
                replies=frozenset(fold(reply).bare for reply in rule["replies"]),
                invited_by=tuple(fold(words).bare for words in rule.get("invited_by", ())),
                source=rule["source"],
            )
            for rule in rules
        ]
        # What no rule could hold for is not even folded.
        self._channels = frozenset().union(*(rule.channels for rule in self.rules))
        self._replies = frozenset().union(*(rule.replies for rule in self.rules))

    def match(self, turn: Turn) -> str:
        """Return the name of the first rule that holds, or an empty string.

        Args:
            turn: The turn with its context.
        """
        if turn.channel not in self._channels or len(turn.text) > _MOST_CHARACTERS:
            return ""
        reply = fold(turn.text).bare
        if reply not in self._replies:
            return ""
        last_message = ""
        for earlier in reversed(turn.context):
            if earlier.speaker is not Speaker.USER and says_something(earlier.text):
                last_message = _CLAUSE_END.join(fold(earlier.text).clauses)
                break
        for rule in self.rules:
            if rule.matches(turn, reply, last_message):
                return rule.name
        return ""
