"""`wurao call`."""

import os
from pathlib import Path

import click

from cli.question import Question, asks_question

_LINES_AT_ONCE = 100
_pem = click.Path(dir_okay=False, path_type=Path)


@click.command("call")
@asks_question
@click.option(
    "--address",
    default="127.0.0.1:50051",
    show_default=True,
    envvar="WURAO_ADDRESS",
    show_envvar=True,
    help="Host and port of the server.",
)
@click.option("--timeout-seconds", default=10.0, show_default=True, help="For each call.")
@click.option("--tls-ca", type=_pem, help="Authority of the server's certificate; asks for TLS.")
@click.option("--tls-certificate", type=_pem, help="Our own, for a server that wants one.")
@click.option("--tls-key", type=_pem, help="Its key.")
def command(
    question: Question,
    address: str,
    timeout_seconds: float,
    tls_ca: Path | None,
    tls_certificate: Path | None,
    tls_key: Path | None,
) -> None:
    """Send the turns of a JSON Lines file, of a pipe (`-`), or the one of --text to a server.

    A token is taken from WURAO_TOKEN alone: options can be read by everyone on the machine.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core would write among our lines
    from classifier.client.access import ClientAccess
    from classifier.client.client import Client
    from cli.answers import answer

    token = os.environ.get("WURAO_TOKEN", "")
    access = ClientAccess(token, tls_ca, tls_certificate, tls_key)
    with Client(address, timeout_seconds, access) as client:
        answer(question, client.classify_batch, _LINES_AT_ONCE)
