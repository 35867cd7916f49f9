"""Puts other talk around some training turns, since people wrap what they ask for in it.

Writers keep to their matter; on the phone a request comes between the weather and the children.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence

from msgspec import structs

from classifier.turns import Channel, Label
from training.dataset import LabelledTurn
from training.division import part_of

_TALK_KINDS = frozenset(("other", "service_request"))
"""Of normal turns; they ask for nothing that a request beside them could be taken back by."""

_TALK_CHARACTERS = range(14, 61)
_OWN_CHARACTERS = range(5, 71)
_PARTS = 10_000
_CIRCLE = 2**64
_ENDS = "，。！？,.!?…~～ "

_Said = tuple[Channel, str]
_Talk = list[tuple[int, str]]
"""Places on a circle, ascending, each with what is said there."""


def add_other_talk(turns: Sequence[LabelledTurn], share: float) -> list[LabelledTurn]:
    """Return the turns in their order, some of them between what others said; labels stay.

    A hash of its id decides about a turn, and beside what it is put: the next on a circle. So new
    turns change few others. When each was dealt from a list whose length they changed, 200 new
    labels put all others beside something else, and by chance a model lost what the law demands.

    Args:
        turns: The training split; never a frozen part.
        share: Of the turns of 5 to 70 characters, from 0 to 1.
    """
    talk = _find_talk(turns) if share else {}
    return [
        structs.replace(turn, turn=structs.replace(turn.turn, text=_surround(turn, beside)))
        if _may_stand_in_talk(turn)
        and part_of(turn.id, "other talk", _PARTS) < share * _PARTS
        and (beside := talk.get(_way_of_saying(turn)))
        else turn
        for turn in turns
    ]


def _find_talk(turns: Sequence[LabelledTurn]) -> dict[_Said, _Talk]:
    talk = defaultdict(list)
    for turn in turns:
        ordinary = turn.label is Label.NORMAL and turn.kind in _TALK_KINDS
        if ordinary and len(turn.turn.text) in _TALK_CHARACTERS:
            place = part_of(turn.id, "said", _CIRCLE)
            talk[_way_of_saying(turn)].append((place, turn.turn.text))
    return {said: sorted(found) for said, found in talk.items()}


def _may_stand_in_talk(turn: LabelledTurn) -> bool:
    return len(turn.turn.text) in _OWN_CHARACTERS and not turn.turn.alternatives


def _way_of_saying(turn: LabelledTurn) -> _Said:
    return turn.turn.channel, turn.script


def _surround(turn: LabelledTurn, talk: _Talk) -> str:
    """Return a turn's text with one before it, one or two after it, or both."""
    before, after, more = (_next_to(turn, side, talk) for side in ("before", "after", "more"))
    texts = (
        (before, turn.turn.text),
        (turn.turn.text, after),
        (turn.turn.text, after, more),
        (before, turn.turn.text, after),
        (before, turn.turn.text, after, more),
        (before, more, turn.turn.text),
    )[part_of(turn.id, "where", 6)]
    return "".join(text if text[-1] in _ENDS else f"{text}，" for text in texts[:-1]) + texts[-1]


def _next_to(turn: LabelledTurn, side: str, talk: _Talk) -> str:
    place = part_of(turn.id, side, _CIRCLE)
    return talk[bisect(talk, (place, "")) % len(talk)][1]
