"""What a data set holds already, by everything that an incoming turn may meet there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classifier.text.fold import fold
from training.checks import TELLING_CHARACTERS, Key, read_checked, turn_key
from training.dataset import FROZEN_SPLITS, LabelledTurn, Place, read_unsure


@dataclass(frozen=True, slots=True)
class Known:
    """What a data set holds.

    Attributes:
        ids: Taken ones, those of the unsure turns among them.
        by_key: What makes a turn the same -> the turn, that of training before a frozen one.
        frozen_groups: Group -> where it stands in a frozen part.
        frozen_texts: Folded text -> the same.
        unsure: Turns that nobody trains on.
    """

    ids: set[str]
    by_key: dict[Key, LabelledTurn]
    frozen_groups: Mapping[str, Place]
    frozen_texts: Mapping[str, Place]
    unsure: frozenset[Key]


def read_known(data_folder: Path) -> Known:
    """Return what a data set holds.

    Args:
        data_folder: The folder ``data``.

    Raises:
        DataError: The data set is not sound; the message lists what `wurao data check` finds.
    """
    splits = read_checked(data_folder)
    frozen = [turn for split in FROZEN_SPLITS for turn in splits[split]]
    everything = frozen + splits["train"]
    unsure, _problems = read_unsure(data_folder)  # it has none in a sound data set
    return Known(
        ids={turn.id for turn in everything + unsure},
        by_key={turn_key(turn.turn): turn for turn in everything},
        frozen_groups={turn.group: turn.place for turn in frozen},
        frozen_texts={fold(turn.turn.text).bare: turn.place for turn in frozen},
        unsure=frozenset(turn_key(turn.turn) for turn in unsure),
    )


def leaks(turn: LabelledTurn, known: Known) -> list[str]:
    """Return why a turn may not come into training, one message for each reason.

    Args:
        turn: One that comes in.
        known: What is there; a turn that is there already leaks nothing.
    """
    key, bare = turn_key(turn.turn), fold(turn.turn.text).bare
    if key in known.unsure:
        return [f"{turn.place}: text: is among the turns marked unsure, which nobody trains on"]
    if key in known.by_key:
        return []
    if (place := known.frozen_groups.get(turn.group)) is not None:
        return [f"{turn.place}: group: {turn.group} is in a frozen part, at {place}"]
    if len(bare) >= TELLING_CHARACTERS and (place := known.frozen_texts.get(bare)) is not None:
        return [f"{turn.place}: text: the same is in a frozen part, at {place}"]
    return []
