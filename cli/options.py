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
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the labelled data.",
)
