"""A large file of turns, answered with progress."""

import sys
from contextlib import closing

import click

from classifier.archive.run import Job, answer_archive
from cli.overwriting import refuse_overwriting
from cli.progress import show_count
from cli.resumable import resumable
from cli.table import place_of


def run_archive(job: Job) -> None:
    """Answer an archive; name bad rows on standard error, and then exit with status 1.

    Args:
        job: What to do.

    Raises:
        click.BadParameter: The output would overwrite the input.
        ArchiveError: The source cannot be read.
        BundleError: The bundle cannot be loaded.
        OutputError: The output cannot be written.
    """
    refuse_overwriting(job.source, job.output)
    errors = 0
    counting = show_count(None, "turns")
    # Closed at once, its processes end before anything else is waited for.
    with resumable(), counting as progress, closing(answer_archive(job)) as answers:
        for answered in answers:
            for row, problem in answered.problems:
                errors += 1
                click.secho(f"{place_of(job.source, row)}: {problem}", fg="red", err=True)
            progress(answered.rows, round(answered.rows / answered.share))
    if errors:
        click.secho(
            f"wurao: {errors:,} bad lines; all others that can be read were answered",
            fg="red",
            err=True,
        )
        sys.exit(1)
