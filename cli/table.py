"""How a table of turns is to be read."""

from pathlib import Path

import click

from classifier.archive.csv_rows import Table
from classifier.archive.files import Shape, kind_of


def table_of(source: Path, text_column: str, encoding: str) -> Table:
    """Return how a file is to be read.

    Args:
        source: The file.
        text_column: From ``--text-column``.
        encoding: From ``--encoding``.

    Raises:
        click.UsageError: Options for tables are given for JSON Lines.
        ArchiveError: The name says what cannot be read.
    """
    table = Table(text_column, encoding)
    if kind_of(source).shape is Shape.LINES and table != Table():
        raise click.UsageError("--text-column and --encoding are for tables; JSON Lines has `text`")
    return table


def place_of(source: Path, row: int) -> str:
    """Return where a line of JSON Lines stands, or a row of a table, whose cells may hold lines.

    Args:
        source: The file.
        row: Of the line or row, counted from 1.
    """
    is_lines = kind_of(source).shape is Shape.LINES
    return f"{source}:{row}" if is_lines else f"{source}: row {row}"
