"""`wurao classify`."""

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import (
    bundle_option,
    dask_option,
    encoding_option,
    place_of,
    second_reader_option,
    table_of,
    text_column_option,
)
from cli.output import complain
from cli.overwriting import refuse_overwriting
from cli.question import Question, asks_question

if TYPE_CHECKING:
    from classifier.archive.run import Job

_LINES_AT_ONCE = 64


@click.command("classify")
@asks_question
@bundle_option
@second_reader_option
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="the machine's cores",
    help="Processes that answer a file into --output.",
)
@dask_option
@text_column_option
@encoding_option
def command(
    question: Question,
    bundle: Path,
    second_reader: bool,
    jobs: int,
    dask: str,
    text_column: str,
    encoding: str,
) -> None:
    """Label the turns of a file, of a pipe (`-`), or the one of --text.

    A file holds JSON Lines; with --output also CSV (.csv, .tsv) or Parquet by its name, and packed
    as .gz or .zst, answered by several processes or a Dask cluster; the same command goes on where
    it was stopped. Every field is kept and a `prediction` is added, or columns `prediction_…`;
    older ones give way. Only `text` is required; columns of a table may have Chinese names, such as
    内容, 上文 and 渠道, as for `wurao data import`. Cells of a CSV file stand between commas,
    semicolons, tabs or bars; answers are UTF-8. A bad line is named and stops no other; the exit
    status is then 1.
    """
    from classifier.archive.csv_rows import Table
    from classifier.model_bundle import load_bundle
    from classifier.turn_classifier import TurnClassifier
    from cli.answers import answer

    source, output, pipe = question.source, question.output, Path("-")
    if source is not None and output is not None and pipe not in {source, output}:
        from classifier.archive.run import Job

        table = table_of(source, text_column, encoding)
        _run_archive(Job(source, output, bundle, second_reader, jobs, dask, table=table))
        return
    if dask:
        raise click.UsageError("--dask answers a file into another; name both")
    if Table(text_column, encoding) != Table():
        message = "only `wurao classify FILE -o FILE` takes tables"
        raise click.UsageError(f"--text-column and --encoding are for tables; {message}")
    classifier = TurnClassifier(load_bundle(bundle, second_reader))
    answer(question, lambda turns: [classifier.classify(turn) for turn in turns], _LINES_AT_ONCE)


def _run_archive(job: "Job") -> None:
    from classifier.archive.run import answer_archive
    from cli.progress import resumable, show_count

    refuse_overwriting(job.source, job.output)
    errors = 0
    counting = show_count(None, "turns")
    # Closed at once, its processes end before anything else is waited for.
    with resumable(), counting as progress, closing(answer_archive(job)) as answers:
        for answered in answers:
            for row, problem in answered.problems:
                errors += 1
                complain(f"{place_of(job.source, row)}: {problem}")
            progress(answered.rows, round(answered.rows / answered.share))
    if errors:
        complain(f"wurao: {errors:,} bad lines; all others that can be read were answered")
        sys.exit(1)
