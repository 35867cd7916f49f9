"""What a data set holds already, by everything that an incoming turn may meet there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classifier.records import Record
from training.checks import Key, read_checked, telling_text, turn_key
from training.dataset import FROZEN_SPLITS, LabelledTurn, Place, read_hard, read_unsure
from training.exchange.conflicts import label_fields


@dataclass(frozen=True, slots=True)
class Known:
    """What a data set holds.

    Attributes:
        ids: Taken ones, those of the unsure turns among them.
        by_key: What makes a turn the same -> the turn, those of ``hard`` among them; that of
            training before a frozen one.
        frozen_groups: Group -> where it stands in a frozen part.
        frozen_texts: What `telling_text` makes of it -> the same.
        unsure: The same of turns that nobody trains on.
    """

    ids: set[str]
    by_key: dict[Key, LabelledTurn]
    frozen_groups: Mapping[str, Place]
    frozen_texts: Mapping[str, Place]
    unsure: dict[Key, LabelledTurn]

    def labelled(self, key: Key) -> Record:
        """Return what a turn is labelled, and whether it is unsure; nothing where no file has it.

        Args:
            key: What makes a turn the same.
        """
        if (turn := self.by_key.get(key)) is not None:
            return label_fields(turn)
        turn = self.unsure.get(key)
        return {"unsure": True} | label_fields(turn) if turn is not None else {}


def read_known(data_folder: Path) -> Known:
    """Return what a data set holds.

    Args:
        data_folder: The folder ``data``.

    Raises:
        DataError: The data set is not sound; the message lists what `wurao data check` finds.
    """
    splits = read_checked(data_folder)
    frozen = [turn for split in FROZEN_SPLITS for turn in splits[split]]
    hard, _problems = read_hard(data_folder)  # it has none in a sound data set
    everything = frozen + hard + splits["train"]
    unsure, _problems = read_unsure(data_folder)
    return Known(
        ids={turn.id for turn in everything + unsure},
        by_key={turn_key(turn.turn): turn for turn in everything},
        frozen_groups={turn.group: turn.place for turn in frozen},
        frozen_texts={telling_text(turn.turn): turn.place for turn in frozen},
        unsure={turn_key(turn.turn): turn for turn in unsure},
    )


def leaks(turn: LabelledTurn, known: Known) -> list[str]:
    """Return why a turn may not come into training, one message for each reason.

    Args:
        turn: One that comes in.
        known: What is there; a turn that is there already leaks nothing.
    """
    key, text = turn_key(turn.turn), telling_text(turn.turn)
    if key in known.by_key or key in known.unsure:
        return []
    problems = []
    if (place := known.frozen_groups.get(turn.group)) is not None:
        problems.append(f"{turn.place}: group: {turn.group} is in a frozen part, at {place}")
    if text and (place := known.frozen_texts.get(text)) is not None:
        problems.append(f"{turn.place}: text: the same is in a frozen part, at {place}")
    return problems
