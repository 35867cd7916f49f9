"""Reads transcripts once, masks and scores each new turn, and counts what it meets."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from classifier.archive.files import Chunk
from classifier.archive.rows import records_of
from classifier.errors import InvalidTurnError
from classifier.records import Record, turn_from_record
from classifier.turn_classifier import TurnClassifier
from training.selection.candidates import (
    FIELDS,
    Candidate,
    answer_of,
    masked_fields,
    template_of,
    weight_of,
)
from training.selection.known import KnownTurns

MOST_PROBLEMS = 100
"""So many bad rows are named; the others are counted."""


@dataclass(slots=True)
class Tally:
    """What was met on the way.

    Attributes:
        rows: Rows, blank ones left out.
        new: Rows that might be picked.
        known: How a turn was known -> how often; those are not picked.
        bad: Rows that could not be read.
        problems: Row and what is wrong, of the first `MOST_PROBLEMS` of these.
    """

    rows: int = 0
    new: int = 0
    known: Counter[str] = field(default_factory=Counter)
    bad: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def count_bad(self, row: int, problem: str) -> None:
        """Count a row that cannot be read.

        Args:
            row: Its number.
            problem: What is wrong.
        """
        self.bad += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((row, problem))


def new_candidates(
    chunks: Iterable[Chunk],
    classifier: TurnClassifier,
    known: KnownTurns,
    tally: Tally,
    told: Callable[[int], None],
) -> Iterator[Candidate]:
    """Yield the turns of a file that the data set does not hold.

    Args:
        chunks: The file.
        classifier: The model; its answers that stand in the records already are used.
        known: What the data set holds.
        tally: Is filled on the way.
        told: Is told now and then how many rows are done.

    Raises:
        ArchiveError: The source cannot be read.
    """
    done = 0
    for chunk in chunks:
        for row, record in records_of(chunk, FIELDS):
            tally.rows += 1
            if isinstance(record, str):
                tally.count_bad(row, record)
                continue
            try:
                candidate = _candidate(row, record, classifier, known, tally)
            except InvalidTurnError as error:
                tally.count_bad(row, str(error))
                continue
            if candidate is not None:
                tally.new += 1
                yield candidate
        done += chunk.size
        told(done)


def _candidate(
    row: int, record: Record, classifier: TurnClassifier, known: KnownTurns, tally: Tally
) -> Candidate | None:
    turn = turn_from_record(record)
    kept = masked_fields(record)
    masked = turn_from_record({**kept, "alternatives": None})
    # The data set may hold it as it was said, or as an earlier selection masked it.
    label = known.label_of(turn) or known.label_of(masked)
    if label is not None:
        tally.known[label] += 1
        return None
    answer = answer_of(record, turn, classifier)
    return Candidate(row, kept, masked, answer, template_of(masked), weight_of(record))
