"""Training turns that stand between other talk."""

from training.dataset import LabelledTurn
from training.other_talk import add_other_talk

Splits = dict[str, list[LabelledTurn]]


def test_some_turns_stand_in_talk(splits: Splits) -> None:
    """About the share asked for; what was said is all there, with its label and context."""
    turns = splits["train"][::10]
    learnt = add_other_talk(turns, 0.1)
    pairs = [(old, new) for old, new in zip(turns, learnt, strict=True) if old != new]
    fitting = [turn for turn in turns if 5 <= len(turn.turn.text) <= 70]
    assert 0.085 < len(pairs) / len(fitting) < 0.11
    assert all(
        old.turn.text in new.turn.text
        and len(new.turn.text) > len(old.turn.text) + 13
        and (new.label, new.turn.context) == (old.label, old.turn.context)
        for old, new in pairs
    )
    starts = sum(new.turn.text.startswith(old.turn.text) for old, new in pairs) / len(pairs)
    ends = sum(new.turn.text.endswith(old.turn.text) for old, new in pairs) / len(pairs)
    assert 0.25 < starts < 0.42
    assert 0.25 < ends < 0.42


def test_a_larger_share_takes_more(splits: Splits) -> None:
    """Never others instead; none takes nothing, and it is the same each time."""
    turns = splits["train"][::10]
    some = add_other_talk(turns, 0.1)
    assert some == add_other_talk(turns, 0.1)
    more = add_other_talk(turns, 0.2)
    steps = list(zip(turns, some, more, strict=True))
    assert all(larger == smaller for came, smaller, larger in steps if smaller != came)
    assert sum(larger != smaller for _came, smaller, larger in steps) > 0.05 * len(turns)
    assert add_other_talk(turns, 0) == turns


def test_new_turns_change_few_others(splits: Splits) -> None:
    """Where one in fifty is new; each stands beside one or two."""
    turns = splits["train"][::10]
    known = [turn for n, turn in enumerate(turns) if n % 50]
    before = {turn.id: turn for turn in add_other_talk(known, 0.2)}
    after = {turn.id: turn for turn in add_other_talk(turns, 0.2)}
    in_talk = [turn for turn in known if before[turn.id] != turn]
    changed = [turn for turn in in_talk if after[turn.id] != before[turn.id]]
    assert len(in_talk) > 100
    assert 0 < len(changed) / len(in_talk) < 0.08
