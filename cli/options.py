"""Options that several verbs share."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEFAULT_BUNDLE = Path("models/champion")


class _Switch(click.Option):
    """A flag whose variable is read as a server reads it; click would take ``yes`` and ``on``."""

    def value_from_envvar(self, ctx: click.Context) -> Any:  # ruff: ignore[any-type]  # as click's
        from classifier.server.variables import Variables

        Variables(os.environ).switch(str(self.envvar), default=True)
        return super().value_from_envvar(ctx)


bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    default=DEFAULT_BUNDLE,
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
    default=DEFAULT_BUNDLE.parent,
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


def json_option(told: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that asks for JSON.

    Args:
        told: Its help.
    """
    return click.option("--json", "as_json", is_flag=True, help=told)


def print_json(value: object, indent: int | None = None) -> None:
    """Print JSON.

    Args:
        value: Plain data.
        indent: Of each level; None for one line.
    """
    # What another encoding lacks would be escaped, and not as JSON does it.
    is_utf = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    click.echo(json.dumps(value, ensure_ascii=not is_utf, indent=indent))
