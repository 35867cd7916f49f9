"""Two models beside each other on the frozen turns."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.answers import Answer, FrozenAnswers
from training.gates.judgement import count, counted
from training.gates.paired import Change, compare_shares
from training.gates.rules import Measure

_MEASURES = {
    "test": (
        Measure.OPT_OUT_RECALL,
        Measure.OPT_OUT_HEARD,
        Measure.COMPLAINT_RECALL,
        Measure.FALSE_STOPS,
        Measure.ASKED_BACK,
    ),
    "challenge": (Measure.OPT_OUT_RECALL, Measure.COMPLAINT_RECALL, Measure.FALSE_STOPS),
    "behaviour": (Measure.CASES_PASSED,),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of both models.

    Attributes:
        split: Of the data.
        measure: Which share.
        turns: How many turns were looked at.
        change: From the old model to the new.
    """

    split: str
    measure: Measure
    turns: int
    change: Change


@dataclass(frozen=True, slots=True)
class ChangedTurn:
    """A turn that the two models answer differently.

    Attributes:
        id: Of the turn.
        split: Where it stands.
        text: What was said.
        label: What is right.
        old: What the old model answers.
        new: What the new one answers.
    """

    id: str
    split: str
    text: str
    label: str
    old: str
    new: str

    @property
    def better(self) -> bool:
        """Whether the new answer is right."""
        return self.new == self.label

    @property
    def worse(self) -> bool:
        """Whether the old answer was right."""
        return self.old == self.label


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from an old model to a new one.

    Attributes:
        rows: Every measure.
        changed: Every turn that is answered differently.
    """

    rows: list[Row]
    changed: list[ChangedTurn]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def compare(old: FrozenAnswers, new: FrozenAnswers) -> Comparison:
    """Compare the answers of two models.

    Args:
        old: Answers of the old model.
        new: Answers of the new one.
    """
    rows = []
    changed: list[ChangedTurn] = []
    for split, measures in _MEASURES.items():
        rows += [_row(split, measure, old[split], new[split]) for measure in measures]
        changed += _changed(split, old[split], new[split])
    return Comparison([row for row in rows if row.turns], changed)


def _row(split: str, measure: Measure, old: Sequence[Answer], new: Sequence[Answer]) -> Row:
    kept = [i for i, answer in enumerate(new) if counted(measure, answer.turn)]
    if not kept:
        return Row(split, measure, 0, Change(0, 0, 0, 0, 0, 0, 1, 1))
    groups = [new[i].turn.group for i in kept]
    before, after = (count(measure, answers)[kept] for answers in (old, new))
    return Row(split, measure, len(kept), compare_shares(before, after, groups))


def _changed(split: str, old: Sequence[Answer], new: Sequence[Answer]) -> Iterator[ChangedTurn]:
    for one, other in zip(old, new, strict=True):
        before, after, turn = one.prediction.label, other.prediction.label, other.turn
        if before is not after:
            yield ChangedTurn(turn.id, split, turn.turn.text, turn.label, before, after)
