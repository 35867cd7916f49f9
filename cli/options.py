"""Options that several verbs share."""

from pathlib import Path

import click

DEFAULT_BUNDLE = Path("models/champion")

bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    default=DEFAULT_BUNDLE,
    show_default=True,
    envvar="WURAO_BUNDLE",
    help="Folder of the model bundle.",
)
second_reader_option = click.option(
    "--second-reader/--no-second-reader",
    default=True,
    show_default=True,
    envvar="WURAO_SECOND_READER",
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
    help="Column of a table that holds what was said.",
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    default="utf-8",
    show_default=True,
    help="Of a CSV file, such as gb18030 or utf-16.",
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
    help="Tell this MLflow store of the run, such as sqlite:///mlflow.db or https://HOST.",
)
