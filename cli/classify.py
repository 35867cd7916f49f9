"""`wurao classify`."""

from pathlib import Path

import click

from cli.options import bundle_option, second_reader_option
from cli.question import Question, asks_question

_LINES_AT_ONCE = 64


@click.command("classify")
@asks_question
@bundle_option
@second_reader_option
def command(question: Question, bundle: Path, second_reader: bool) -> None:
    """Label the turns of a JSON Lines file, of a pipe (`-`), or the one of --text.

    Every field of a record is kept and a `prediction` is added; only `text` is required. A bad line
    is named and stops no other; the exit status is then 1.
    """
    from classifier.model_bundle import load_bundle
    from classifier.turn_classifier import TurnClassifier
    from cli.answers import answer

    classifier = TurnClassifier(load_bundle(bundle, second_reader))
    answer(question, lambda turns: [classifier.classify(turn) for turn in turns], _LINES_AT_ONCE)
