"""How a file is written, by its name."""

from collections.abc import Sequence
from pathlib import Path

import click


def format_of(output: Path | None, asked: str | None, known: Sequence[str]) -> str:
    """Return how an output is written: as it is asked for, else by its name.

    Args:
        output: Its path; None where none is named.
        asked: By `--format`; None where it is not given.
        known: What there is, by suffix; the first where the name has none.

    Raises:
        UsageError: The name says something else.
    """
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    if asked or not suffix:
        return asked or known[0]
    if suffix not in known:
        names = " or ".join(f".{name}" for name in known)
        raise click.UsageError(f"{output}: name it {names}, or say how it is written by --format")
    return suffix
