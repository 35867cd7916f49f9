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
