"""`wurao classify`."""

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
from cli.options import bundle_option

_LINES_AT_ONCE = 64


@click.command("classify")
@input_argument
@output_option
@text_option
@channel_option
@bot_option
@bundle_option
def command(
    source: Path | None,
    output: Path | None,
    text: str | None,
    channel: str,
    bot: str | None,
    bundle: Path,
) -> None:
    """Label the turns of a JSON Lines file, of a pipe (`-`), or the one of --text.

    Every field of a record is kept and a `prediction` is added; only `text` is required. A bad line
    is named and stops no other; the exit status is then 1.
    """
    check_sources(source, text, output)

    from rich.console import Console

    from classifier.model_bundle import load_bundle
    from classifier.turn_classifier import TurnClassifier
    from cli.answers import one_turn, print_answer, run_records

    turn = one_turn(text, channel, bot) if text is not None else None
    classifier = TurnClassifier(load_bundle(bundle))
    if turn is not None:
        context = [{"speaker": said.speaker, "text": said.text} for said in turn.context]
        record = {"text": turn.text, "context": context}
        print_answer(record, classifier.classify(turn), Console())
    elif source is not None:
        run_records(
            source, output, lambda turns: [classifier.classify(t) for t in turns], _LINES_AT_ONCE
        )
