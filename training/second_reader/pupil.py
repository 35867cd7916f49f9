"""A trained pupil as it is kept: weights, characters and a card that says where it comes from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import torch

from classifier.errors import DataError
from classifier.model_bundle import READER_CHARACTERS
from training.dataset import HARD, LabelledTurn, digest_files, read_hard, read_split, split_files
from training.division import is_calibration
from training.second_reader.batches import ALL_KINDS
from training.second_reader.encoder import Encoder, count_layers

WEIGHTS, CARD = "weights.npz", "card.json"


@dataclass(frozen=True, slots=True)
class Pupil:
    """A network with what it reads.

    Attributes:
        encoder: On the processor.
        vocabulary: Its characters, in their order.
        base: The network that it came from, and its licence.
    """

    encoder: Encoder
    vocabulary: Sequence[str]
    base: str


class Learnt(NamedTuple):
    """What the card of a pupil tells of the data that it was trained on.

    Attributes:
        data_digest: Of the training split and of what the reader alone learns.
        turns: How many of them the pupil may see.
    """

    data_digest: str
    turns: int


def learnt_from(data_folder: Path) -> Learnt:
    """Return what a card will tell; to be asked before a training that takes hours.

    Args:
        data_folder: The folder ``data``.
    """
    files = [*split_files(data_folder, "train"), *(data_folder / HARD).glob("*.jsonl")]
    return Learnt(digest_files(files), len(reader_turns(data_folder)))


def read_learnt(folder: Path) -> Learnt:
    """Return what the card of a pupil tells.

    Args:
        folder: From `write_pupil`; `read_pupil` can read it.
    """
    card = json.loads((folder / CARD).read_text("utf-8"))
    return Learnt(str(card["data_digest"]), int(card["turns"]))


def write_pupil(pupil: Pupil, learnt: Learnt, folder: Path) -> None:
    """Write a pupil; its weights take half precision.

    Args:
        pupil: As it is trained.
        learnt: From `learnt_from`, before it was trained.
        folder: Where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = pupil.encoder.state_dict()
    halves = {name: value.cpu().numpy().astype(np.float16) for name, value in state.items()}
    np.savez_compressed(folder / WEIGHTS, **halves)
    (folder / READER_CHARACTERS).write_text("\n".join(pupil.vocabulary), "utf-8")
    card = {
        "base": pupil.base,
        "data_digest": learnt.data_digest,
        "turns": learnt.turns,
        "layers": count_layers(state),
    }
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def read_pupil(folder: Path) -> Pupil:
    """Read a pupil.

    Args:
        folder: From `write_pupil`.

    Raises:
        DataError: A file is missing or damaged.
    """
    try:
        with np.load(folder / WEIGHTS) as arrays:
            state = {name: torch.from_numpy(arrays[name]).float() for name in arrays.files}
        vocabulary = (folder / READER_CHARACTERS).read_text("utf-8").split("\n")
        base = str(json.loads((folder / CARD).read_text("utf-8"))["base"])
        encoder = Encoder(len(vocabulary), len(ALL_KINDS), count_layers(state))
        encoder.load_state_dict(state)
    except (OSError, ValueError, KeyError, RuntimeError, BadZipFile) as error:
        raise DataError(f"{folder}: holds no pupil that can be read: {error}") from None
    return Pupil(encoder, vocabulary, base)


def average_pupils(folders: Sequence[Path]) -> Pupil:
    """Return the pupil whose weights are the even mean of those of others.

    Of a pupil and what became of it on new turns, the mean knows the new ones and keeps what the
    one before knew of everything else: weight-space ensembles after Wortsman et al. (2022),
    https://arxiv.org/abs/2109.01903.

    Args:
        folders: From `write_pupil`, of one line of descent; not empty.

    Raises:
        DataError: One cannot be read, or is of another shape or vocabulary than the first.
    """
    pupils = [read_pupil(folder) for folder in folders]
    first = pupils[0]
    states = [pupil.encoder.state_dict() for pupil in pupils]
    for pupil, state, folder in zip(pupils, states, folders, strict=True):
        if pupil.vocabulary != first.vocabulary or state.keys() != states[0].keys():
            raise DataError(f"{folder}: is no relative of {folders[0]}")
    first.encoder.load_state_dict({
        name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]
    })
    return first


def reader_turns(data_folder: Path) -> list[LabelledTurn]:
    """Return the turns that the reader may see, those that it alone learns among them.

    Of training it may not see the calibration groups.

    Args:
        data_folder: The folder ``data``.
    """
    learnt_by_both = read_split(data_folder, "train")[0]
    alone = read_hard(data_folder)[0]
    return [turn for turn in learnt_by_both if not is_calibration(turn.group)] + alone
