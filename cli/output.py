"""What verbs print alike: JSON, wide tables, warnings and errors."""

import json
import sys
import unicodedata
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def print_json(value: object, indent: int | None = None) -> None:
    """Print JSON.

    Args:
        value: Plain data.
        indent: Of each level; None for one line.
    """
    # What another encoding lacks would be escaped, and not as JSON does it.
    is_utf = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    click.echo(json.dumps(value, ensure_ascii=not is_utf, indent=indent))


def warn(said: str) -> None:
    """Say on standard error what asks for a look; standard output is for the answer.

    Args:
        said: In one line.
    """
    click.secho(said, fg="yellow", err=True)


def complain(said: str) -> None:
    """Say on standard error what went wrong.

    Args:
        said: In one line.
    """
    click.secho(said, fg="red", err=True)


def printable(said: str) -> str:
    """Return what somebody said without what would drive a terminal or turn text around.

    Args:
        said: Any text; character stands for character, so that evidence stays where it is.
    """
    return "".join(
        "\ufffd" if unicodedata.category(c) == "Cc" or c in _DIRECTIONS else c for c in said
    )


def table_console(width_in_a_pipe: int = 160) -> "Console":
    """Return a console that prints tables as wide as the terminal, and brackets as they are.

    Args:
        width_in_a_pipe: In characters, where there is no terminal.
    """
    from rich.console import Console

    return Console(markup=False, width=None if Console().is_terminal else width_in_a_pipe)
