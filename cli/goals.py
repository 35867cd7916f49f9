"""`wurao goals`."""

from pathlib import Path

import click

from cli.options import bundle_option, data_option, json_option
from cli.output import print_json


@click.command("goals")
@data_option
@bundle_option
@click.option(
    "--traffic",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of real turns (turns.jsonl, netted_labelled.jsonl), for the rows about them.",
)
@click.option(
    "--baselines/--no-baselines",
    default=True,
    show_default=True,
    help="Train and measure the baselines too, which takes an hour and more.",
)
@click.option(
    "--failures",
    is_flag=True,
    help="List the behaviour cases that failed. They are frozen: whoever has read them writes no "
    "training turns after them.",
)
@json_option("Print JSON, the failures among it.")
def command(
    data: Path,
    bundle: Path,
    traffic: Path | None,
    baselines: bool,
    failures: bool,
    as_json: bool,
) -> None:
    """Hold a bundle against the project's goals, with baselines trained on the same data beside it.

    Every figure has its 95 % interval.
    """
    from cli.goals_table import print_results
    from cli.progress import show_steps
    from training.goals.measure import count_steps, measure_goals

    with show_steps(count_steps(baselines)) as report:
        results = measure_goals(data, bundle, traffic, baselines, report)
    if as_json:
        print_json(results.to_dict(), indent=1)
    else:
        print_results(results, failures)
