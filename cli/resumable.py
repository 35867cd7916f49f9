"""Long work that the same command goes on with."""

from collections.abc import Generator
from contextlib import contextmanager

import click


@contextmanager
def resumable() -> Generator[None]:
    """Say so where Ctrl-C stops what is done inside."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("wurao: stopped; the same command goes on from here", err=True)
        raise
