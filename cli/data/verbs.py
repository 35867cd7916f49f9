"""`wurao data`."""

import click

from cli.late_verbs import late_verbs

VERBS = {
    "check": ("cli.data.check", "Check schema, duplicates, leaks and the frozen parts."),
    "stats": ("cli.data.stats", "Print the tables of the datasheet."),
    "select": ("cli.data.select", "Pick the turns most worth labelling."),
    "import": ("cli.data.import_labels", "Take labels in; list conflicts."),
    "settle": ("cli.data.settle", "Carry out decisions on conflicts."),
    "export": ("cli.data.export_labels", "Write labels for a labelling tool."),
    "freeze": ("cli.data.freeze", "Pin the frozen splits as they stand."),
}
"""Verb -> module with a click command named ``command``, and its line in the help."""


@click.group("data", cls=late_verbs(VERBS))
def command() -> None:
    """Select, take in, check, count and freeze labelled turns."""
