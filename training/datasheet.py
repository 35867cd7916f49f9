"""The tables of the datasheet: what the data set holds, counted by label."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from classifier.turns import LABELS, Label
from training.dataset import INDUSTRIES, KINDS, SCRIPTS, LabelledTurn, length_of
from training.gates.slices import ORDINARY, belongs
from training.short_answers import short_answers

_LENGTHS = {
    "short": "1 to 8 characters",
    "middling": "9 to 30 characters",
    "long": "31 and more characters",
}
_Tables = dict[str, Callable[[LabelledTurn], str]]


def datasheet_tables(splits: Mapping[str, Sequence[LabelledTurn]]) -> str:
    """Return Markdown tables: splits, channels, scripts, industries, kinds, lengths by label.

    Args:
        splits: Split -> turns.
    """
    everything = [turn for turns in splits.values() for turn in turns]
    split_of = {turn.id: split for split, turns in splits.items() for turn in turns}
    short = {turn.id for turn in short_answers(everything, everything)}
    tables: _Tables = {
        "split": lambda turn: split_of[turn.id],
        "channel": lambda turn: turn.turn.channel.value,
        "script": lambda turn: turn.script,
        "context": lambda turn: "with context" if turn.turn.context else "without context",
        "length": lambda turn: _LENGTHS[length_of(turn.turn)],
        "short answer": lambda turn: (
            "only the context decides it" if turn.id in short else "every other turn"
        ),
        "file": lambda turn: "ordinary talk" if belongs(turn, ORDINARY) else "contested",
        "industry": lambda turn: turn.industry,
    }
    parts = [_by_label(name, key, everything) for name, key in tables.items()]
    return "\n".join([*parts, _kinds(everything)])


def _by_label(name: str, key: Callable[[LabelledTurn], str], turns: Sequence[LabelledTurn]) -> str:
    counts = Counter((key(turn), turn.label) for turn in turns)
    order = {value: i for i, value in enumerate((*SCRIPTS, *INDUSTRIES))}
    values = sorted({value for value, _label in counts}, key=lambda v: (order.get(v, -1), v))
    lines = [f"| {name} | {' | '.join(LABELS)} | all |", "|---|--:|--:|--:|--:|"]
    for value in values:
        row = [counts[value, label] for label in LABELS]
        lines.append(f"| {value} | {' | '.join(f'{n:,}' for n in row)} | {sum(row):,} |")
    totals = [sum(turn.label is label for turn in turns) for label in LABELS]
    lines.append(f"| all | {' | '.join(f'{n:,}' for n in totals)} | {len(turns):,} |\n")
    return "\n".join(lines)


def _kinds(turns: Sequence[LabelledTurn]) -> str:
    counts = Counter((turn.label, turn.kind) for turn in turns)
    lines = ["| label | kind | turns |", "|---|---|--:|"]
    lines += [
        f"| {label} | {kind} | {counts[label, kind]:,} |"
        for label in Label
        for kind in KINDS[label]
    ]
    return "\n".join(lines)
