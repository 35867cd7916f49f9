"""What the labelled data holds already and nobody needs to label again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from classifier.decision_log.decisions import last_said_to_subject
from classifier.errors import DataError
from classifier.masking.mask import mask_text
from classifier.turns import ContextTurn, Turn
from training.checks import telling_text, turn_key
from training.dataset import (
    FROZEN_SPLITS,
    SPLITS,
    LabelledTurn,
    read_hard,
    read_split,
    read_unsure,
)

FROZEN_TEXT = "frozen_text"
"""How a turn is known whose words, in another context, stand in a frozen part."""


class KnownTurns:
    """The turns of a data set, those marked unsure among them, by digests.

    Each is known too as a log of decisions keeps it: masked, with one line of its context.
    """

    def __init__(
        self,
        turns: Iterable[LabelledTurn],
        frozen: Iterable[LabelledTurn],
        unsure: Iterable[LabelledTurn],
    ) -> None:
        """Take digests.

        Args:
            turns: All that have a label.
            frozen: Those of the frozen parts, whose words may not get into training.
            unsure: Those about which careful readers differ.
        """
        self._labels: dict[bytes, str] = {}
        for turn in turns:
            self._keep(turn.turn, turn.label.value)
        for turn in unsure:
            self._keep(turn.turn, "unsure")
        self._frozen = {telling_text(turn.turn) for turn in frozen} - {""}

    def label_of(self, turn: Turn) -> str | None:
        """Return how a turn is known: its label, ``unsure`` or `FROZEN_TEXT`; None where it is new.

        Args:
            turn: Any turn.
        """
        label = self._labels.get(_digest(turn))
        if label is not None:
            return label
        return FROZEN_TEXT if telling_text(turn) in self._frozen else None

    def _keep(self, turn: Turn, label: str) -> None:
        self._labels.setdefault(_digest(_as_logged(turn)), label)
        self._labels[_digest(turn)] = label


def read_known(data_folder: Path) -> KnownTurns:
    """Return what a data set holds.

    Args:
        data_folder: The folder ``data``.

    Raises:
        DataError: A split has no file or a line cannot be read.
    """
    splits: dict[str, list[LabelledTurn]] = {}
    unsure, problems = read_unsure(data_folder)
    hard, wrong = read_hard(data_folder)
    problems += wrong
    for split in SPLITS:
        splits[split], wrong = read_split(data_folder, split)
        problems += wrong
    if problems:
        raise DataError("\n".join(problems))
    return KnownTurns(
        (turn for turns in (*splits.values(), hard) for turn in turns),
        (turn for split in FROZEN_SPLITS for turn in splits[split]),
        unsure,
    )


def _digest(turn: Turn) -> bytes:
    return hashlib.blake2b("\x1f".join(turn_key(turn)).encode(), digest_size=10).digest()


def _as_logged(turn: Turn) -> Turn:
    said = (ContextTurn(s.speaker, mask_text(s.text)) for s in last_said_to_subject(turn))
    return structs.replace(turn, text=mask_text(turn.text), context=tuple(said))
