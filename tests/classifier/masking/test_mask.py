"""What is personal is replaced, whole and once; all else stays."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.masking.mask import find_personal, mask_record, mask_text, mask_turn
from classifier.records import parse_line, turn_from_record
from classifier.turns import Alternative, Channel, ContextTurn, Speaker, Turn
from tests.classifier.masking.samples import NOT_PERSONAL, PERSONAL

TraceFunction = Callable[[FrameType, str, Any], Any]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的电话是...13800138000", "我的电话是...[PHONE]"),
        ("Tel.13800138000", "Tel.[PHONE]"),
        ("138.0013.8000", "[PHONE]"),
        ("1.13800138000 2.13900139000", "1.[PHONE] 2.[PHONE]"),
        ("身份证.110101199003077758", "身份证.[ID]"),
        ("一共12345.67元 涨了3.14159", "一共12345.67元 涨了3.14159"),
    ],
)
def test_dots_hide_nothing(text: str, masked: str) -> None:
    """A dot before or within a number hides it no more than a dash; decimals stay."""
    assert mask_text(text) == masked


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_replaced(text: str, masked: str) -> None:
    """Numbers, papers, accounts, names and doors go; the words around them stay."""
    assert mask_text(text) == masked


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_what_is_nobodys_own_stays(text: str) -> None:
    """Amounts, dates, times, orders, hotlines and plain words are left as they were."""
    assert mask_text(text) == text


@given(st.text(max_size=80))
def test_spans_fit_any_text(text: str) -> None:
    """Whatever comes, spans lie inside, in order and apart."""
    edge = 0
    for span in find_personal(text):
        assert edge <= span.start < span.end <= len(text)
        edge = span.end


@given(st.lists(st.sampled_from([text for text, _masked in PERSONAL] + NOT_PERSONAL), max_size=4))
def test_masking_twice_changes_nothing(texts: list[str]) -> None:
    """A masked text holds nothing more to mask."""
    once = mask_text("。".join(texts))
    assert mask_text(once) == once


def test_every_part_of_a_turn_is_masked() -> None:
    """Text, context and alternatives are masked alike; the rest of a turn is kept."""
    said = "我电话13800138000"
    turn = Turn(said, Channel.CHAT, (ContextTurn(Speaker.BOT, said),), (Alternative(said, 0.5),))
    hidden = "我电话[PHONE]"
    assert mask_turn(turn) == Turn(
        hidden, Channel.CHAT, (ContextTurn(Speaker.BOT, hidden),), (Alternative(hidden, 0.5),)
    )


def test_a_record_keeps_its_other_fields() -> None:
    """A masked record is one still, with the fields that it came with."""
    line = (
        '{"id": "a", "text": "我姓王", "context": [{"speaker": "bot", "text": "王先生"}], "x": 1}'
    )
    record = parse_line(line.encode())
    masked = mask_record(record)
    assert masked == {
        "id": "a",
        "text": "我姓[NAME]",
        "context": [{"speaker": "bot", "text": "[NAME]先生"}],
        "x": 1,
    }
    assert record["text"] == "我姓王"
    assert turn_from_record(masked).text == "我姓[NAME]"


@pytest.mark.parametrize(
    "unit",
    ["1", "幺三八", "湖", "王", "a@", "1-", "a.", "三个", "号", "姓", "王先生", "1栋", "(1)"],
)
def test_the_work_grows_with_the_text_alone(unit: str) -> None:
    """Ten times the hostile repetition takes some ten times the work, not a hundred times."""
    short, long = (_calls(unit * (size // len(unit))) for size in (600, 6_000))
    assert long < 20 * short + 1_000


def _calls(text: str) -> int:
    """How many lines of this project masking a text takes; the same on every machine."""
    lines = 0

    def count(frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        nonlocal lines
        lines += event == "line"
        return count

    mask_text(text[:1])
    before = sys.gettrace()
    sys.settrace(count)
    try:
        mask_text(text)
    finally:
        sys.settrace(before)
    return lines


def test_the_labelled_data_is_hardly_touched(data_folder: Path) -> None:
    """Of turns written without real persons' data few lose a number: no order or amount is taken.

    What was found there was looked at by hand: made-up numbers, names with titles, and doors.
    """
    touched = texts = 0
    for path in sorted((data_folder / "train").glob("ordinary_*.jsonl")):
        for line in path.read_bytes().splitlines():
            texts += 1
            kinds = {span.kind.name for span in find_personal(parse_line(line)["text"])}
            touched += bool(kinds & {"PHONE", "ID", "CARD"})
    assert texts > 5_000
    assert touched / texts < 0.001
