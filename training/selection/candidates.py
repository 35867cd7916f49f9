"""Turns that may be labelled: masked, scored, and held as little of them as labelling needs."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from classifier.archive.csv_rows import TURN_COLUMNS
from classifier.errors import FieldViolation, InvalidTurnError
from classifier.masking.mask import mask_record, mask_text
from classifier.records import Record
from classifier.text.fold import fold
from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Label, Turn
from training.dataset import INDUSTRIES, SCRIPTS, is_name

FIELDS = frozenset({
    *TURN_COLUMNS, "id", "group", "industry", "script", "share", "prediction",
})  # fmt: skip
"""Of a record, what is looked at beside its text."""

_DIGITS = re.compile(r"[0-9]+")
_ROUNDING = 0.01
_LEAST_SHARE = 1e-6  # a log that keeps less is none; near 0 a turn would stand for endless many


@dataclass(frozen=True, slots=True)
class CandidateAnswer:
    """What the model says of a turn.

    Attributes:
        scores: Probability of each label in the order of `classifier.turns.LABELS`.
        label: By the thresholds of the bundle, and the rule floor.
        rule: Of the floor, where one decided; else empty.
    """

    scores: tuple[float, float, float]
    label: Label
    rule: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A turn that may be labelled.

    Attributes:
        row: Line or row of its file, counted from 1.
        record: Masked, with the fields that labelling keeps.
        turn: The same as a noun, without alternatives.
        answer: What the model says of it.
        template: Digest of its folded words, numbers taken for one another: what a campaign's
            thousand messages have in common.
        weight: How many turns it stands for, 1 or more; a log that keeps a tenth says 10.
    """

    row: int
    record: Record
    turn: Turn
    answer: CandidateAnswer
    template: bytes
    weight: float = 1.0


def answer_of(record: Mapping[str, Any], turn: Turn, classifier: TurnClassifier) -> CandidateAnswer:
    """Return the answer that stands in a record, or ask the model.

    Args:
        record: Perhaps with a ``prediction`` that `wurao classify` gave with the same model.
        turn: What it describes.
        classifier: The model.
    """
    given = record.get("prediction")
    if isinstance(given, dict) and given.get("model_version") == classifier.manifest.version:
        try:
            first, second, third = (float(given["scores"][label]) for label in LABELS)
            # Whoever writes NaN or what is no probability is not `wurao classify`.
            if min(first, second, third) >= 0 and abs(first + second + third - 1) <= _ROUNDING:
                return CandidateAnswer(
                    (first, second, third), Label(given["label"]), str(given["rule"])
                )
        except (KeyError, OverflowError, TypeError, ValueError):
            pass  # it is not what `wurao classify` writes, so it is asked anew
    prediction = classifier.classify(turn)
    return CandidateAnswer(prediction.scores, prediction.label, prediction.rule)


def masked_fields(record: Record) -> Record:
    """Return what of a record may go to a labeller, masked.

    Fields that this project does not know are left out, since nobody knows what is in them; so is
    an id or a group that could be read as somebody's number.

    Args:
        record: One that `classifier.records.turn_from_record` accepts.
    """
    masked = mask_record(record)
    kept: Record = {
        name: value
        for name in ("id", "group")
        if isinstance(value := masked.get(name), str)
        and is_name(value)
        and mask_text(value) == value
    }
    kept["channel"] = masked.get("channel") or "voice"
    for name, allowed in (("industry", INDUSTRIES), ("script", SCRIPTS)):
        if masked.get(name) in allowed:
            kept[name] = masked[name]
    kept["context"] = [_said(entry, "speaker") for entry in masked.get("context") or []]
    kept["text"] = masked["text"]
    if masked.get("alternatives"):
        kept["alternatives"] = [_said(entry, "confidence") for entry in masked["alternatives"]]
    return kept


def weight_of(record: Mapping[str, Any]) -> float:
    """Return how many turns a record stands for; 1 where it does not say.

    Args:
        record: Of a log of decisions, with ``share``, the part of its kind that was kept; or any.

    Raises:
        InvalidTurnError: It stands for more than any log leaves out.
    """
    share = record.get("share")
    if isinstance(share, int | float) and not isinstance(share, bool) and 0 < share <= 1:
        if share < _LEAST_SHARE:
            raise InvalidTurnError([FieldViolation("share", f"must be {_LEAST_SHARE:f} or more")])
        return 1 / share
    return 1.0


def template_of(turn: Turn) -> bytes:
    """Return the digest of what a turn has in common with others of its making.

    Args:
        turn: Masked.
    """
    parts = [turn.channel.value, turn.text, *(said.text for said in turn.context[-1:])]
    plain = "\x1f".join(_DIGITS.sub("0", fold(part).bare) for part in parts)
    return hashlib.blake2b(plain.encode(), digest_size=10).digest()


def _said(entry: Mapping[str, Any], beside: str) -> Record:
    return {name: entry[name] for name in (beside, "text") if name in entry}
