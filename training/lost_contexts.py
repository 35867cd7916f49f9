"""Takes their context from some training turns, since many a turn comes to the service alone."""

import hashlib
from collections.abc import Sequence

from msgspec import structs

from training.dataset import LabelledTurn

_SHORTEST_CHARACTERS = 9
"""Shorter turns say too little by themselves."""

_BOUND_KINDS = frozenset(("confirm", "deny_stop", "affirm", "deny", "filler"))


def stands_alone(turn: LabelledTurn) -> bool:
    """Say whether a turn has a context that its label does not hang on, as a rule.

    Args:
        turn: Any labelled turn.
    """
    long_enough = len(turn.turn.text) >= _SHORTEST_CHARACTERS
    return bool(turn.turn.context) and long_enough and turn.kind not in _BOUND_KINDS


def lose_contexts(turns: Sequence[LabelledTurn], share: float) -> list[LabelledTurn]:
    """Return the turns in their order, some of those that stand alone without their context.

    A hash of its id decides about a turn, so other turns that come or go change nothing for it.

    Args:
        turns: The training split; never a frozen part.
        share: Of the turns that stand alone, from 0 to 1.
    """
    return [
        structs.replace(turn, turn=structs.replace(turn.turn, context=()))
        if stands_alone(turn) and _draw(turn.id) < share
        else turn
        for turn in turns
    ]


def _draw(name: str) -> float:
    digest = hashlib.sha256(f"context/{name}".encode()).digest()
    return float(int.from_bytes(digest[:8]) / 2**64)
