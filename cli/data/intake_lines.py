"""What came of an import, in lines and as plain data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from classifier.masking.mask import mask_text
from classifier.masking.spans import Kind
from cli.output import complain, warn
from training.exchange.conflicts import Merged
from training.exchange.intake import Intake

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """An import, and where things went or would go.

    Attributes:
        intake: What came in.
        conflicts: Its conflicts, and what was decided about them before.
        personal: Ids of new turns in which something looks like personal data, and what kinds.
        unknown: Fields of new turns that nobody here knows, and in how many they are.
        target: File of the new turns.
        listed: File of the conflicts.
        written: False for a dry run.
    """

    intake: Intake
    conflicts: Merged
    personal: Mapping[str, Sequence[Kind]]
    unknown: Mapping[str, int]
    target: Path
    listed: Path
    written: bool


def to_plain(outcome: Outcome) -> dict[str, Any]:
    """Return an import as plain data, for programs.

    Args:
        outcome: Of the import.
    """
    intake = outcome.intake
    return {
        "written": outcome.written,
        "new": len(intake.new),
        "file": str(outcome.target),
        "known": intake.known,
        "filled": dict(sorted(intake.filled.items())),
        "renamed": intake.renamed,
        "personal": outcome.personal,
        "unknown": dict(sorted(outcome.unknown.items())),
        "conflicts": [conflict.problem for conflict in outcome.conflicts.open],
        "kept": _kept(outcome),
        "conflicts_file": str(outcome.listed),
        "refused": intake.refused,
    }


def print_intake(outcome: Outcome) -> None:
    """Print what asks for a look on standard error, and what went where.

    Args:
        outcome: Of the import.
    """
    intake, verb = outcome.intake, "went" if outcome.written else "would go"
    for message in intake.refused:
        complain(message)
    for conflict in outcome.conflicts.open:
        warn(conflict.problem)
    if intake.renamed:
        message = f"{len(intake.renamed):,} new turns had ids of other turns and got new ones"
        warn(f"{message}: {_first(intake.renamed)}")
    if outcome.unknown:
        _print_unknown(outcome)
    if outcome.personal:
        _print_personal(outcome)
    for missing, times in sorted(intake.filled.items()):
        click.echo(f"{missing} was missing in {times:,} turns and filled in; look at them")
    new = f"{len(intake.new):,} new turns {verb} to {outcome.target}"
    click.echo(f"{new}; {intake.known:,} known already")
    if kept := _kept(outcome):
        click.echo(f"{kept:,} labels differ and were answered `keep` or `unsure` before")
    if waiting := len(outcome.conflicts.open):
        click.echo(f"{waiting:,} conflicts for decision {verb} to {outcome.listed}")
    if others := len(outcome.conflicts.others):
        click.echo(f"{others:,} conflicts of earlier imports stay there")


def _kept(outcome: Outcome) -> int:
    return len(outcome.conflicts.conflicts) - len(outcome.conflicts.open)


def _print_unknown(outcome: Outcome) -> None:
    verb = "went in" if outcome.written else "would go in"
    # As Python writes a text, since what stands over a column could drive the terminal.
    names = ", ".join(f"{mask_text(n)!r} in {c:,}" for n, c in sorted(outcome.unknown.items()))
    warn(f"fields that nobody here knows {verb} too: {names}; drop what nobody needs")


def _print_personal(outcome: Outcome) -> None:
    counts = Counter(kind for kinds in outcome.personal.values() for kind in kinds)
    kinds = ", ".join(f"{counts[kind]:,} {kind}" for kind in Kind if kind in counts)
    what = f"{len(outcome.personal):,} new turns seem to hold personal data ({kinds})"
    remedy = "put such placeholders there; what `wurao data select` picks is masked"
    warn(f"{what}: {_first(outcome.personal)}; {remedy}")


def _first(ids: Mapping[str, object]) -> str:
    shown = ", ".join(mask_text(name) for name in list(ids)[:_SHOWN])
    return f"{shown} …" if len(ids) > _SHOWN else shown
