"""The limits of a turn."""

from typing import Any

import pytest

from classifier.errors import InvalidTurnError
from classifier.turns import (
    MAX_ALTERNATIVES,
    MAX_CONTEXT_TURNS,
    MAX_TEXT_CHARACTERS,
    Alternative,
    Channel,
    ContextTurn,
    Speaker,
    Turn,
)


def fields_of(error: InvalidTurnError) -> list[str]:
    """Return the fields at fault."""
    return [violation.field for violation in error.violations]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_empty_text_is_refused(text: str) -> None:
    """A turn without words is no turn."""
    with pytest.raises(InvalidTurnError, match="text: is empty"):
        Turn(text)


def test_longest_text_is_taken_and_one_more_is_refused() -> None:
    """The limit is exact, and the message names it without repeating the text."""
    Turn("打" * MAX_TEXT_CHARACTERS)
    with pytest.raises(InvalidTurnError, match="10,001 characters; at most 10,000") as caught:
        Turn("打" * (MAX_TEXT_CHARACTERS + 1))
    assert "打" not in str(caught.value)


def test_every_violation_is_named_at_once() -> None:
    """A caller can mend all fields after one answer."""
    said = ContextTurn(Speaker.BOT, "打" * (MAX_TEXT_CHARACTERS + 1))
    with pytest.raises(InvalidTurnError) as caught:
        Turn(
            "",
            context=(said,) * (MAX_CONTEXT_TURNS + 1),
            alternatives=(Alternative("好", 1.5),) * (MAX_ALTERNATIVES + 1),
        )
    fields = fields_of(caught.value)
    assert {"text", "context", "alternatives", "context[0].text"} <= set(fields)
    assert "alternatives[20].confidence" in fields


def test_half_a_surrogate_pair_is_refused() -> None:
    """Text that cannot be written as UTF-8 is named, not crashed on."""
    with pytest.raises(InvalidTurnError, match="surrogate"):
        Turn("别打\ud800了")


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_confidence_outside_0_to_1_is_refused(confidence: float) -> None:
    """A confidence is a share."""
    with pytest.raises(InvalidTurnError, match=r"alternatives\[0\].confidence"):
        Turn("好", alternatives=(Alternative("好", confidence),))


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"text": None}, "text"),
        ({"text": "喂".encode()}, "text"),
        ({"channel": "phone"}, "channel"),
        ({"channel": None}, "channel"),
        ({"context": None}, "context"),
        ({"context": "喂"}, "context"),
        ({"context": ("喂",)}, "context[0]"),
        ({"context": (ContextTurn(Speaker.BOT, None),)}, "context[0].text"),  # type: ignore[arg-type]
        ({"context": (ContextTurn("robot", "喂"),)}, "context[0].speaker"),  # type: ignore[arg-type]
        ({"alternatives": None}, "alternatives"),
        ({"alternatives": ("喂",)}, "alternatives[0]"),
        ({"alternatives": (Alternative(None, 0.5),)}, "alternatives[0].text"),  # type: ignore[arg-type]
        ({"alternatives": (Alternative("喂", "much"),)}, "alternatives[0].confidence"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_type_is_named(broken: dict[str, Any], field: str) -> None:
    """A caller whom no type checker warns hears at once which field it is, and nothing of it."""
    with pytest.raises(InvalidTurnError) as caught:
        Turn(**{"text": "不用了", **broken})
    assert fields_of(caught.value) == [field]
    assert not any(word in str(caught.value) for word in ("喂", "phone", "robot", "much"))


def test_names_of_channel_and_speaker_stand_for_them() -> None:
    """Written as in a record they are what the rules of a channel ask for."""
    turn = Turn("TD", "sms", (ContextTurn("user", "喂"),))  # type: ignore[arg-type]
    assert turn.channel is Channel.SMS
    assert turn.context[0].speaker is Speaker.USER
    assert not turn.is_reply
