"""Reads and writes a model bundle: a folder of plain arrays and texts; refuses a wrong one.

A bundle holds ``manifest.json`` (what it is, with the SHA-256 of every other file),
``features.txt``, ``weights.npy``, ``biases.npy``, ``words.tsv``, ``rules.json`` and, for data
scientists only, ``pipeline.joblib``, which nothing here opens. Where it has a second reader, also
``reader.onnx`` and ``characters.txt``.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.errors import (
    BundleCorruptError,
    BundleError,
    BundleMissingError,
    BundleStaleError,
    BundleUnreadableError,
)
from classifier.manifest import MANIFEST, RETRAIN, Manifest, read_manifest, to_json, version_of
from classifier.rule_floor import RuleFloor
from classifier.second_reader import SecondReader
from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import fingerprint
from classifier.text.linear_model import LinearModel
from classifier.text.words import WordCutter

READER_NETWORK, READER_CHARACTERS = "reader.onnx", "characters.txt"

# Columns of the weight matrix: three labels, also_complaint, four reasons, the squared weight.
LABEL_COLUMNS = slice(0, 3)
ALSO_COMPLAINT_COLUMN = 3
REASON_COLUMNS = slice(4, 8)
SQUARE_COLUMN = 8
COLUMNS = 9


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified model, ready to score.

    Attributes:
        manifest: What it is.
        extractor: Makes the features that it knows.
        linear: What they weigh, in 9 columns: idf times coefficient for each output, idf squared.
        floor: Replies that are an opt-out whatever the model says.
        second_reader: Asked where the plan in the manifest says so; None when there is none or it
            was not wanted.
    """

    manifest: Manifest
    extractor: FeatureExtractor
    linear: LinearModel
    floor: RuleFloor
    second_reader: SecondReader | None = None


