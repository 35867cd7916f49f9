"""What of a long or many-voiced turn is read by itself, and what a second time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from classifier.passages import (
    COST_PER_CHARACTER,
    LEAST_COST,
    PASSAGE_CHARACTERS,
    choose_readings,
    cut_passages,
    with_last_words,
)
from classifier.text.characters import ROW_CHARACTERS
from classifier.turns import ContextTurn, Speaker, Turn

SENTENCE = "以后不要再给我打电话了"


def test_a_turn_as_people_say_it_is_read_whole() -> None:
    """Nothing is cut from a turn of ordinary length."""
    whole = "我" * PASSAGE_CHARACTERS
    assert cut_passages(whole) == [(0, whole)]


@given(
    st.integers(0, 3_000),
    st.integers(PASSAGE_CHARACTERS, 3_000),
    st.sampled_from(["我", "我，", "我们 ", "\n"]),
)
def test_a_sentence_lies_whole_in_a_passage(before: int, after: int, said: str) -> None:
    """Wherever it stands in a long text, with or without pauses."""
    text = (said * before)[:before] + SENTENCE + (said * after)[:after]
    passages = cut_passages(text)
    assert any(SENTENCE in part for _start, part in passages)
    assert all(text[start : start + len(part)] == part for start, part in passages)
    assert all(part.strip() for _start, part in passages)
    assert all(len(part) <= PASSAGE_CHARACTERS or part == text for _start, part in passages)


def test_passages_begin_and_end_between_clauses() -> None:
    """Where there is punctuation, none begins in the middle of a word."""
    text = "今天天气不错，我们去公园走走。" * 20
    for _start, part in cut_passages(text)[1:]:
        assert part[-1] in "，。"
        assert part.startswith(("今天", "我们"))


def test_each_passage_begins_in_the_one_before() -> None:
    """A sentence across the end of one stands whole in the next."""
    passages = cut_passages("今天天气不错，我们去公园走走。" * 20)[1:]
    assert len(passages) > 2
    for (start, part), (following, _part) in pairwise(passages):
        assert start < following < start + len(part)


@given(
    st.lists(st.integers(1, ROW_CHARACTERS), min_size=1, max_size=80),
    st.integers(0, 300),
)
def test_no_more_is_read_than_there_is_time_for(lengths: list[int], context: int) -> None:
    """Whatever came, reading is bounded by its length, and something is always read."""
    said = (ContextTurn(Speaker.BOT, "喂" * context),)
    candidates = [(Turn("好" * n, context=said), 1 / n) for n in lengths]
    chosen = [lengths[i] for i in choose_readings(candidates, sum(lengths))]
    assert chosen
    assert len(chosen) == 1 or sum(chosen) <= max(LEAST_COST, COST_PER_CHARACTER * sum(lengths))
    assert chosen == sorted(lengths)[: len(chosen)]  # the most suspicious first


def test_what_stands_around_a_place_and_the_last_words_are_read_together() -> None:
    """Both from clause to clause; what lies between is left out."""
    story = "今天天气不错，我们去公园走走。"
    text = story * 6 + SENTENCE + "，" + story * 6 + "算了你们还是照常打吧"
    excerpt = with_last_words(text, text.index(SENTENCE) + 5)
    around, last = excerpt.split(" ")
    assert SENTENCE in around
    assert around in text
    assert around[-1] in "，。"
    assert text.endswith(last)
    assert last.startswith(("今天", "我们"))
    assert last.endswith("算了你们还是照常打吧")
    assert len(excerpt) < 2 * PASSAGE_CHARACTERS


@given(st.text(min_size=PASSAGE_CHARACTERS + 1, max_size=600), st.data())
def test_nothing_is_read_that_was_not_said(text: str, data: st.DataObject) -> None:
    """At any place of any text, each half stands in it, and the end is heard."""
    middle = data.draw(st.integers(0, len(text)))
    excerpt = with_last_words(text, middle)
    assert excerpt[-20:] == text[-20:]
    assert len(excerpt) <= 2 * PASSAGE_CHARACTERS
    assert excerpt in text or any(
        excerpt[:n] in text and excerpt[n + 1 :] in text for n in range(len(excerpt))
    )
