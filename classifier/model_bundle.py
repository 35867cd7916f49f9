"""Reads and writes a model bundle: a folder of plain arrays and texts; refuses a wrong one.

A bundle holds ``manifest.json`` (what it is, with the SHA-256 of every other file),
``features.txt``, ``weights.npy``, ``biases.npy``, ``words.tsv``, ``rules.json`` and, for data
scientists only, ``pipeline.joblib``, which nothing here opens.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from classifier.errors import (
    BundleCorruptError,
    BundleError,
    BundleMissingError,
    BundleStaleError,
)
from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import fingerprint
from classifier.text.words import build_tokenizer

FORMAT = 1
MANIFEST = "manifest.json"
RETRAIN = "train one with `wurao train`"

# Columns of the weight matrix: three labels, also_complaint, four reasons, the squared weight.
LABEL_COLUMNS = slice(0, 3)
ALSO_COMPLAINT_COLUMN = 3
REASON_COLUMNS = slice(4, 8)
SQUARE_COLUMN = 8
COLUMNS = 9


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where scores turn into decisions; all are probabilities.

    Attributes:
        stop: From here on a turn is an opt_out.
        review: From here up to `stop` the bot asks back and a person looks.
        complaint: From here on a turn that is no opt_out is a complaint.
    """

    stop: float
    review: float
    complaint: float


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
    files: dict[str, str] = field(default_factory=dict)
    version: str = ""
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified model, ready to score.

    Attributes:
        manifest: What it is.
        extractor: Makes the features that it knows.
        index: Feature name -> row of `weights`.
        weights: Shape (features, 9), float64: idf times coefficient for each output, idf squared.
        biases: Shape (8,), float64.
        rules: Plain data for `classifier.rule_floor.RuleFloor`.
    """

    manifest: Manifest
    extractor: FeatureExtractor
    index: dict[str, int]
    weights: np.ndarray
    biases: np.ndarray
    rules: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BundleParts:
    """What training hands over to be written.

    Attributes:
        features: Feature names in the order of the rows of `weights`.
        weights: Shape (features, 9), float64.
        biases: Shape (8,), float64.
        words: Word -> count, the tokenizer's dictionary.
        rules: Rules of the floor.
        pipeline_path: The fitted pipeline for data scientists, to be copied in.
    """

    features: Sequence[str]
    weights: np.ndarray
    biases: np.ndarray
    words: Mapping[str, int]
    rules: list[dict[str, Any]]
    pipeline_path: Path


def write_bundle(folder: Path, manifest: Manifest, parts: BundleParts) -> Manifest:
    """Write a bundle beside its place, then put it there; a failure leaves the old one.

    A reader at that very moment may find no bundle, and is told so; it never gets a part of one.

    Args:
        folder: Where to; an older bundle there is replaced.
        manifest: Without `files` and `version`, which are filled in.
        parts: The contents.

    Returns:
        The manifest as written.

    Raises:
        BundleError: Something that is no bundle stands there.
    """
    refuse_other_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        (new / "features.txt").write_text("\n".join(parts.features), "utf-8")
        np.save(new / "weights.npy", parts.weights, allow_pickle=False)
        np.save(new / "biases.npy", parts.biases, allow_pickle=False)
        words = "".join(f"{word}\t{count}\n" for word, count in sorted(parts.words.items()))
        (new / "words.tsv").write_text(words, "utf-8")
        (new / "rules.json").write_text(_to_json(parts.rules), "utf-8")
        shutil.copy(parts.pipeline_path, new / "pipeline.joblib")
        files = {path.name: _sha256(path.read_bytes()) for path in sorted(new.iterdir())}
        content = asdict(manifest) | {"files": files}
        content["version"] = _version_of(content)
        (new / MANIFEST).write_text(_to_json(content), "utf-8")
        _swap_in(new, folder, Path(scratch) / "old")
    return _read_manifest(folder)


def refuse_other_folder(folder: Path) -> None:
    """Make sure that writing a bundle there loses nothing but an older bundle.

    Args:
        folder: Where a bundle is to be written.

    Raises:
        BundleError: Something stands there that is neither a bundle nor an empty folder.
    """
    if not folder.exists() or (folder / MANIFEST).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise BundleError(f"{folder}: is there and is no model bundle; choose another place")


def _swap_in(new: Path, folder: Path, old: Path) -> None:
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        if old.exists():
            old.rename(folder)
        raise


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a bundle; no pickle is opened.

    Args:
        folder: The bundle's folder.

    Raises:
        BundleMissingError: There is no bundle there.
        BundleCorruptError: A file is missing, truncated or changed.
        BundleStaleError: Its format or features are not those of the running code.
    """
    manifest = _read_manifest(folder)
    _verify_files(folder, manifest)
    text = (folder / "words.tsv").read_text("utf-8")
    words = dict(line.split("\t") for line in text.splitlines())
    extractor = FeatureExtractor(build_tokenizer({w: int(count) for w, count in words.items()}))
    if fingerprint(extractor) != manifest.fingerprint:
        message = f"{folder}: made with other features than this code makes; {RETRAIN}"
        raise BundleStaleError(message)
    names = (folder / "features.txt").read_text("utf-8").split("\n")
    return Bundle(
        manifest=manifest,
        extractor=extractor,
        index={name: row for row, name in enumerate(names)},
        weights=np.load(folder / "weights.npy", allow_pickle=False),
        biases=np.load(folder / "biases.npy", allow_pickle=False),
        rules=json.loads((folder / "rules.json").read_text("utf-8")),
    )


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise BundleMissingError(f"{folder}: no model bundle here; {RETRAIN}")
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            message = f"{path}: format {content['format']}, this code reads {FORMAT}; {RETRAIN}"
            raise BundleStaleError(message)
        if _version_of(content) != content["version"]:
            raise BundleCorruptError(f"{path}: was changed after it was written; {RETRAIN}")
        if content.keys() != {name.name for name in fields(Manifest)}:
            raise BundleStaleError(f"{path}: made by another version of this code; {RETRAIN}")
        values = content | {
            "labels": tuple(content["labels"]),
            "thresholds": Thresholds(**content["thresholds"]),
        }
        return Manifest(**values)
    except (ValueError, KeyError, TypeError):
        raise BundleCorruptError(f"{path}: is damaged; {RETRAIN}") from None


def _verify_files(folder: Path, manifest: Manifest) -> None:
    for name, digest in manifest.files.items():
        path = folder / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise BundleCorruptError(f"{path}: is missing; {RETRAIN}") from None
        if _sha256(content) != digest:
            raise BundleCorruptError(f"{path}: was truncated or changed; {RETRAIN}")


def _version_of(content: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in content.items() if key != "version"}
    return _sha256(_to_json(rest).encode())[:12]


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