@dataclass(frozen=True, slots=True)
class BundleParts:
    """What training hands over to be written.

    Attributes:
        features: Feature names in the order of the rows of `weights`.
        weights: Shape (features, 9), float32; older bundles have float64.
        biases: Shape (8,), float64.
        words: Word -> count, the tokenizer's dictionary.
        rules: Rules of the floor.
        pipeline_path: The fitted pipeline for data scientists, to be copied in.
        reader_folder: Where `READER_NETWORK` and `READER_CHARACTERS` are; None without a reader.
    """

    features: Sequence[str]
    weights: np.ndarray
    biases: np.ndarray
    words: Mapping[str, int]
    rules: list[dict[str, Any]]
    pipeline_path: Path
    reader_folder: Path | None = None


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
        BundleError: Something that is no bundle stands there, or it cannot be written.
    """
    refuse_other_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as scratch:
        new = Path(scratch) / "new"
        try:
            _write_parts(new, parts)
        except OSError as error:  # numpy's own has neither a number nor a name
            message = f"{folder}: cannot be written: {error.strerror or error}"
            raise BundleError(message) from None
        files = {path.name: _sha256(path.read_bytes()) for path in sorted(new.iterdir())}
        content = asdict(manifest) | {"files": files}
        content["version"] = version_of(content)
        (new / MANIFEST).write_text(to_json(content), "utf-8")
        _swap_in(new, folder, Path(scratch) / "old")
    return read_manifest(folder)


def _write_parts(new: Path, parts: BundleParts) -> None:
    new.mkdir()
    (new / "features.txt").write_text("\n".join(parts.features), "utf-8")
    np.save(new / "weights.npy", parts.weights, allow_pickle=False)
    np.save(new / "biases.npy", parts.biases, allow_pickle=False)
    words = "".join(f"{word}\t{count}\n" for word, count in sorted(parts.words.items()))
    (new / "words.tsv").write_text(words, "utf-8")
    (new / "rules.json").write_text(to_json(parts.rules), "utf-8")
    shutil.copy(parts.pipeline_path, new / "pipeline.joblib")
    if parts.reader_folder is not None:
        for name in (READER_NETWORK, READER_CHARACTERS):
            shutil.copy(parts.reader_folder / name, new / name)


def refuse_other_folder(folder: Path) -> None:
    """Make sure that a bundle can be written there, and loses nothing but an older bundle.

    Args:
        folder: Where a bundle is to be written.

    Raises:
        BundleError: Something stands there that is neither a bundle nor an empty folder, or it is
            a name that a model store gives; or no folder can be made there.
    """
    if folder.is_symlink():
        message = f"{folder}: is a model store's name; train without --output, then promote"
        raise BundleError(message)
    above = next((place for place in folder.parents if os.path.lexists(place)), folder)
    if not above.is_dir():
        raise BundleError(f"{folder}: cannot be written: {above} is no folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise BundleError(f"{folder}: cannot be written: {above}: permission denied")
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


def load_bundle(folder: Path, second_reader: bool = True) -> Bundle:
    """Read and verify a bundle; no pickle is opened.

    Args:
        folder: The bundle's folder.
        second_reader: Whether its second reader, where it has one, is wanted.

    Raises:
        BundleMissingError: There is no bundle there.
        BundleCorruptError: A file is missing, truncated or changed, or they do not fit together.
        BundleStaleError: Its format or features are not those of the running code.
        ReaderMissingError: It has a second reader, and what runs it is not installed.
        BundleError: Its second reader cannot be started, such as for want of memory.
        BundleUnreadableError: A file or the folder cannot be read, such as for want of permission.
    """
    try:
        # A model store may point its link elsewhere meanwhile; what is read here is of one bundle.
        if folder.is_symlink():
            folder = folder.parent / folder.readlink()
        manifest = read_manifest(folder)
        _verify_files(folder, manifest)
        return _read_bundle(folder, manifest, second_reader)
    except OSError as error:
        raise BundleUnreadableError(error, folder) from None
    except (ValueError, TypeError, EOFError) as error:  # whoever made it kept the digests right
        message = f"{folder}: its files do not fit together: {error}; {RETRAIN}"
        raise BundleCorruptError(message) from None


def _read_bundle(folder: Path, manifest: Manifest, second_reader: bool) -> Bundle:
    cells = (folder / "words.tsv").read_text("utf-8").split()
    words = dict(zip(cells[::2], map(int, cells[1::2]), strict=True))
    extractor = FeatureExtractor(WordCutter(words))
    reader = None
    if second_reader and manifest.second_reading is not None:
        reader = read_reader(folder)
    stale = fingerprint(extractor) != manifest.fingerprint or (
        reader is not None
        and manifest.second_reading is not None
        and reader.fingerprint() != manifest.second_reading.fingerprint
    )
    if stale:
        message = f"{folder}: made with other features than this code makes; {RETRAIN}"
        raise BundleStaleError(message)
    return Bundle(
        manifest=manifest,
        extractor=extractor,
        linear=_read_linear_model(folder, manifest.length_exponent),
        floor=_read_floor(folder),
        second_reader=reader,
    )


def _read_floor(folder: Path) -> RuleFloor:
    rules = json.loads((folder / "rules.json").read_text("utf-8"))
    try:
        return RuleFloor(rules)
    except KeyError as error:
        raise ValueError(f"a rule of the floor has no {error}") from None


def _read_linear_model(folder: Path, length_exponent: float) -> LinearModel:
    names = (folder / "features.txt").read_bytes().decode("utf-8")
    weights = np.load(folder / "weights.npy", allow_pickle=False)
    biases = np.load(folder / "biases.npy", allow_pickle=False)
    if weights.ndim != 2 or weights.shape[1] != COLUMNS or weights.dtype.kind != "f":
        told = f"{weights.dtype} of shape {weights.shape}"
        raise ValueError(f"weights are {told}, not floats in {COLUMNS} columns")
    weights = weights.astype(np.float32, copy=False)
    if not (np.isfinite(weights).all() and np.isfinite(biases).all()):
        raise ValueError("a weight or bias is no finite number")
    if (weights[:, SQUARE_COLUMN] < 0).any() or not 0 <= length_exponent <= 1:
        raise ValueError("a square below 0, or a length exponent that is not from 0 to 1")
    return LinearModel(names, weights, biases, length_exponent)


def read_reader(folder: Path) -> SecondReader:
    """Start the second reader of a folder.

    Args:
        folder: Holds `READER_NETWORK` and `READER_CHARACTERS`.

    Raises:
        BundleMissingError: A file of it cannot be read.
        ReaderMissingError: What runs it is not installed.
        BundleError: What runs it cannot be loaded, or cannot run it, such as for want of memory.
    """
    try:
        vocabulary = (folder / READER_CHARACTERS).read_text("utf-8").split("\n")
        (folder / READER_NETWORK).open("rb").close()  # onnxruntime's own errors are of its kind
    except OSError as error:
        message = f"{error.filename}: cannot be read: {error.strerror}; restore it, or do without"
        raise BundleMissingError(f"{message} the second reader: --no-second-reader") from None
    return SecondReader(folder / READER_NETWORK, vocabulary)


def _verify_files(folder: Path, manifest: Manifest) -> None:
    for name, digest in manifest.files.items():
        path = folder / name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise BundleCorruptError(f"{path}: is missing; {RETRAIN}") from None
        if found != digest:
            raise BundleCorruptError(f"{path}: was truncated or changed; {RETRAIN}")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
