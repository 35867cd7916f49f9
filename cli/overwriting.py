"""Refuses an output that is the input too."""

from pathlib import Path

import click


def refuse_overwriting(source: Path, output: Path, option: str = "--output") -> None:
    """Refuse to write over what is read.

    Args:
        source: What is read.
        output: Where to.
        option: By which it was named.

    Raises:
        click.BadParameter: They are one file.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise click.BadParameter("would overwrite the input", param_hint=option)
