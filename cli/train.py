"""`wurao train`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import data_option, mlflow_option, store_option

if TYPE_CHECKING:
    from training.store.model_store import ModelStore


@click.command("train")
@data_option
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    help="Settings of the run.  [default: training/recipe.toml]",
)
@store_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write the bundle to this folder instead of the store; an older one there is replaced.",
)
@click.option(
    "--second-reader/--no-second-reader",
    default=True,
    show_default=True,
    help="Take in training/second_reader/trained.",
)
@click.option(
    "--report/--no-report",
    "with_report",
    default=True,
    show_default=True,
    help="Write the evaluation report into the bundle, beside the champion where there is one.",
)
@mlflow_option
def command(
    data: Path,
    recipe: Path | None,
    store: Path,
    output: Path | None,
    second_reader: bool,
    with_report: bool,
    mlflow: str,
) -> None:
    """Check the data, fit, calibrate, score the frozen test; the model becomes the candidate.

    `wurao models promote` then holds it against the gates and makes it the champion.
    """
    from cli.progress import show_steps
    from cli.scores import print_scores
    from training.recipe import DEFAULT_RECIPE
    from training.report.write import ReportOptions, add_report, count_steps
    from training.store.model_store import ModelStore
    from training.tracking import Tracking
    from training.train import DEFAULT_READER, STEPS, train

    tracking = Tracking(mlflow) if mlflow else None
    reader = DEFAULT_READER if second_reader else None
    recipe = recipe or DEFAULT_RECIPE
    models = None if output is not None else ModelStore(store)
    options = ReportOptions(against=_sound_champion(models) if models and with_report else None)
    steps = STEPS + count_steps(options) * with_report
    with show_steps(steps) as report:
        if models is None:
            folder = output or store
            result = train(data, recipe, folder, report, reader)
            came = f"wrote {folder}"
        else:
            with models.workplace() as scratch:
                result = train(data, recipe, scratch, report, reader)
                folder = models.add(scratch).folder
            came = f"the candidate in {store}, which `wurao models promote` judges"
        # The model is safe by now, whatever becomes of its report.
        page = add_report(data, folder, options, report) if with_report else None
    version = result.manifest.version
    print_scores(result.scores, f"frozen test, model {version}")
    click.echo(f"{came}: model {version}, {result.features:,} features")
    if page:
        click.echo(f"wrote {page}")
    if tracking:
        click.echo(f"MLflow has it as run {tracking.add_training(folder)}")


def _sound_champion(models: "ModelStore") -> Path | None:
    from training.store.model_store import Alias
    from training.store.soundness import bundle_problem

    champion = models.target(Alias.CHAMPION)
    if champion and (problem := bundle_problem(champion)):
        click.echo(f"the report compares with no champion: {problem}", err=True)
        return None
    return champion.folder if champion else None
