"""What is picked of the pools, criterion by criterion."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from classifier.model_bundle import Bundle
from classifier.records import Record
from training.selection.candidates import Candidate
from training.selection.criteria import uncertainty
from training.selection.likeness import Sounds, group_alike
from training.selection.options import Criterion, SelectionOptions
from training.selection.pools import Reservoir

_LEAST_WEIGHT = 0.05  # of a turn of which the model is certain, beside 1 for one that it wavers at


@dataclass(frozen=True, slots=True)
class _Pick:
    """A candidate, by which criterion it was picked, and why in words."""

    candidate: Candidate
    by: Criterion
    why: str


class Picks:
    """What is picked so far; nothing is picked twice, and little that sounds like another pick."""

    def __init__(self, options: SelectionOptions, candidates: Iterable[Candidate]) -> None:
        """Begin with nothing picked.

        Args:
            options: What is wanted.
            candidates: Those that may be picked.
        """
        self._options = options
        self._sounds = Sounds(candidate.turn for candidate in candidates)
        self._picks: list[_Pick] = []

    def take_drawn(self, drawn: Reservoir) -> None:
        """Take what was drawn at random; a template drawn again counts and is labelled once.

        Args:
            drawn: The draw.
        """
        times = Counter(candidate.template for candidate in drawn.all())
        for candidate in drawn.all():
            count = times.pop(candidate.template, 0)
            if not count:
                continue
            self._sounds.take(candidate.turn)
            often = f", {count} times" if count > 1 else ""
            why = f"drawn{often}, {len(drawn.all()):,} of {drawn.seen:,.0f} new turns"
            self._picks.append(_Pick(candidate, Criterion.RANDOM, why))

    def take_best(
        self,
        by: Criterion,
        ranked: Iterable[tuple[Candidate, str]],
    ) -> None:
        """Take the best of a pool until a criterion has its share.

        Args:
            by: The criterion.
            ranked: Candidates, the best first, each with why it is one.
        """
        left = self._options.quota(by)
        for candidate, why in ranked:
            if left <= 0:
                return
            if self._sounds.take(candidate.turn):
                self._picks.append(_Pick(candidate, by, why))
                left -= 1

    def take_various(self, candidates: Sequence[Candidate], bundle: Bundle) -> None:
        """Fill what is left with turns that stand for many others.

        Args:
            candidates: An even sample.
            bundle: Whose features tell what is alike.
        """
        left = self._options.number - len(self._picks)
        if left <= 0 or not candidates:
            return
        turns = [candidate.turn for candidate in candidates]
        weights = [_LEAST_WEIGHT + uncertainty(candidate.answer) for candidate in candidates]
        groups = group_alike(turns, weights, left, bundle.extractor, self._options.seed)
        for place, group in _one_of_each_in_turn(groups):
            if left > 0 and self._sounds.take(turns[place]):
                share = f"{len(group):,} of {len(turns):,} looked at"
                self._picks.append(
                    _Pick(candidates[place], Criterion.DIVERSITY, f"stands for {share}")
                )
                left -= 1

    def counts(self) -> dict[Criterion, int]:
        """Return how many each criterion picked."""
        counts = Counter(pick.by for pick in self._picks)
        return {by: counts[by] for by in Criterion}

    def records(self, model_version: str) -> list[Record]:
        """Return the picked records, each with why it was picked.

        Args:
            model_version: That picked them.
        """
        return [
            pick.candidate.record
            | {
                "selection": {
                    "by": pick.by.value,
                    "why": pick.why,
                    "row": pick.candidate.row,
                    "model_version": model_version,
                }
            }
            for pick in self._picks
        ]


def _one_of_each_in_turn(groups: Sequence[list[int]]) -> Iterator[tuple[int, list[int]]]:
    for rank in range(max(map(len, groups), default=0)):
        for group in groups:
            if rank < len(group):
                yield group[rank], group
