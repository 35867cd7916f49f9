"""Checks the data set before anything is learnt from it; every message names file and line."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier.errors import DataError
from classifier.text.fold import fold
from classifier.toml_text import parse_toml
from classifier.turns import Label, Turn
from training.dataset import (
    FROZEN_SPLITS,
    SPLITS,
    LabelledTurn,
    digest_files,
    read_hard,
    read_split,
    read_unsure,
    split_files,
)
from training.files import replace_file

FROZEN = "frozen.toml"
_TELLING_CHARACTERS = 6

Key = tuple[str, ...]
"""Channel, folded text and folded context: what makes two turns the same."""


@dataclass(frozen=True, slots=True)
class DataDigests:
    """SHA-256 over the files that turns were read from.

    Attributes:
        train: Of the training files.
        test: Of the frozen test.
        frozen: Of all frozen splits together.
    """

    train: str
    test: str
    frozen: str


def check_data(data_folder: Path) -> tuple[dict[str, list[LabelledTurn]], list[str]]:
    """Read and check every split, and read the turns marked unsure.

    Args:
        data_folder: The folder ``data``.

    Returns:
        Split -> turns, and one message for each problem; no message means that all is well.

    Raises:
        DataError: A split has no file.
    """
    splits, problems = check_by_kind(data_folder)
    return splits, [message for messages in problems.values() for message in messages]


def check_by_kind(
    data_folder: Path,
) -> tuple[dict[str, list[LabelledTurn]], dict[str, list[str]]]:
    """Read and check every split, and keep the kinds of problems apart.

    Args:
        data_folder: The folder ``data``.

    Returns:
        Split -> turns, and ``schema``, ``ids``, ``duplicates``, ``conflicts`` (one turn, two
        labels), ``leaks`` and ``frozen`` -> one message for each problem of that kind.

    Raises:
        DataError: A split has no file.
    """
    splits: dict[str, list[LabelledTurn]] = {}
    unreadable: list[str] = []
    for split in SPLITS:
        splits[split], wrong = read_split(data_folder, split)
        unreadable += wrong or ([] if splits[split] else [f"{data_folder / split}: has no turns"])
    # A line that is lost there would let a turn back into training.
    unsure, wrong = read_unsure(data_folder)
    unreadable += wrong
    hard, wrong = read_hard(data_folder)
    unreadable += wrong
    everything = [turn for split in SPLITS for turn in splits[split]] + hard
    # Behaviour suites hold twins on purpose: the same words in two scripts fold to one.
    unlike = (splits[split] for split in SPLITS if split != "behaviour")
    duplicates, conflicts = _repeated_turns(chain(*unlike, hard))
    return splits, {
        "schema": unreadable + broken_fields(everything),
        "ids": _repeated_ids(everything),
        "duplicates": duplicates + _not_set_aside(everything, unsure),
        "conflicts": conflicts,
        "leaks": _leaks([*splits["train"], *hard], splits),
        "frozen": _thawed(data_folder),
    }


def read_checked(data_folder: Path) -> dict[str, list[LabelledTurn]]:
    """Return split -> turns of a data set without problems.

    Args:
        data_folder: The folder ``data``.

    Raises:
        DataError: There are problems; the message lists them.
    """
    splits, problems = check_data(data_folder)
    if problems:
        raise DataError("\n".join(problems))
    return splits


def read_digested(data_folder: Path) -> tuple[dict[str, list[LabelledTurn]], DataDigests]:
    """Return what `read_checked` does, and the digests of the very files that were read.

    Whoever records what was learnt or asked needs these: labels may change during a long run.

    Args:
        data_folder: The folder ``data``.

    Raises:
        DataError: There are problems, or a file changed while it was read.
    """
    digests = _digests(data_folder)
    splits = read_checked(data_folder)
    if _digests(data_folder) != digests:
        raise DataError(f"{data_folder}: changed while it was read; run the same again")
    return splits, digests


def _digests(data_folder: Path) -> DataDigests:
    frozen = (path for split in FROZEN_SPLITS for path in split_files(data_folder, split))
    train = digest_files(split_files(data_folder, "train"))
    return DataDigests(train, frozen_digest(data_folder, "test"), digest_files(frozen))


def freeze(data_folder: Path) -> None:
    """Pin the digests of the frozen splits and the names of the training files as they stand.

    Args:
        data_folder: The folder ``data``.

    Raises:
        DataError: A split has no file.
        OutputError: They cannot be written; what was pinned stays so.
    """
    names = [path.name for path in split_files(data_folder, "train")]
    text = (
        "# SHA-256 of what training never sees; `wurao data freeze` pins it anew, and the reason\n"
        "# belongs in docs/decisions.md.\n"
    )
    text += f"train_files = {json.dumps(names)}  # none may go missing\n"
    text += "".join(f'{split} = "{frozen_digest(data_folder, split)}"\n' for split in FROZEN_SPLITS)
    replace_file(data_folder / FROZEN, text.encode())


def frozen_digest(data_folder: Path, split: str) -> str:
    """Return the digest of a frozen split as it stands.

    Args:
        data_folder: The folder ``data``.
        split: One of `FROZEN_SPLITS`.

    Raises:
        DataError: The split has no file, or one cannot be opened.
    """
    return digest_files(split_files(data_folder, split))


def broken_fields(turns: Iterable[LabelledTurn]) -> list[str]:
    """Return one message for each field that contradicts the label beside it.

    Args:
        turns: Any turns.
    """
    problems = []
    for turn in turns:
        if turn.label is Label.NORMAL and turn.reasons:
            problems.append(f"{turn.place}: reasons: must be empty for normal")
        if turn.label is not Label.OPT_OUT and turn.also_complaint:
            problems.append(f"{turn.place}: also_complaint: may be true for opt_out only")
    return problems


def contradictions(turns: Sequence[LabelledTurn]) -> list[str]:
    """Return one message for each id that stands twice, and each turn that has two labels.

    Args:
        turns: Any turns, such as those of one file.
    """
    return _repeated_ids(turns) + _repeated_turns(turns)[1]


def _repeated_ids(turns: Iterable[LabelledTurn]) -> list[str]:
    first: dict[str, LabelledTurn] = {}
    return [
        f"{turn.place}: id: {turn.id} stands at {other.place} too"
        for turn in turns
        if (other := first.setdefault(turn.id, turn)) is not turn
    ]


def _repeated_turns(turns: Iterable[LabelledTurn]) -> tuple[list[str], list[str]]:
    first: dict[Key, LabelledTurn] = {}
    duplicates, conflicts = [], []
    for turn in turns:
        other = first.setdefault(turn_key(turn.turn), turn)
        if other is turn:
            continue
        if other.label is not turn.label:
            labels = f"{turn.label} here and {other.label} at {other.place}"
            conflicts.append(f"{turn.place}: label: the same text and context are {labels}")
        else:
            message = f"{turn.place}: text: the same turn stands at {other.place}; drop one"
            duplicates.append(message)
    return duplicates, conflicts


def _not_set_aside(turns: Iterable[LabelledTurn], unsure: Sequence[LabelledTurn]) -> list[str]:
    aside = {turn_key(turn.turn): turn.place for turn in unsure}
    return [
        f"{turn.place}: text: the same turn is marked unsure at {place}; drop one"
        for turn in turns
        if (place := aside.get(turn_key(turn.turn))) is not None
    ]


def _leaks(learnt: Iterable[LabelledTurn], splits: dict[str, list[LabelledTurn]]) -> list[str]:
    groups: dict[str, LabelledTurn] = {}
    texts: dict[str, LabelledTurn] = {}
    for turn in learnt:
        groups.setdefault(turn.group, turn)
        texts.setdefault(telling_text(turn.turn), turn)
    problems = []
    for turn in (turn for split in FROZEN_SPLITS for turn in splits[split]):
        if (other := groups.get(turn.group)) is not None:
            problems.append(f"{turn.place}: group: {turn.group} is in train too, at {other.place}")
        if (text := telling_text(turn.turn)) and (other := texts.get(text)) is not None:
            problems.append(f"{turn.place}: text: the same is in train, at {other.place}")
    return problems


def _thawed(data_folder: Path) -> list[str]:
    path = data_folder / FROZEN
    try:
        pinned = parse_toml(path.read_text("utf-8"))
    except (OSError, ValueError):
        return [f"{path}: cannot be read; pin the frozen splits with `wurao data freeze`"]
    missing = [
        f"{data_folder / 'train' / name}: is missing; restore it or run `wurao data freeze`"
        for name in pinned.get("train_files", [])
        if not (data_folder / "train" / name).is_file()
    ]
    return missing + [
        f"{path}: the frozen {split} was changed; undo that or pin it with `wurao data freeze`"
        for split in FROZEN_SPLITS
        if pinned.get(split) != frozen_digest(data_folder, split)
    ]


def telling_text(turn: Turn) -> str:
    """Return the folded text where it alone gives a frozen turn away; empty where it is too short.

    Args:
        turn: Any turn.
    """
    bare = fold(turn.text).bare
    return bare if len(bare) >= _TELLING_CHARACTERS else ""


def turn_key(turn: Turn) -> Key:
    """Return what makes two turns the same.

    Args:
        turn: Any turn.
    """
    context: Sequence[str] = [
        part for said in turn.context for part in (said.speaker, fold(said.text).bare)
    ]
    return (turn.channel, fold(turn.text).bare or turn.text, *context)
