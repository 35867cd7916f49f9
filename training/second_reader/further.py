"""Teaches a trained pupil files that it has not seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from classifier.errors import DataError
from classifier.text.characters import CharacterEncoder
from training.dataset import HARD, LabelledTurn
from training.other_talk import add_other_talk
from training.progress import Report
from training.second_reader.batches import encode, fit_noise
from training.second_reader.learn import Plan, learn_labels, read_all
from training.second_reader.pupil import learnt_from, read_pupil, reader_turns, write_pupil

_SEED = 20261127


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a pupil is taught.

    Attributes:
        data_folder: The folder ``data``.
        new_files: Names of files in ``train`` or ``hard``, without their ending.
        others: How many turns of the other training files are repeated, drawn by chance.
        other_talk: Share of the turns that are learnt between what others said.
        labels_alone: Whether the other turns too are learnt from their labels.
        plan: How long and how fast.
    """

    data_folder: Path
    new_files: Collection[str]
    others: int
    other_talk: float
    labels_alone: bool
    plan: Plan


def teach_further(start_folder: Path, lesson: Lesson, output_folder: Path, report: Report) -> None:
    """Train a pupil on from where it is, and write what becomes of it.

    So that nothing is forgotten, turns of the other training files are learnt beside, of which the
    pupil itself, as it starts, is the teacher, unless the lesson says otherwise; the new ones have
    their labels alone, and so have those in other talk, which it may not understand yet.

    Args:
        start_folder: The pupil.
        lesson: What to learn.
        output_folder: Where the new one goes.
        report: Told of progress.

    Raises:
        DataError: There is no pupil, or a file is not there.
    """
    folders = [lesson.data_folder / split for split in ("train", HARD)]
    for name in lesson.new_files:
        if not any((folder / f"{name}.jsonl").is_file() for folder in folders):
            raise DataError(f"neither {folders[0]} nor {folders[1]} has a file {name}.jsonl")
    pupil = read_pupil(start_folder)
    pupil.encoder.to("cuda" if torch.cuda.is_available() else "cpu")
    learnt = learnt_from(lesson.data_folder)
    came = reader_turns(lesson.data_folder)
    paths = [Path(turn.place.path) for turn in came]
    new = np.array([path.stem in lesson.new_files for path in paths])
    hard = np.array([path.parent.name == HARD for path in paths])
    turns = _put_in_talk(came, hard, lesson.other_talk)
    examples = encode(turns, CharacterEncoder(pupil.vocabulary))
    known = ~new & ~hard
    old = np.random.default_rng(_SEED).permutation(np.flatnonzero(known))[: lesson.others]
    altered = np.array([
        turn is not as_it_came for turn, as_it_came in zip(turns, came, strict=True)
    ])
    places = np.concatenate([np.flatnonzero(new), old])
    chosen = [examples[i] for i in places]
    counts = f"{new.sum():,} new turns, {len(old):,} others"
    report(f"{counts}, {altered[places].sum():,} of both in other talk")
    readings = read_all(pupil.encoder, chosen)
    readings[(new | altered | lesson.labels_alone)[places]] = np.nan
    noise = fit_noise(pupil.vocabulary, examples)
    learn_labels(pupil.encoder, chosen, readings, noise, lesson.plan, _SEED, report)
    write_pupil(pupil, learnt, output_folder)


def _put_in_talk(
    turns: Sequence[LabelledTurn], hard: np.ndarray, share: float
) -> list[LabelledTurn]:
    # Some hard turns are kept from the pupil to measure by: they give no talk, and stand in none.
    easy = [turn for turn, is_hard in zip(turns, hard, strict=True) if not is_hard]
    in_talk = iter(add_other_talk(easy, share))
    return [turn if is_hard else next(in_talk) for turn, is_hard in zip(turns, hard, strict=True)]
