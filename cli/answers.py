"""Answers to the questions of the command line, as text for a person or as records."""

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import click
from rich.console import Console
from rich.text import Text

from classifier.archive.files import Kind, Shape, kind_of
from classifier.archive.output_file import output_file
from classifier.errors import InvalidTurnError, OutputError
from classifier.file_owner import keep_readers
from classifier.record_stream import AnsweredLine, BadLine, Classify, classify_lines, read_turn
from classifier.turns import Channel, ContextTurn, Label, Prediction, Speaker, Turn
from cli.output import complain, printable
from cli.overwriting import refuse_overwriting
from cli.progress import show_count
from cli.question import Question

_STYLES = {Label.OPT_OUT: "bold red", Label.COMPLAINT: "yellow", Label.NORMAL: "green"}


def answer(question: Question, classify: Classify, batch_size: int) -> None:
    """Answer a question of the command line.

    Bad lines are named on standard error; if there were any, the exit status is 1.

    Args:
        question: One text, or records.
        classify: Answers up to `batch_size` turns.
        batch_size: How many turns are asked about at once.

    Raises:
        InvalidTurnError: The text breaks a limit.
        click.BadParameter: The output would overwrite the input.
        click.UsageError: Source or output is no plain JSON Lines by its name, or is closed.
        ArchiveError: The name says what cannot be read.
        OutputError: The output is no regular file, or cannot be written.
    """
    if question.source is not None:
        _run_records(question.source, question.output, classify, batch_size)
    elif question.text is not None:
        said = (ContextTurn(Speaker.BOT, question.bot),) if question.bot else ()
        channel = question.channel or Channel.VOICE
        _print_all([Turn(question.text, channel, said)], classify)


def _run_records(source: Path, output: Path | None, classify: Classify, batch_size: int) -> None:
    _refuse_closed(source, output)
    for path in (source, output):
        if path is not None and kind_of(path) != Kind(Shape.LINES):
            message = f"{path}: only `wurao classify FILE -o FILE` takes tables and packed files"
            raise click.UsageError(message)
    if output is not None and output != Path("-"):
        output = output_file(output)
        refuse_overwriting(source, output)
    errors = 0
    as_text = output is None and sys.stdout.isatty()
    # A bar would be drawn between the answers on the same terminal.
    bar = nullcontext(_ignore) if as_text else show_count(_count_lines(source), "turns")
    with _writer(output, as_text) as write, bar as progress:
        for outcome in classify_lines(_lines(source), classify, batch_size):
            if isinstance(outcome, BadLine):
                errors += 1
                complain(f"{source}:{outcome.line}: {outcome.error}")
            else:
                write(outcome)
            progress(outcome.line)
    if errors:
        complain(f"wurao: {errors:,} bad lines; all others were answered")
        sys.exit(1)


def _refuse_closed(source: Path, output: Path | None) -> None:
    # What a shell closed (`<&-`) is None, whatever the types say.
    if source == Path("-") and not sys.stdin:
        raise click.UsageError("standard input is closed; name a file, or open it")
    if output in {None, Path("-")} and not sys.stdout:
        raise click.UsageError("standard output is closed; name a file with --output, or open it")


def print_records(source: Path, classify: Classify) -> None:
    """Print the answer to every record of a small file as text.

    Args:
        source: A JSON Lines file without bad lines.
        classify: Answers all its turns at once.

    Raises:
        InvalidTurnError: A line is bad.
    """
    _print_all([read_turn(line) for line in source.read_bytes().splitlines()], classify)


def _print_all(turns: list[Turn], classify: Classify) -> None:
    console = Console()
    for turn, prediction in zip(turns, classify(turns), strict=True):
        if isinstance(prediction, InvalidTurnError):
            raise prediction
        _print_answer(turn, prediction, console)


def _print_answer(turn: Turn, prediction: Prediction, console: Console) -> None:
    for said in turn.context:
        console.print(
            Text(f"    {said.speaker:<5} {printable(said.text)}", style="dim"), soft_wrap=True
        )
    style = _STYLES[prediction.label]
    line = Text(f"{prediction.label:<9} ", style=style)
    line.append(f"{prediction.action:<8} ", style="default")
    marked = Text(printable(turn.text), style="default")
    for span in prediction.evidence:
        marked.stylize(f"underline {style}", span.start, span.end)
    line.append_text(marked)
    scores = " ".join(f"{value:.3f}" for value in prediction.scores)
    notes = [f"scores {scores}", *prediction.reasons]
    notes += ["also a complaint"] if prediction.also_complaint else []
    notes += ["needs review"] if prediction.needs_review else []
    notes += [f"rule {prediction.rule}"] if prediction.rule else []
    line.append(f"  ({', '.join(notes)})", style="dim")
    console.print(line, soft_wrap=True)


@contextmanager
def _writer(output: Path | None, as_text: bool) -> Generator[Callable[[AnsweredLine], object]]:
    if as_text:
        console = Console()
        yield lambda outcome: _print_answer(outcome.turn, outcome.prediction, console)
    elif output is None or output == Path("-"):
        yield lambda outcome: sys.stdout.buffer.write(outcome.to_json())
    else:
        # Its name is its own, since another run may answer into the same output. A run that breaks
        # off leaves the old file alone and what it did beside it.
        partial = output.with_name(f"{output.name}.{token_hex(4)}.part")
        with _open(partial, output) as file:
            yield lambda outcome: _write(file, outcome, output)
        try:
            partial.replace(output)
        except OSError as error:
            raise _unwritable(output, error) from None


def _open(partial: Path, output: Path) -> BinaryIO:
    try:
        file = partial.open("xb")
    except OSError as error:
        raise _unwritable(output, error) from None
    try:
        if output.exists():  # before anything is in it that not all may read
            keep_readers(partial, output)
    except OSError as error:
        file.close()
        partial.unlink(missing_ok=True)
        raise _unwritable(output, error) from None
    return file


def _write(file: BinaryIO, outcome: AnsweredLine, output: Path) -> None:
    try:
        file.write(outcome.to_json())
    except OSError as error:
        raise _unwritable(output, error) from None


def _unwritable(output: Path, error: OSError) -> OutputError:
    return OutputError(f"{output}: cannot be written: {error.strerror or error}")


def _ignore(done: int) -> None:
    pass


def _lines(source: Path) -> Iterator[bytes]:
    if source == Path("-"):
        yield from sys.stdin.buffer
        return
    with source.open("rb") as file:
        yield from file


def _count_lines(source: Path) -> int | None:
    if not source.is_file():
        return None
    with source.open("rb") as file:
        return sum(1 for _ in file)
