"""`wurao tune`."""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import dask_option, data_option, json_option, mlflow_option
from cli.output import print_json
from cli.overwriting import refuse_overwriting

if TYPE_CHECKING:
    from training.tuning.search import Trial


@click.command("tune")
@data_option
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    help="What is not searched.  [default: training/recipe.toml]",
)
@click.option(
    "--space",
    type=click.Path(path_type=Path),
    help="Values to try.  [default: training/tuning/space.toml]",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="How many recipes, the given one first, the others drawn from the space.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="the machine's cores",
    help="Processes.",
)
@dask_option
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("build/tuning.jsonl"),
    show_default=True,
    help="Where results are kept; the same command goes on from there.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the best recipe here, for `wurao train --recipe`.",
)
@mlflow_option
@json_option()
def command(
    data: Path,
    recipe: Path | None,
    space: Path | None,
    trials: int,
    jobs: int,
    dask: str,
    journal: Path,
    output: Path | None,
    mlflow: str,
    as_json: bool,
) -> None:
    """Try recipes by cross-validation over scenes, in parallel; a killed search can go on.

    They are ordered by the share of opt-outs heard at 3 false stops per 1,000 other turns. The
    frozen parts are not looked at.
    """
    from cli.progress import resumable, show_count
    from cli.tuning_table import print_trials
    from training.files import check_place
    from training.recipe import DEFAULT_RECIPE, read_recipe, write_recipe
    from training.tracking import Tracking
    from training.tuning.cluster import on_cluster
    from training.tuning.search import search
    from training.tuning.space import DEFAULT_SPACE, read_space

    if output is not None:
        for read in filter(None, (space, journal)):
            refuse_overwriting(read, output)
        check_place(output)
    tracking = Tracking(mlflow) if mlflow else None
    base = read_recipe(recipe or DEFAULT_RECIPE)
    recipes = read_space(space or DEFAULT_SPACE, base, trials)
    with (
        resumable(),
        on_cluster(dask) if dask else nullcontext(),
        show_count(len(recipes) * base.model_folds, "folds") as progress,
    ):
        found = search(data, recipes, journal, jobs, progress)
    if as_json:
        _print_json(found)
    else:
        print_trials(found, base)
    if output is not None:
        write_recipe(output, found[0].recipe)
        click.echo(f"wrote {output}; `wurao train --recipe {output}` trains by it", err=as_json)
    if tracking:
        run = tracking.add_search(found)
        click.echo(f"MLflow has it as run {run}", err=as_json)


def _print_json(found: "Sequence[Trial]") -> None:
    content = [{"recipe": asdict(t.recipe), "folds": [asdict(f) for f in t.folds]} for t in found]
    print_json(content, indent=1)
