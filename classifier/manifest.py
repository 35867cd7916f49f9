"""The manifest of a model bundle: what it is, where it comes from, how its scores decide."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, convert

from classifier.errors import (
    BundleCorruptError,
    BundleMissingError,
    BundleStaleError,
    BundleUnreadableError,
)
from classifier.second_reader import JoiningPlan
from classifier.turns import LABELS, Label

FORMAT = 2
MANIFEST = "manifest.json"
RETRAIN = "train one with `wurao train`"
_UPGRADE = f"it is of a newer release: install that, or {RETRAIN}"

_Probability = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where scores turn into decisions; all are probabilities.

    Attributes:
        stop: From here on a turn is an opt_out, below it too where `objection` makes it one.
        review: From here on the bot asks back about a turn that is no opt_out, and a person looks.
        complaint: From here on a turn below `stop` is a complaint; see `objection`.
        objection: From here on the two together: a turn that reaches neither of theirs is the
            likelier one.
    """

    stop: _Probability
    review: _Probability
    complaint: _Probability
    objection: _Probability

    def decide(self, scores: Sequence[float]) -> Label:
        """Return the label that scores amount to.

        Args:
            scores: Probabilities in the order of `classifier.turns.LABELS`.
        """
        opt_out, complaint = scores[0], scores[1]
        if opt_out >= self.stop:
            return Label.OPT_OUT
        if complaint >= self.complaint:
            return Label.COMPLAINT
        if opt_out + complaint >= self.objection:
            return Label.OPT_OUT if opt_out >= complaint else Label.COMPLAINT
        return Label.NORMAL


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle is and where it comes from.

    Attributes:
        labels: Names in the order of the scores.
        thresholds: Where scores turn into decisions.
        length_exponent: A turn's sum of weights is divided by the length of its feature vector to
            this power: 1 lets a long story drown a short request, 0 lets length speak for itself.
        fingerprint: Of the features of the probe turns.
        data_digest: SHA-256 over the labelled files it was trained on.
        test_digest: SHA-256 over the frozen test it was scored on.
        recipe: Every setting of the training run.
        libraries: Name -> version of what trained it.
        test_scores: Scores on the frozen test, as `wurao evaluate --json` prints them.
        second_reading: When the second reader is asked; None where there is no such reader.
        second_thresholds: Used instead of `thresholds` while the second reader is at work.
        files: File name -> SHA-256.
        version: Digest of all the above, 12 hexadecimal digits; set when written.
        format: Layout of the folder.
    """

    labels: tuple[str, ...]
    thresholds: Thresholds
    length_exponent: float
    fingerprint: str
    data_digest: str
    test_digest: str
    recipe: dict[str, Any]
    libraries: dict[str, str]
    test_scores: dict[str, Any]
    second_reading: JoiningPlan | None = None
    second_thresholds: Thresholds | None = None
    files: dict[str, str] = field(default_factory=dict)
    version: str = ""
    format: int = FORMAT


_PARTS = {
    "thresholds": Thresholds,
    "second_reading": JoiningPlan,
    "second_thresholds": Thresholds,
}


class _Figure(Struct):
    value: float | None
    low: float | None
    high: float | None


class _LabelScores(Struct):
    precision: _Figure
    recall: _Figure
    f1: _Figure
    support: int


class _TestScores(Struct):
    """What is shown of them; nothing else of them is looked at."""

    turns: int
    labels: dict[Label, _LabelScores]
    macro_f1: _Figure


def read_manifest(folder: Path) -> Manifest:
    """Read and verify the manifest of a bundle.

    Args:
        folder: The bundle's folder.

    Raises:
        BundleMissingError: There is no bundle there.
        BundleCorruptError: It was changed or is damaged.
        BundleStaleError: Its format is not that of the running code.
        BundleUnreadableError: It cannot be read, such as for want of permission.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            remedy = _UPGRADE if content["format"] > FORMAT else RETRAIN
            message = f"{path}: format {content['format']}, this code reads {FORMAT}; {remedy}"
            raise BundleStaleError(message)
        if version_of(content) != content["version"]:
            raise BundleCorruptError(f"{path}: was changed after it was written; {RETRAIN}")
        if _is_of_other_code(content):
            raise BundleStaleError(f"{path}: made by another version of this code; {RETRAIN}")
        values = content | {
            "labels": tuple(content["labels"]),
            "thresholds": Thresholds(**content["thresholds"]),
        }
        if content["second_reading"] is not None:
            values["second_reading"] = JoiningPlan(**content["second_reading"])
            values["second_thresholds"] = Thresholds(**content["second_thresholds"])
        # Whoever made it may have kept the digest right and the contents not.
        manifest = convert(asdict(Manifest(**values)), Manifest)
        if manifest.test_scores:  # training writes it without any first
            convert(manifest.test_scores, _TestScores)
    except (FileNotFoundError, NotADirectoryError):
        raise BundleMissingError(f"{folder}: no model bundle here; {RETRAIN}") from None
    except OSError as error:
        raise BundleUnreadableError(error, path) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BundleCorruptError(f"{path}: is damaged; {RETRAIN}") from None
    if manifest.labels != LABELS:
        raise BundleCorruptError(f"{path}: is of other labels; {RETRAIN}")
    return manifest


def _is_of_other_code(content: Mapping[str, Any]) -> bool:
    """Say whether a manifest, or a part of it, has other fields than this code reads."""
    if content.keys() != {one.name for one in fields(Manifest)}:
        return True
    for name, kind in _PARTS.items():
        part = content[name]
        known = {one.name for one in fields(kind)}
        needed = {one.name for one in fields(kind) if one.default is MISSING}
        if isinstance(part, dict) and not needed <= part.keys() <= known:
            return True
    return False


def version_of(content: Mapping[str, Any]) -> str:
    """Return the version of a manifest: a digest of all else that stands in it.

    Args:
        content: As it stands in the file.
    """
    rest = {key: value for key, value in content.items() if key != "version"}
    return hashlib.sha256(to_json(rest).encode()).hexdigest()[:12]


def to_json(value: object) -> str:
    """Return plain data as the files of a bundle hold it.

    Args:
        value: Dataclasses turned to plain data before.
    """
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
