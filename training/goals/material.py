"""What the goals are measured on: the frozen parts, and real turns where they are at hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.errors import DataError, InvalidTurnError
from classifier.records import parse_line, turn_from_record
from classifier.turns import LABELS, Label, Turn
from training.files import read_bytes

ORDINARY, NETTED = "turns.jsonl", "netted_labelled.jsonl"


@dataclass(frozen=True, slots=True)
class RealTurns:
    """Real turns that are for measuring only and are no part of this repository.

    Attributes:
        ordinary: Unlabelled, next to all of them normal.
        netted: Turns that a wide keyword net caught.
        netted_labels: Place of each one's label in `LABELS`, shape (n,).
    """

    ordinary: list[Turn]
    netted: list[Turn]
    netted_labels: np.ndarray


def read_real_turns(folder: Path) -> RealTurns:
    """Read a folder of real turns.

    Args:
        folder: Holds ``turns.jsonl`` and ``netted_labelled.jsonl`` in the record format.

    Raises:
        DataError: A file is missing, or a line is no record; the message names file and line.
    """
    netted = _read_records(folder / NETTED, labelled=True)
    return RealTurns(
        ordinary=[turn for turn, _label in _read_records(folder / ORDINARY, labelled=False)],
        netted=[turn for turn, _label in netted],
        netted_labels=np.array([LABELS.index(label) for _turn, label in netted]),
    )


def _read_records(path: Path, labelled: bool) -> list[tuple[Turn, Label]]:
    found = []
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        try:
            record = parse_line(line)
            label = Label(record["label"]) if labelled else Label.NORMAL
            found.append((turn_from_record(record), label))
        except InvalidTurnError as error:
            raise DataError(f"{path}:{number}: {error}") from None
        except (KeyError, ValueError):
            raise DataError(f"{path}:{number}: label: must be one of {', '.join(LABELS)}") from None
    return found
