"""Progress of long work: a live display on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Protocol

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_LINE_EVERY_SECONDS = 5.0


class Told(Protocol):
    """Is told how far a long job has come."""

    def __call__(self, done: int, of_some: int | None = None, /) -> None:
        """Show it.

        Args:
            done: How much is done so far.
            of_some: Of how much, where that is estimated on the way.
        """


@contextmanager
def show_steps(steps: int) -> Generator[Callable[[str], None]]:
    """Yield a function that announces the next of several steps.

    Args:
        steps: How many there will be.
    """
    console = Console(stderr=True)
    started = time.monotonic()
    if not console.is_terminal:
        taken = 0

        def print_line(step: str) -> None:
            nonlocal taken
            taken += 1
            seconds = time.monotonic() - started
            # Standard output is for the answer, which may be JSON.
            print(f"[{taken}/{steps}] {seconds:5.1f} s  {step}", file=sys.stderr, flush=True)

        yield print_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=steps)

        def advance(step: str) -> None:
            started_before = progress.tasks[0].description != "starting"
            progress.update(task, description=step, advance=1 if started_before else 0)

        yield advance


@contextmanager
def show_count(total: int | None, what: str) -> Generator[Told]:
    """Yield a function that is told how much of a long job is done so far.

    Args:
        total: How much there is; None when nobody knows, or it is estimated on the way.
        what: What is counted, such as ``turns``.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        last = time.monotonic()
        # What a resumed job did before says nothing about its speed now.
        begun: tuple[float, int] | None = None

        def print_line(done: int, of_some: int | None = None) -> None:
            nonlocal last, begun
            now = time.monotonic()
            begun = begun or (now, done)
            if now - last >= _LINE_EVERY_SECONDS:
                last = now
                whole = total if of_some is None else of_some
                some = "" if of_some is None else "some "
                of = f" of {some}{whole:,}" if whole is not None else ""
                rate = (done - begun[1]) / (now - begun[0]) if now > begun[0] else 0.0
                console.print(f"{done:,}{of} {what}{_speed(rate, done, whole)}", highlight=False)

        yield print_line
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        _SpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done, of_some=None: progress.update(task, completed=done, total=of_some)


@contextmanager
def count_by_name(what: str) -> Generator[Callable[[str, int], Callable[[int], None]]]:
    """Yield a function that begins a count by its name and total and returns what is told of it.

    Args:
        what: What is counted, such as ``turns``.
    """
    with ExitStack() as open_now:

        def begin(name: str, total: int) -> Callable[[int], None]:
            open_now.close()
            Console(stderr=True).print(name, highlight=False)
            return open_now.enter_context(show_count(total, what))

        yield begin


@contextmanager
def resumable() -> Generator[None]:
    """Say so where Ctrl-C stops what is done inside and the same command goes on with."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("wurao: stopped; the same command goes on from here", err=True)
        raise


class _SpeedColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(_rate(rate) if rate else "")


def _rate(rate: float) -> str:
    return f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.2f} a second"


def _speed(rate: float, done: int, total: int | None) -> str:
    if not rate:
        return ""
    shown = f", {_rate(rate)}"
    if total is None:
        return shown
    return f"{shown}, {timedelta(seconds=round((total - done) / rate))} left"
