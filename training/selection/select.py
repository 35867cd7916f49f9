"""Picks what to label from a stream of turns, in bounded memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.archive.csv_rows import Table
from classifier.archive.files import read_chunks
from classifier.model_bundle import Bundle
from classifier.records import Record
from classifier.turn_classifier import TurnClassifier
from training.progress import Progress, silent
from training.selection.criteria import FloorDisagreement, uncertainty, why_uncertain
from training.selection.known import KnownTurns
from training.selection.options import Criterion, SelectionOptions
from training.selection.picks import Picks
from training.selection.pools import Reservoir, TemplateSample, TopPool
from training.selection.stream import Tally, new_candidates

# A pool holds so many times what may be picked from it, since many are alike.
_SPARE = 10
_SPARE_TO_GROUP = 40
_ROWS_AT_ONCE = 1_000
_MOST_TO_GROUP = 20_000


@dataclass(frozen=True, slots=True)
class Selection:
    """What was picked.

    Attributes:
        records: Masked, each with a field ``selection`` that says why.
        by: Criterion -> how many it picked.
        tally: What was met on the way.
    """

    records: list[Record]
    by: dict[Criterion, int]
    tally: Tally

    def to_plain(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return {
            "picked": len(self.records),
            "by": {criterion.value: count for criterion, count in self.by.items()},
            "rows": self.tally.rows,
            "new": self.tally.new,
            "known": dict(sorted(self.tally.known.items())),
            "bad": self.tally.bad,
        }


def select_turns(
    source: Path,
    bundle: Bundle,
    known: KnownTurns,
    options: SelectionOptions,
    told: Progress = silent,
    table: Table | None = None,
) -> Selection:
    """Pick the turns most worth labelling.

    The random ones are drawn first, from all new turns alike, so that their labels measure rates.
    What a criterion cannot give, because few turns disagree with the floor, goes to diversity.

    Args:
        source: JSON Lines, CSV or Parquet, perhaps packed.
        bundle: The model; its answers that stand in the records already are used.
        known: What the data set holds.
        options: What is wanted.
        told: Is told now and then how many rows are done.
        table: How to read a table; by its column ``text`` where it is not given.

    Raises:
        ArchiveError: The source cannot be read.
    """
    classifier = TurnClassifier(bundle)
    floor = FloorDisagreement(bundle.floor, classifier.thresholds.stop)
    uncertain = TopPool(options.quota(Criterion.UNCERTAINTY) * _SPARE)
    disagreeing = TopPool(options.quota(Criterion.DISAGREEMENT) * _SPARE)
    to_group = options.number * _SPARE_TO_GROUP if options.shares.get(Criterion.DIVERSITY) else 0
    various = TemplateSample(min(to_group, _MOST_TO_GROUP), options.seed)
    drawn = Reservoir(options.quota(Criterion.RANDOM), options.seed)
    tally = Tally()
    for candidate in new_candidates(
        read_chunks(source, _ROWS_AT_ONCE, table), classifier, known, tally, told
    ):
        drawn.add(candidate)
        various.add(candidate)
        uncertain.add(uncertainty(candidate.answer), candidate)
        distance = floor.find(candidate.turn, candidate.answer)[0]
        if distance > 0:
            disagreeing.add(distance, candidate)
    various_ones = various.all()
    picks = Picks(options, various_ones)
    picks.take_drawn(drawn)
    picks.take_best(
        Criterion.DISAGREEMENT,
        ((c, floor.find(c.turn, c.answer)[1]) for c in disagreeing.best_first()),
    )
    picks.take_best(
        Criterion.UNCERTAINTY,
        ((c, why_uncertain(c.answer)) for c in uncertain.best_first()),
    )
    picks.take_various(various_ones, bundle)
    return Selection(picks.records(bundle.manifest.version), picks.counts(), tally)
