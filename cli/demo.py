"""`wurao demo`."""

from pathlib import Path

import click

_SAMPLE = Path("data/sample_conversation.jsonl")


@click.command("demo")
@click.option("--keep-serving", is_flag=True, help="Go on serving until Ctrl-C.")
@click.option(
    "--sample",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=_SAMPLE,
    show_default=True,
    help="Turns to send.",
)
def command(keep_serving: bool, sample: Path) -> None:
    """Start a server, send the sample conversation through it and print the answers."""
    import subprocess
    import sys

    from classifier.server.client import Client
    from cli.answers import print_records

    # A process of its own, as in production; it announces its address when it is warm.
    server = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        announced = server.stdout.readline() if server.stdout else ""
        if not announced:
            sys.exit(server.wait() or 1)
        click.echo(announced, nl=False)
        with Client(announced.split()[-1]) as client:
            print_records(sample, client.classify_batch)
        if keep_serving:
            click.echo("serving until Ctrl-C; try: .venv/bin/wurao call --text 以后别再打了")
            server.wait()
    except KeyboardInterrupt:
        click.echo("stopping")
    finally:
        server.terminate()
        server.wait()
