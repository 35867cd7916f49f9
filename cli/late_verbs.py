"""A group of verbs whose files are imported only when they are called."""

import importlib
from collections.abc import Mapping

import click

Verbs = Mapping[str, tuple[str, str]]
"""Verb -> module with a click command named ``command``, and its line in the help."""


def late_verbs(verbs: Verbs) -> type[click.Group]:
    """Return a class of group that loads verbs late.

    `--help` is instant by that, and a verb loads only what it needs.

    Args:
        verbs: In the order of the help.
    """

    class LateVerbs(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(verbs)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in verbs:
                return None
            module, _line = verbs[cmd_name]
            command: click.Command = importlib.import_module(module).command
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section("Commands"):
                formatter.write_dl([(verb, line) for verb, (_module, line) in verbs.items()])

    return LateVerbs
