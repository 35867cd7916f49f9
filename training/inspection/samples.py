"""Turns of one side of a comparison, labelled or not, with what is compared of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, turn_from_record
from classifier.text.script import script_of
from classifier.turns import LABELS, Turn
from training.dataset import INDUSTRIES, LENGTHS, SCRIPTS, LabelledTurn, length_of
from training.exchange.formats import read_labels
from training.exchange.source import Found, LabelFile


@dataclass(frozen=True, slots=True)
class Sample:
    """A turn and what is known of it.

    Attributes:
        turn: The turn.
        group: Turns of a scene share it; without one a turn stands for itself.
        label: Empty where nobody has labelled it.
        script: One of `SCRIPTS`.
        industry: One of `INDUSTRIES`.
        untold: Names of `MEASURES` of which the record says nothing.
    """

    turn: Turn
    group: str
    label: str
    script: str
    industry: str
    untold: frozenset[str] = frozenset()


MEASURES: Mapping[str, Callable[[Sample], str]] = {
    "label": lambda sample: sample.label,
    "channel": lambda sample: sample.turn.channel.value,
    "script": lambda sample: sample.script,
    "length": lambda sample: length_of(sample.turn),
    "context": lambda sample: "with_context" if sample.turn.context else "without_context",
    "industry": lambda sample: sample.industry,
}
"""What is counted, and the value of a turn."""


def sample_of(turn: LabelledTurn) -> Sample:
    """Return a labelled turn as a sample.

    Args:
        turn: Of the data set.
    """
    return Sample(turn.turn, turn.group, turn.label.value, turn.script, turn.industry)


def read_samples(file: LabelFile) -> tuple[list[Sample], list[Found]]:
    """Return the turns of a file in any format that labels come in, with or without labels.

    Args:
        file: And how it is to be read.

    Returns:
        The samples, and the entries that cannot be read.

    Raises:
        DataError: The file cannot be read, or holds no turn.
    """
    samples: list[Sample] = []
    problems: list[Found] = []
    for found in read_labels(file):
        if found.record is None:
            problems.append(found)
            continue
        try:
            samples.append(_sample(found.record, len(samples)))
        except InvalidTurnError as error:
            problems.append(Found(found.place, None, str(error)))
    if not samples:
        raise DataError(f"{file.path}: holds no turn that can be read")
    return samples, problems


def shares(values: Iterable[str]) -> dict[str, int]:
    """Return value -> count in the order in which people list them.

    Args:
        values: Of one measure.
    """
    counts = Counter(values)
    order = {value: i for i, value in enumerate((*LABELS, *SCRIPTS, *INDUSTRIES))}
    names = (*LENGTHS, "with_context", "without_context")
    order |= {value: i for i, value in enumerate(names)}
    return dict(sorted(counts.items(), key=lambda item: (order.get(item[0], -1), item[0])))


def _sample(record: Record, place: int) -> Sample:
    turn = turn_from_record(record)
    group, label = record.get("group"), record.get("label")
    label = label if label in tuple(LABELS) else ""
    script, industry = record.get("script"), record.get("industry")
    untold = {name for name in ("channel", "context", "industry") if record.get(name) is None}
    return Sample(
        turn,
        group if isinstance(group, str) and group else f"#{place}",
        label,
        script if script in SCRIPTS else script_of(turn.text),
        industry if industry in INDUSTRIES else "other",
        frozenset(untold if label else {*untold, "label"}),
    )
