"""What `wurao classify` and `wurao call` are asked about, and the options that say so."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from classifier.turns import Channel
from cli.options import OneOf


@dataclass(frozen=True, slots=True)
class Question:
    """What the command line asks about: one text, or the records of a file or pipe.

    Attributes:
        source: A JSON Lines file, or ``-``; None where `text` is given.
        output: Where records go; None chooses text for a terminal and records for anything else.
        text: One turn; None where `source` is given.
        channel: Of `text`; None is voice.
        bot: What the bot said before `text`, if anything.
    """

    source: Path | None
    output: Path | None
    text: str | None
    channel: Channel | None
    bot: str | None

    def __post_init__(self) -> None:
        """Refuse options that contradict each other.

        Raises:
            click.UsageError: Not exactly one of source and text, an output for a single turn, or a
                channel or context for records.
        """
        if (self.source is None) == (self.text is None):
            raise click.UsageError("name one file, `-`, or give --text")
        if self.text is not None and self.output is not None:
            raise click.UsageError("--output goes with a file; --text prints its answer")
        if self.text is None and (self.channel is not None or self.bot is not None):
            message = "the records of a file name their own channel and context"
            raise click.UsageError(f"--channel and --bot go with --text; {message}")


def asks_question(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options of a `Question`, which it gets as its first argument.

    Args:
        verb: Takes a question and the values of its own options.
    """

    @click.argument(
        "source",
        required=False,
        metavar="[FILE.jsonl | -]",
        type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    )
    @click.option(
        "-o",
        "--output",
        metavar="FILE.jsonl | -",
        type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
        help="Where records go; `-` is standard output.  [default: text on a terminal, else `-`]",
    )
    @click.option("--text", help="One turn, instead of a file.")
    @click.option("--channel", type=OneOf(Channel), help="Channel of --text.  [default: voice]")
    @click.option("--bot", help="What the bot said before --text.")
    @functools.wraps(verb)
    def with_question(
        source: Path | None,
        output: Path | None,
        text: str | None,
        channel: Channel | None,
        bot: str | None,
        **own: Any,  # ruff: ignore[any-type]  # whatever the verb's own options give
    ) -> None:
        verb(Question(source, output, text, channel, bot), **own)

    return with_question
