"""Options that several verbs share."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from classifier.archive.csv_rows import Table

_DEFAULT_BUNDLE = Path("models/champion")


class OneOf(click.Choice[StrEnum]):
    """A value of an enumeration; the verb gets its member. Click would ask for its name."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """Return how a choice is written.

        Args:
            choice: A member, or what was typed.
            ctx: Of the command line.
        """
        return super().normalize_choice(str(choice), ctx)


class _Switch(click.Option):
    """A flag whose variable is read as a server reads it; click would take ``yes`` and ``on``."""

    def value_from_envvar(self, ctx: click.Context) -> Any:  # ruff: ignore[any-type]  # as click's
        from classifier.server.variables import Variables

        name = str(self.name)
        Variables(os.environ, {name: self.default}).switch(name)
        return super().value_from_envvar(ctx)


bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    default=_DEFAULT_BUNDLE,
    show_default=True,
    envvar="WURAO_BUNDLE",
    show_envvar=True,
    help="Folder of the model bundle.",
)
second_reader_option = click.option(
    "--second-reader/--no-second-reader",
    cls=_Switch,
    default=True,
    show_default=True,
    envvar="WURAO_SECOND_READER",
    show_envvar=True,
    help="Use the bundle's second reader, where it has one.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the labelled data.",
)
text_column_option = click.option(
    "--text-column",
    metavar="NAME",
    default="text",
    show_default=True,
    help="Column of a table that holds what was said; `text` is also found as 文本, 内容 and such.",
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    default="",
    help="Of a CSV file, such as gb18030.  [default: found out]",
)
store_option = click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    default=_DEFAULT_BUNDLE.parent,
    show_default=True,
    help="Folder of the model store.",
)
dask_option = click.option(
    "--dask",
    metavar="ADDRESS",
    default="",
    help="Run on the Dask cluster of this scheduler, such as tcp://HOST:8786, instead of --jobs.",
)
mlflow_option = click.option(
    "--mlflow",
    metavar="URI",
    default="",
    envvar="MLFLOW_TRACKING_URI",
    show_envvar=True,
    help="Tell this MLflow store of the run, such as sqlite:///mlflow.db or https://HOST.",
)


def json_option(told: str = "Print JSON.") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that asks for JSON.

    Args:
        told: Its help.
    """
    return click.option("--json", "as_json", is_flag=True, help=told)


def table_of(source: Path, text_column: str, encoding: str) -> "Table":
    """Return how a file is to be read.

    Args:
        source: The file.
        text_column: From `text_column_option`.
        encoding: From `encoding_option`.

    Raises:
        click.UsageError: Options for tables are given for JSON Lines.
        ArchiveError: The name says what cannot be read.
    """
    from classifier.archive.csv_rows import Table
    from classifier.archive.files import Shape, kind_of

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
    from classifier.archive.files import Shape, kind_of

    is_lines = kind_of(source).shape is Shape.LINES
    return f"{source}:{row}" if is_lines else f"{source}: row {row}"
