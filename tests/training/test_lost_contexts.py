"""Training turns that lose their context."""

from training.dataset import LabelledTurn
from training.lost_contexts import lose_contexts, stands_alone

Splits = dict[str, list[LabelledTurn]]


def test_only_turns_that_stand_alone_lose_it(splits: Splits) -> None:
    """About the share asked for comes alone; short answers and what hangs on a question keep it."""
    turns = splits["train"][::10]
    learnt = lose_contexts(turns, 0.25)
    lost = [old for old, new in zip(turns, learnt, strict=True) if old.turn != new.turn]
    assert 0.23 < len(lost) / sum(map(stands_alone, turns)) < 0.27
    assert not {"confirm", "deny_stop", "affirm"} & {turn.kind for turn in lost}
    assert min(len(turn.turn.text) for turn in lost) > 8
    assert all(
        not new.turn.context and new.turn.text == old.turn.text and new.label is old.label
        for old, new in zip(turns, learnt, strict=True)
        if old.turn != new.turn
    )


def test_other_turns_change_nothing(splits: Splits) -> None:
    """A turn's draw is its own; a larger share takes more, never others instead."""
    turns = splits["train"][::10]
    some = lose_contexts(turns[::7], 0.25)
    assert some == lose_contexts(turns, 0.25)[::7]
    more = lose_contexts(turns, 0.5)
    assert all(
        new.turn.context == ()
        for new, old in zip(more, lose_contexts(turns, 0.25), strict=True)
        if old.turn.context == ()
    )
    assert lose_contexts(turns, 0) == turns
