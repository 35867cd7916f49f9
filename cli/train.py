"""`wurao train`."""

from pathlib import Path

import click

from cli.options import data_option, store_option


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
def command(
    data: Path, recipe: Path | None, store: Path, output: Path | None, second_reader: bool
) -> None:
    """Check the data, fit, calibrate, score the frozen test; the model becomes the candidate.

    `wurao models promote` then holds it against the gates and makes it the champion.
    """
    from cli.progress import show_steps
    from cli.scores import print_scores
    from training.recipe import DEFAULT_RECIPE
    from training.store.model_store import ModelStore
    from training.train import DEFAULT_READER, STEPS, train

    reader = DEFAULT_READER if second_reader else None
    recipe = recipe or DEFAULT_RECIPE
    if output is not None:
        with show_steps(STEPS) as report:
            result = train(data, recipe, output, report, reader)
        came = f"wrote {output}"
    else:
        models = ModelStore(store)
        with models.workplace() as folder, show_steps(STEPS) as report:
            result = train(data, recipe, folder, report, reader)
            models.add(folder)
        came = f"the candidate in {store}, which `wurao models promote` judges"
    version = result.manifest.version
    print_scores(result.scores, f"frozen test, model {version}")
    click.echo(f"{came}: model {version}, {result.features:,} features")
