"""`wurao call`."""

import click

from cli.question import Question, asks_question

_LINES_AT_ONCE = 100


@click.command("call")
@asks_question
@click.option(
    "--address",
    default="127.0.0.1:50051",
    show_default=True,
    envvar="WURAO_ADDRESS",
    help="Host and port of the server.",
)
@click.option("--timeout-seconds", default=10.0, show_default=True, help="For each call.")
def command(question: Question, address: str, timeout_seconds: float) -> None:
    """Send the turns of a JSON Lines file, of a pipe (`-`), or the one of --text to a server."""
    from classifier.server.client import Client
    from cli.answers import answer

    with Client(address, timeout_seconds) as client:
        answer(question, client.classify_batch, _LINES_AT_ONCE)
