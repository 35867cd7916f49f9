"""`wurao train`."""

from pathlib import Path

import click

from cli.options import DEFAULT_BUNDLE, data_option


@click.command("train")
@data_option
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    help="Settings of the run.  [default: training/recipe.toml]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=DEFAULT_BUNDLE,
    show_default=True,
    help="Where the bundle goes; an older one there is replaced.",
)
@click.option(
    "--second-reader/--no-second-reader",
    default=True,
    show_default=True,
    help="Take in training/second_reader/trained.",
)
def command(data: Path, recipe: Path | None, output: Path, second_reader: bool) -> None:
    """Check the data, fit, calibrate, score the frozen test and write a model bundle."""
    from cli.progress import show_steps
    from cli.scores import print_scores
    from training.recipe import DEFAULT_RECIPE
    from training.train import DEFAULT_READER, STEPS, train

    reader = DEFAULT_READER if second_reader else None
    with show_steps(STEPS) as report:
        result = train(data, recipe or DEFAULT_RECIPE, output, report, reader)
    print_scores(result.scores, f"frozen test, model {result.manifest.version}")
    click.echo(f"wrote {output}: model {result.manifest.version}, {result.features:,} features")
