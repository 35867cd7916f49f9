"""`wurao serve`."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
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
@click.option("--figures", type=Path, hidden=True, help="Folder where supervised workers count.")
def command(
    address: str | None,
    bundle: str | None,
    second_reader: bool | None,
    workers: int | None,
    worker: int | None,
    insecure: bool | None,
    figures: Path | None,
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


def _run(environment: dict[str, str], worker: int | None, figures: Path | None) -> None:
    import asyncio
    import signal

    # Its default ends a process; what it asks for, reading the bundle anew, a start does anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from classifier.server.settings import read_settings
    from classifier.server.telemetry.call_log import set_up_log

    settings = read_settings(environment)
    set_up_log(settings.log_format == "json", settings.log_level)
    if worker is None and settings.workers > 1:
        _supervise(settings, environment)
        return
    from classifier.server.app import serve
    from classifier.server.telemetry.figures import Figures

    if worker is None:
        asyncio.run(serve(settings, click.echo))
        return
    counted = Figures(figures / str(worker)) if figures else Figures()
    _tell_supervisor(lambda announce: asyncio.run(serve(settings, announce, True, counted)))


def _supervise(settings: "Settings", environment: dict[str, str]) -> None:
    import asyncio
    import sys

    from classifier.server.supervisor import supervise

    again = [sys.executable, "-m", "cli.main", "serve"]
    with ExitStack() as stack:
        if settings.metrics_address:
            from classifier.server.telemetry.metrics import expose_workers

            folder = stack.enter_context(expose_workers(settings.metrics_address, settings.workers))
            again += ["--figures", str(folder)]
        asyncio.run(supervise([*again, "--worker"], environment, settings, click.echo))


def _tell_supervisor(work: Callable[[Callable[[str], None]], None]) -> None:
    import sys

    from classifier.errors import WuraoError
    from classifier.server.supervisor import FAILED, READY

    try:
        work(lambda said: click.echo(f"{READY} {said}"))
    except WuraoError as error:
        click.echo(f"{FAILED} {error}")
        sys.exit(1)
