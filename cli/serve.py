"""`wurao serve`."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifier.server.settings import Settings


@click.command("serve")
@click.option("--address", help="Host and port.  [default: WURAO_ADDRESS or 127.0.0.1:50051]")
@click.option("--bundle", help="Model bundle.  [default: WURAO_BUNDLE or models/champion]")
@click.option(
    "--second-reader/--no-second-reader",
    default=None,
    help="Use the bundle's second reader.  [default: WURAO_SECOND_READER or true]",
)
@click.option("--workers", type=int, help="Processes.  [default: WURAO_WORKERS or 1]")
@click.option("--worker", type=int, hidden=True, help="Number of a supervised worker.")
@click.option(
    "--insecure",
    is_flag=True,
    default=None,
    help="Serve a network without TLS or tokens.  [default: WURAO_INSECURE or false]",
)
@click.option("--figures", type=int, hidden=True, help="Memory where supervised workers count.")
def command(
    address: str | None,
    bundle: str | None,
    second_reader: bool | None,
    workers: int | None,
    worker: int | None,
    insecure: bool | None,
    figures: int | None,
) -> None:
    """Serve a model bundle over gRPC until SIGTERM or Ctrl-C.

    Every setting is an environment variable; the README lists them.
    """
    import os

    options = {
        "WURAO_ADDRESS": address,
        "WURAO_BUNDLE": bundle,
        "WURAO_SECOND_READER": second_reader,
        "WURAO_WORKERS": workers,
        "WURAO_INSECURE": insecure,
    }
    given = {name: str(value) for name, value in options.items() if value is not None}
    _run(os.environ | given, worker, figures)


def _run(environment: dict[str, str], worker: int | None, figures: int | None) -> None:
    import asyncio
    import signal

    # Its default ends a process; what it asks for, reading the bundle anew, a start does anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from classifier.server.settings import read_settings
    from classifier.server.telemetry.call_log import set_up_log

    settings = read_settings(environment)
    set_up_log(settings.log_format == "json", settings.log_level)
    if worker is None:
        with _told_in_the_log(settings):
            if settings.workers > 1:
                _supervise(settings, environment)
            else:
                from classifier.server.app import serve

                asyncio.run(serve(settings, _announce))
        return
    from classifier.server.app import serve
    from classifier.server.telemetry.figures import Figures

    counted = Figures(figures, worker)
    _tell_supervisor(lambda announce: asyncio.run(serve(settings, announce, True, counted)))


@contextmanager
def _told_in_the_log(settings: "Settings") -> Generator[None]:
    """Let programs that read the log as JSON find in it why the server ends."""
    import logging
    import sys

    from classifier.errors import WuraoError

    try:
        yield
    except WuraoError as error:
        if settings.log_format != "json":
            raise
        # No fault of the program, so no place in it.
        logging.getLogger(__name__).error("%s", error)  # ruff: ignore[error-instead-of-exception]
        sys.exit(1)


def _announce(said: str) -> None:
    """Print that we serve; we do, whether somebody reads it or not."""
    import os
    import sys

    try:
        click.echo(said)
    except OSError:  # what is left of it goes nowhere, or it would fail again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _supervise(settings: "Settings", environment: dict[str, str]) -> None:
    import asyncio
    import sys

    from classifier.server.supervisor import supervise

    again, inherited = [sys.executable, "-m", "cli.main", "serve"], []
    with ExitStack() as stack:
        if settings.metrics_address:
            from classifier.server.telemetry.metrics import expose_workers

            shared = stack.enter_context(expose_workers(settings.metrics_address, settings.workers))
            again += ["--figures", str(shared)]
            inherited.append(shared)
        command = [*again, "--worker"]
        asyncio.run(supervise(command, environment, settings, _announce, inherited))


def _tell_supervisor(work: Callable[[Callable[[str], None]], None]) -> None:
    import sys

    from classifier.errors import WuraoError
    from classifier.server.supervisor import FAILED, READY

    try:
        work(lambda said: click.echo(f"{READY} {said}"))
    except WuraoError as error:
        click.echo(f"{FAILED} {error}")
        sys.exit(1)
