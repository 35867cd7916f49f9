"""The options that say how a file of labels is to be read."""

import click

format_option = click.option(
    "--format",
    "name",
    type=click.Choice(["records", "doccano", "label-studio", "rasa", "csv", "excel"]),
    help="What the file is.  [default: by its name]",
)
sheet_option = click.option(
    "--sheet",
    metavar="NAME",
    default="",
    help="Sheet of an Excel file.  [default: the only one that has a column of texts]",
)
