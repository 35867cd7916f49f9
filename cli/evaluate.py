"""`wurao evaluate`."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli.options import bundle_option, data_option, json_option, second_reader_option
from cli.output import print_json, warn

_SHOWN = 3


@click.command("evaluate")
@click.argument(
    "file",
    required=False,
    metavar="[FILE.jsonl]",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--split",
    type=click.Choice(["train", "test", "challenge", "behaviour"]),
    help="Part of the data to score, where no file is named.  [default: test]",
)
@data_option
@bundle_option
@second_reader_option
@json_option()
def command(
    file: Path | None,
    split: str | None,
    data: Path,
    bundle: Path,
    second_reader: bool,
    as_json: bool,
) -> None:
    """Score a bundle on a split of the data or on a labelled file.

    Precision, recall and F1 of each label with 95 % intervals, confusion matrix, calibration error.
    """
    from classifier.errors import DataError
    from classifier.model_bundle import load_bundle
    from classifier.turn_classifier import TurnClassifier
    from cli.scores import print_scores
    from training.checks import contradictions
    from training.dataset import read_file, read_split
    from training.evaluation import evaluate

    if file is not None and split is not None:
        raise click.UsageError("--split goes without a file; leave out one of them")
    split = split or "test"
    classifier = TurnClassifier(load_bundle(bundle, second_reader))
    turns, problems = read_file(file) if file else read_split(data, split)
    if problems:
        raise DataError("\n".join(problems))
    if not turns:
        raise DataError(f"{file or data / split}: holds no turns")
    if file is not None:
        _warn_of_contradictions(contradictions(turns))
    scores = evaluate(classifier, turns)
    if as_json:
        print_json({"model_version": classifier.manifest.version} | scores.to_dict(), indent=1)
    else:
        print_scores(scores, f"{file or split}, model {classifier.manifest.version}")


def _warn_of_contradictions(problems: Sequence[str]) -> None:
    for problem in problems[:_SHOWN]:
        warn(problem)
    if problems:
        warn(f"{len(problems):,} ids or labels contradict each other; all turns are scored")
