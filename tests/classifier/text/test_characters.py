"""What the second reader gets to read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.characters import (
    BOT_SEGMENT,
    END,
    PADDING,
    ROW_CHARACTERS,
    START,
    SUBJECT_SEGMENT,
    TURN_SEGMENT,
    UNKNOWN,
    CharacterEncoder,
    pad,
)
from classifier.turns import ContextTurn, Speaker, Turn

VOCABULARY = ["<start>", "<padding>", "<end>", "<unknown>", *" 再在打吗?别", *"您好"]


@pytest.fixture(scope="module")
def encoder() -> CharacterEncoder:
    """A vocabulary of a few characters."""
    return CharacterEncoder(VOCABULARY)


def test_what_sounds_alike_has_one_sound(encoder: CharacterEncoder) -> None:
    """A recogniser's 在 for 再 changes the character and not the sound."""
    right, heard = encoder.spell("再"), encoder.spell("在")
    assert right.ids != heard.ids
    assert right.sounds == heard.sounds != [0]


def test_words_written_apart_read_like_whole_ones(encoder: CharacterEncoder) -> None:
    """A recogniser's spaces between words are no pauses."""
    assert encoder.spell("再 打 吗 别 在打") == encoder.spell("再打吗别在打")
    assert encoder.spell("别再打 吗") != encoder.spell("别再打吗")


def test_scripts_and_widths_are_one(encoder: CharacterEncoder) -> None:
    """Traditional and full-width characters read as simplified and half-width ones."""
    assert encoder.spell("別嗎？") == encoder.spell("别吗?")


def test_laughter_drowns_nothing(encoder: CharacterEncoder) -> None:
    """Of one character many times three are read; of digits, Latin letters and ASCII marks all."""
    assert encoder.spell("您" * 20 + "别打") == encoder.spell("您您您别打")
    assert encoder.spell("????") != encoder.spell("???")


def test_question_mark_stays_and_unknown_is_said(encoder: CharacterEncoder) -> None:
    """Punctuation can decide, so it is read; what the vocabulary lacks becomes unknown."""
    assert encoder.spell("吗?").ids == [VOCABULARY.index("吗"), VOCABULARY.index("?")]
    assert encoder.spell("猫").ids == [UNKNOWN]


def test_rows_say_who_spoke(encoder: CharacterEncoder) -> None:
    """Bot, subject and the turn itself stand in segments of their own, in their order."""
    context = (ContextTurn(Speaker.BOT, "您好"), ContextTurn(Speaker.USER, "好"))
    rows = encoder.row(Turn("别打", context=context))
    assert rows.ids[0, 0] == START
    assert rows.ids[0, -1] == END
    expected = [0, *[BOT_SEGMENT] * 3, *[SUBJECT_SEGMENT] * 2, *[TURN_SEGMENT] * 3]
    assert rows.segments[0].tolist() == expected


def test_context_is_cut_to_its_end(encoder: CharacterEncoder) -> None:
    """A long bot line keeps its end, where the question stands, and the latest turns win."""
    long = ContextTurn(Speaker.BOT, "打在" * 250 + "吗?")
    ((line, _segment),) = encoder.spell_context(Turn("好", context=(long,)))
    assert len(line.ids) == 64
    assert line.ids[-1] == VOCABULARY.index("?")
    many = encoder.spell_context(Turn("好", context=(long,) * 50))
    assert sum(len(part.ids) for part, _segment in many) <= 96


@given(
    st.text(
        st.characters(codec="utf-8") | st.sampled_from("打 \ufdfaΣ'e\u0301\u200b"), max_size=200
    )
)
def test_the_context_is_the_end_of_the_whole(text: str) -> None:
    """Only what is kept is numbered, and it is numbered as the whole turn would be."""
    encoder = CharacterEncoder([*VOCABULARY, *"صلىهσς'"])
    whole = encoder.spell("您" + text)
    context = (ContextTurn(Speaker.BOT, "您" + text),)
    ((end, _segment),) = encoder.spell_context(Turn("好", context=context))
    assert end == (whole.ids[-64:], whole.sounds[-64:])


@given(st.text(max_size=3 * ROW_CHARACTERS))
def test_a_row_is_never_too_long(text: str) -> None:
    """A text is read whole if it fits into a row, and its beginning else."""
    encoder = CharacterEncoder(VOCABULARY)
    spelt = encoder.spell(text)
    row = encoder.row(Turn("打" + text))
    assert row.ids.shape == (1, min(len(encoder.spell("打" + text).ids), ROW_CHARACTERS) + 2)
    assert len(spelt.ids) == len(spelt.sounds)


def test_padding_is_marked(encoder: CharacterEncoder) -> None:
    """A shorter row is filled up with padding that no segment of the turn holds."""
    rows = pad([([], encoder.spell("打")), ([], encoder.spell("别打吗"))])
    assert rows.ids[0].tolist()[-2:] == [PADDING, PADDING]
    assert np.all(rows.segments[0, -2:] > TURN_SEGMENT)
