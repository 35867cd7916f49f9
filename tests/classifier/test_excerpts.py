"""What of a long or many-voiced turn is read a second time."""

from hypothesis import given
from hypothesis import strategies as st

from classifier.excerpts import COST_PER_CHARACTER, LEAST_COST, choose_excerpts
from classifier.text.characters import ROW_CHARACTERS
from classifier.turns import ContextTurn, Speaker, Turn


def hears(turn: Turn) -> float:
    """Stands for the first reader: suspects what holds 别打."""
    return 0.9 if "别打" in turn.text else 0.1


def test_a_turn_that_fits_is_read_whole() -> None:
    """Nothing is cut from what people say in a turn, nor from a few hypotheses of it."""
    whole = Turn("我" * ROW_CHARACTERS)
    assert choose_excerpts([(whole, 1.0)], hears) == [[whole]]
    few = [(Turn(text), 0.1) for text in ("别打", "别大", "被打", "别打了", "别在打", "再打", "的")]
    assert choose_excerpts(few, hears) == [[turn] for turn, _share in few]


def test_the_suspicious_part_of_a_long_text_is_read() -> None:
    """Wherever it stands, it lies whole in an excerpt, with the context beside it."""
    context = (ContextTurn(Speaker.BOT, "您好"),)
    for place in (0, 95, 191, 400, 777, 980):
        text = "我" * place + "别打" + "我" * (1_000 - place)
        ((first, *_others),) = choose_excerpts([(Turn(text, context=context), 1.0)], hears)
        assert "别打" in first.text
        assert first.context == context


@given(
    st.lists(st.integers(1, 3_000), min_size=1, max_size=21).filter(lambda n: sum(n) <= 20_000),
    st.integers(0, 300),
)
def test_no_more_is_read_than_there_is_time_for(lengths: list[int], context: int) -> None:
    """Whatever came, reading is bounded by its length, and something is always read."""
    said = (ContextTurn(Speaker.BOT, "喂" * context),)
    hypotheses = [(Turn("好" * n, context=said), 1 / len(lengths)) for n in lengths]
    chosen = [turn for excerpts in choose_excerpts(hypotheses, hears) for turn in excerpts]
    read = sum(len(turn.text) for turn in chosen)
    assert chosen
    assert len(chosen) == 1 or read <= max(LEAST_COST, COST_PER_CHARACTER * sum(lengths))
    assert all(len(turn.text) <= ROW_CHARACTERS for turn in chosen)


def test_blank_parts_are_passed_over() -> None:
    """A long gap inside a text is no turn."""
    gap = Turn("别打" + " " * 2_000 + "了")
    ((*excerpts,),) = choose_excerpts([(gap, 1.0)], hears)
    assert excerpts
    assert all(turn.text.strip() for turn in excerpts)
