"""The record format."""

import pytest

from classifier.columns import value_of
from classifier.errors import InvalidTurnError
from classifier.records import parse_line, turn_from_record
from classifier.turns import Channel, ContextTurn, Speaker, Turn


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"text": "\xff"}', "is not UTF-8 at byte 11"),
        (b'{"text": ', "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b'{"text": "a", "mine": NaN}', "is not JSON: NaN"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"text": ' + b"9" * 5_000 + b"}", "a number too long"),
    ],
)
def test_unreadable_line_says_what_is_wrong(line: bytes, problem: str) -> None:
    """Whatever is on a line, the answer is one clear error."""
    with pytest.raises(InvalidTurnError, match=problem):
        parse_line(line)


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({}, "text"),
        ({"text": 5}, "text"),
        ({"text": "好", "channel": "fax"}, "channel"),
        ({"text": "好", "context": "x"}, "context"),
        ({"text": "好", "context": ["x"]}, r"context\[0\]"),
        ({"text": "好", "context": [{"speaker": "dog", "text": "汪"}]}, r"context\[0\].speaker"),
        ({"text": "好", "context": [{"speaker": "bot"}]}, r"context\[0\].text"),
        ({"text": "好", "alternatives": [{"text": "号", "confidence": "1"}]}, "confidence"),
        ({"text": "好", "alternatives": [{"text": "号", "confidence": 10**400}]}, "confidence"),
    ],
)
def test_wrong_field_is_named(record: dict[str, object], field: str) -> None:
    """The message names the path of the field."""
    with pytest.raises(InvalidTurnError, match=field):
        turn_from_record(record)


def test_only_text_is_required() -> None:
    """A record may be as short as its text; a byte order mark does no harm, nor null."""
    assert turn_from_record(parse_line('\ufeff{"text": "好"}'.encode())) == Turn("好")
    empty = dict.fromkeys(("channel", "context", "alternatives"))
    assert turn_from_record({"text": "好"} | empty) == Turn("好")


def test_all_fields_arrive() -> None:
    """Context keeps its order."""
    record = {
        "text": "对",
        "channel": "sms",
        "context": [{"speaker": "user", "text": "喂"}, {"speaker": "bot", "text": "取消吗"}],
    }
    said = (ContextTurn(Speaker.USER, "喂"), ContextTurn(Speaker.BOT, "取消吗"))
    assert turn_from_record(record) == Turn("对", Channel.SMS, said)


def test_a_channel_in_other_words_is_told_which_are_known() -> None:
    """Each word that the message names for tables is read there; a sales channel can stay out."""
    with pytest.raises(InvalidTurnError) as caught:
        turn_from_record({"text": "喂", "channel": "淘宝"})
    known, remedy = str(caught.value).split("; ")
    words = known.removeprefix("channel: must be one of ").replace("in a table also ", "")
    assert {value_of("channel", word) for word in words.split(", ")} == set(Channel)
    assert remedy == "a column of other words can be left out or renamed"
