"""What an inspection of a data set found, as plain data for a page and for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.masking.mask import mask_text, mask_turn
from classifier.turns import LABELS
from training.checks import check_by_kind
from training.dataset import FROZEN_SPLITS, LabelledTurn
from training.exchange.source import LabelFile
from training.inspection.drift import DatasetDrift, compare
from training.inspection.near_leaks import find_near_leaks
from training.inspection.samples import read_samples, sample_of
from training.inspection.suspects import Suspect, find_suspects
from training.progress import Report, silent
from training.recipe import read_recipe

Content = dict[str, Any]

MOST_SUSPECTS = 200
"""So many are shown, the worst; the others are counted."""

MOST_NEAR_LEAKS = 100
"""So many are shown, the likest; the others are counted."""

MOST_PROBLEMS = 200
"""So many problems of a kind are shown; the others are counted."""


@dataclass(frozen=True, slots=True)
class InspectionOptions:
    """What is looked at beside the checks.

    Attributes:
        new: Its turns are held against the other training turns; None for no comparison.
        recipe: A recipe file, to look for suspects with; None for no suspects.
    """

    new: LabelFile | None = None
    recipe: Path | None = None


def inspect_data(data_folder: Path, options: InspectionOptions, report: Report = silent) -> Content:
    """Check a data set and look for what a check cannot decide.

    Args:
        data_folder: The folder ``data``.
        options: What to look at.
        report: Told of each step.

    Raises:
        DataError: A split has no file, the new file cannot be read, or the recipe is wrong.
    """
    report("checking the data")
    splits, problems = check_by_kind(data_folder)
    content: Content = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": str(data_folder),
        "parts": {split: _counts(turns) for split, turns in splits.items()},
        "problems": {kind: _shown(messages) for kind, messages in problems.items()},
        "problem_count": sum(map(len, problems.values())),
        "near_leaks": _near_leaks(splits),
        "suspects": None,
        "drift": None,
    }
    if options.new is not None:
        report("comparing the new turns with those before")
        content["drift"] = _drift(splits["train"], options.new)
    if options.recipe is not None:
        found = find_suspects(splits["train"], read_recipe(options.recipe), report)
        shown = [_plain_suspect(suspect) for suspect in found[:MOST_SUSPECTS]]
        content["suspects"] = {"count": len(found), "shown": shown}
    return content


def _counts(turns: Sequence[LabelledTurn]) -> dict[str, int]:
    counts = Counter(turn.label for turn in turns)
    return {"turns": len(turns)} | {label.value: counts[label] for label in LABELS}


def _shown(messages: Sequence[str]) -> Content:
    return {"count": len(messages), "shown": list(messages[:MOST_PROBLEMS])}


def _near_leaks(splits: Mapping[str, Sequence[LabelledTurn]]) -> Content:
    frozen = [turn for split in FROZEN_SPLITS for turn in splits[split]]
    found = find_near_leaks(splits["train"], frozen)
    shown = [
        {"frozen": _side(leak.frozen), "training": _side(leak.training), "likeness": leak.likeness}
        for leak in found[:MOST_NEAR_LEAKS]
    ]
    return {"count": len(found), "shown": shown}


def _side(turn: LabelledTurn) -> Content:
    text = mask_text(turn.turn.text)
    return {"id": mask_text(turn.id), "place": str(turn.place), "label": turn.label, "text": text}


def _drift(train: Sequence[LabelledTurn], file: LabelFile) -> Content:
    # What has been imported already is not held against itself.
    itself = {name for name in {t.place.path for t in train} if file.path.samefile(name)}
    old = [turn for turn in train if turn.place.path not in itself]
    new, problems = read_samples(file)
    drift = compare([sample_of(turn) for turn in old], new)
    plain = _plain_drift(drift) if drift is not None else {"shifts": [], "risen": [], "moved": 0}
    sizes = {"old_turns": len(old), "new_turns": len(new), "enough": drift is not None}
    kinds = Counter(found.problem for found in problems)
    places = _shown([f"{found.place}: {found.problem}" for found in problems])
    unreadable = {"unreadable": dict(kinds.most_common(20)), "unreadable_places": places}
    return {"name": file.path.name} | unreadable | sizes | plain


def _plain_drift(drift: DatasetDrift) -> Content:
    return {
        "shifts": [asdict(shift) for shift in drift.shifts],
        "moved": len(drift.moved),
        "risen": [{"word": word, "before": a, "now": b} for word, a, b in drift.risen],
    }


def _plain_suspect(suspect: Suspect) -> Content:
    turn = suspect.turn
    masked = mask_turn(turn.turn)
    return {
        "id": mask_text(turn.id),
        "place": str(turn.place),
        "label": turn.label.value,
        "kind": turn.kind,
        "suggested": suspect.suggested.value,
        "scores": dict(zip((label.value for label in LABELS), suspect.scores, strict=True)),
        "margin": suspect.margin,
        "channel": masked.channel.value,
        "context": [{"speaker": said.speaker.value, "text": said.text} for said in masked.context],
        "text": masked.text,
    }
