"""Replies that are an opt-out whatever the model says, such as TD to a marketing message.

The floor can only add opt-outs. Its rules travel in the bundle as plain data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.text.fold import fold
from classifier.turns import Channel, Speaker, Turn


@dataclass(frozen=True, slots=True)
class FloorRule:
    """One rule: these words, alone, on these channels.

    Attributes:
        name: Named in each prediction that the rule decides.
        channels: Where it holds.
        replies: Whole replies, folded.
        invited_by: Where not empty, the last message to the subject must hold one of these,
            folded: a bare T answers "回T退订", and it answers "which size?" too.
        source: Why the rule is there: the law or practice it follows.
    """

    name: str
    channels: frozenset[Channel]
    replies: frozenset[str]
    invited_by: tuple[str, ...]
    source: str

    def matches(self, turn: Turn, reply: str, last_message: str | None) -> bool:
        """Say whether the rule makes this turn an opt-out.

        Args:
            turn: The turn.
            reply: Its text, folded and bare.
            last_message: What was last said to the subject, folded and bare; None without context.
        """
        if turn.channel not in self.channels or reply not in self.replies:
            return False
        if not self.invited_by or last_message is None:
            return True
        return any(words in last_message for words in self.invited_by)


class RuleFloor:
    """The rules of one bundle."""

    def __init__(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Read the rules from plain data.

        Args:
            rules: For each rule ``name``, ``channels``, ``replies``, ``source`` and, optionally,
                ``invited_by``.

        Raises:
            KeyError: A rule lacks a field.
            ValueError: A channel is unknown.
        """
        self._rules = [
            FloorRule(
                name=rule["name"],
                channels=frozenset(Channel(channel) for channel in rule["channels"]),
                replies=frozenset(fold(reply).bare for reply in rule["replies"]),
                invited_by=tuple(fold(words).bare for words in rule.get("invited_by", ())),
                source=rule["source"],
            )
            for rule in rules
        ]
        self._longest = max((len(r) for rule in self._rules for r in rule.replies), default=0)

    def match(self, turn: Turn) -> str:
        """Return the name of the first rule that holds, or an empty string.

        Args:
            turn: The turn with its context.
        """
        if len(turn.text) > 2 * self._longest:
            return ""
        reply = fold(turn.text).bare
        last_message = None
        for earlier in reversed(turn.context):
            if earlier.speaker is not Speaker.USER:
                last_message = fold(earlier.text).bare
                break
        for rule in self._rules:
            if rule.matches(turn, reply, last_message):
                return rule.name
        return ""
