"""Refuses an output that is the input too, or would stand among the labelled turns."""

import os
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
    there = output.exists() and source.exists() and output.samefile(source)
    if there or os.path.realpath(output) == os.path.realpath(source):  # neither need be there yet
        raise click.BadParameter("would overwrite the input", param_hint=option)


def refuse_among_turns(data: Path, output: Path, option: str = "--output") -> None:
    """Refuse to write into a data set.

    Args:
        data: Folder of the labelled data.
        output: Where to.
        option: By which it was named.

    Raises:
        click.BadParameter: It is in the folder of a split, or what stands beside them.
    """
    from training.checks import FROZEN
    from training.dataset import HARD, SPLITS, UNSURE

    target, folder = output.resolve(), data.resolve()
    splits = {(folder / split).resolve() for split in (*SPLITS, HARD)}
    if target.parent in splits or target in {folder / FROZEN, folder / UNSURE}:
        message = "would write among the labelled turns; name a place outside of the data"
        raise click.BadParameter(message, param_hint=option)
