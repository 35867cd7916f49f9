"""Parts of a split, by what stands in its turns."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

from training.dataset import LabelledTurn

FIELDS: dict[str, Callable[[LabelledTurn], str]] = {
    "channel": lambda turn: turn.turn.channel.value,
    "script": lambda turn: turn.script,
    "kind": lambda turn: turn.kind,
    "industry": lambda turn: turn.industry,
    "capability": lambda turn: turn.capability,
}
"""Field -> its value; every turn has one."""

_OTHERS: dict[str, Callable[[LabelledTurn, Any], bool]] = {
    "reason": lambda turn, value: value in turn.reasons,
    "file": lambda turn, value: fnmatch(PurePath(turn.place.path).stem, str(value)),
    "characters_at_least": lambda turn, value: len(turn.turn.text) >= value,
}

SELECTORS = (*FIELDS, *_OTHERS)
"""What may stand in ``where``; of a field its value, which the turn must have."""

ORDINARY = {"file": "ordinary*"}
"""Where turns of ordinary talk stand; the others were written to be mistaken for one another."""


def belongs(turn: LabelledTurn, where: Mapping[str, object]) -> bool:
    """Say whether a turn meets every selector.

    Args:
        turn: Any turn.
        where: Selector -> value; empty for all turns.
    """
    return all(
        FIELDS[name](turn) == value if name in FIELDS else _OTHERS[name](turn, value)
        for name, value in where.items()
    )
