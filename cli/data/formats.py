"""The options that say how a file of labels is to be read."""

from collections.abc import Callable

import click

FORMATS = ("records", "doccano", "label-studio", "rasa", "csv", "excel")


def format_option(verb: Callable[..., None]) -> Callable[..., None]:
    """Add ``--format``.

    Args:
        verb: Gets it as ``name``.
    """
    return click.option(
        "--format",
        "name",
        type=click.Choice(FORMATS),
        help="What the file is.  [default: by its name]",
    )(verb)


sheet_option = click.option(
    "--sheet",
    metavar="NAME",
    default="",
    help="Sheet of an Excel file.  [default: the only one that has a column of texts]",
)
