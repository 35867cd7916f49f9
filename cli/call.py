"""`wurao call`."""

from pathlib import Path

import click

from cli.answers import (
    bot_option,
    channel_option,
    check_sources,
    input_argument,
    output_option,
    text_option,
)

_LINES_AT_ONCE = 100


@click.command("call")
@input_argument
@output_option
@text_option
@channel_option
@bot_option
@click.option(
    "--address",
    default="127.0.0.1:50051",
    show_default=True,
    envvar="WURAO_ADDRESS",
    help="Host and port of the server.",
)
@click.option("--timeout-seconds", default=10.0, show_default=True, help="For each call.")
def command(
    source: Path | None,
    output: Path | None,
    text: str | None,
    channel: str,
    bot: str | None,
    address: str,
    timeout_seconds: float,
) -> None:
    """Send the turns of a JSON Lines file, of a pipe (`-`), or the one of --text to a server."""
    check_sources(source, text, output)

    from rich.console import Console

    from classifier.errors import InvalidTurnError
    from classifier.server.client import Client
    from cli.answers import one_turn, print_answer, run_records

    with Client(address, timeout_seconds) as client:
        if text is not None:
            turn = one_turn(text, channel, bot)
            [answer] = client.classify_batch([turn])
            if isinstance(answer, InvalidTurnError):
                raise answer
            context = [{"speaker": said.speaker, "text": said.text} for said in turn.context]
            print_answer({"text": text, "context": context}, answer, Console())
        elif source is not None:
            run_records(source, output, client.classify_batch, _LINES_AT_ONCE)
