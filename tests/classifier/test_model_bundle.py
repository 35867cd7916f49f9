"""Bundles that must not be served."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import BundleCorruptError, BundleMissingError, BundleStaleError
from classifier.manifest import read_manifest, to_json, version_of
from classifier.model_bundle import _swap_in, load_bundle
from classifier.second_reader import JoiningPlan
from classifier.text.concepts import concept_lexicon
from tests.privileges import without_privileges


@pytest.fixture
def spoiled(bundle_folder: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be spoiled."""
    return Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))


def test_missing_bundle_says_what_to_do(tmp_path: Path) -> None:
    """The message names the folder and the command that makes one."""
    with pytest.raises(BundleMissingError, match=f"{tmp_path}.*wurao train"):
        load_bundle(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["features.txt", "weights.npy", "biases.npy", "words.tsv", "rules.json", "pipeline.joblib"],
)
def test_changed_byte_is_found_in_every_file(spoiled: Path, name: str) -> None:
    """The file at fault is named."""
    content = bytearray((spoiled / name).read_bytes())
    content[len(content) // 2] ^= 1
    (spoiled / name).write_bytes(content)
    with pytest.raises(BundleCorruptError, match=f"{name}: was truncated or changed"):
        load_bundle(spoiled)


def test_truncated_and_missing_files_are_found(spoiled: Path) -> None:
    """Half a file and no file are told apart."""
    weights = spoiled / "weights.npy"
    weights.write_bytes(weights.read_bytes()[:1_000])
    with pytest.raises(BundleCorruptError, match=r"weights.npy: was truncated"):
        load_bundle(spoiled)
    weights.unlink()
    with pytest.raises(BundleCorruptError, match=r"weights.npy: is missing"):
        load_bundle(spoiled)


@pytest.mark.parametrize("closed", ["weights.npy", "manifest.json", "reader.onnx", "."])
def test_what_may_not_be_read_is_named(spoiled: Path, closed: str) -> None:
    """A file or folder that belongs to somebody else is no missing one, and no traceback."""
    (spoiled / closed).chmod(0)
    program = (
        "import sys; from pathlib import Path\n"
        "from classifier.errors import BundleError\n"
        "from classifier.model_bundle import load_bundle\n"
        "try: load_bundle(Path(sys.argv[1]))\n"
        "except BundleError as error: print(type(error).__name__, error)"
    )
    command = [*without_privileges(), sys.executable, "-c", program, str(spoiled)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (spoiled / closed).chmod(0o755)
    named = spoiled / ("manifest.json" if closed == "." else closed)
    assert said.startswith(f"BundleUnreadableError {named}: cannot be read: Permission denied; ")


def test_changed_manifest_is_found(spoiled: Path) -> None:
    """A threshold cannot be edited by hand, nor the manifest cut off."""
    manifest = spoiled / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["thresholds"]["stop"] = 0.0
    manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleCorruptError, match="was changed after it was written"):
        load_bundle(spoiled)
    manifest.write_text('{"format": 1', "utf-8")
    with pytest.raises(BundleCorruptError, match="is damaged"):
        load_bundle(spoiled)


@pytest.mark.parametrize(
    "change",
    [
        {"thresholds": {"stop": "a", "review": 0.1, "complaint": 0.7, "objection": 0.8}},
        {"thresholds": {"stop": 5, "review": 0.1, "complaint": 0.7, "objection": 0.8}},
        {"thresholds": {"stop": float("nan"), "review": 0.1, "complaint": 0.7, "objection": 0.8}},
        {"second_thresholds": {"stop": -1, "review": 0.1, "complaint": 0.7, "objection": 0.8}},
        {"labels": ["complaint", "opt_out", "normal"]},
        {"labels": ["opt_out", "complaint", "other"]},
        {"test_scores": []},
        {"test_scores": {"labels": 5}},
        {"recipe": []},
        {"libraries": {"numpy": 2}},
    ],
)
def test_a_manifest_of_wrong_contents_is_refused(spoiled: Path, change: dict[str, object]) -> None:
    """Also where whoever made it kept its digest right; nobody serves or lists it."""
    path = spoiled / "manifest.json"
    content = json.loads(path.read_text("utf-8")) | change
    path.write_text(to_json(content | {"version": version_of(content)}), "utf-8")
    with pytest.raises(BundleCorruptError, match=r"manifest\.json: is (damaged|of other labels)"):
        read_manifest(spoiled)


def no_number(folder: Path) -> None:
    """One weight of one feature is no number."""
    weights = np.load(folder / "weights.npy")
    weights[7, 0] = np.nan
    np.save(folder / "weights.npy", weights)


def half_the_rows(folder: Path) -> None:
    """More names than rows, which once kept a table looking for room for ever."""
    weights = np.load(folder / "weights.npy")
    np.save(folder / "weights.npy", weights[: len(weights) // 2])


def few_columns(folder: Path) -> None:
    """Labels alone."""
    for name in ("weights", "biases"):
        array = np.load(folder / f"{name}.npy")
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array[..., :3]))


def whole_numbers(folder: Path) -> None:
    """Another type of number."""
    np.save(folder / "weights.npy", np.load(folder / "weights.npy").astype(np.int32))


def no_weights(folder: Path) -> None:
    """An array cut off before it begins."""
    (folder / "weights.npy").write_bytes(b"")


def no_words(folder: Path) -> None:
    """An empty dictionary."""
    (folder / "words.tsv").write_text("", "utf-8")


def half_a_rule(folder: Path) -> None:
    """A rule of the floor without its replies, which once ended the start in a traceback."""
    (folder / "rules.json").write_text(
        '[{"name": "td", "channels": ["sms"], "source": ""}]', "utf-8"
    )


def rule_of_numbers(folder: Path) -> None:
    """No rules at all."""
    (folder / "rules.json").write_text("[1, 2]", "utf-8")


@pytest.mark.parametrize(
    "spoil",
    [
        no_number,
        half_the_rows,
        few_columns,
        whole_numbers,
        no_weights,
        no_words,
        half_a_rule,
        rule_of_numbers,
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    spoiled: Path, spoil: Callable[[Path], None]
) -> None:
    """Also where whoever made the bundle kept its digests right."""
    spoil(spoiled)
    path = spoiled / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    for name in content["files"]:
        content["files"][name] = hashlib.sha256((spoiled / name).read_bytes()).hexdigest()
    content["version"] = version_of(content)
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleCorruptError, match=r"do not fit together.*wurao train"):
        load_bundle(spoiled)


def test_other_format_is_stale(spoiled: Path) -> None:
    """A bundle of another layout asks for a new training run."""
    (spoiled / "manifest.json").write_text('{"format": 99}', "utf-8")
    with pytest.raises(BundleStaleError, match=r"format 99, this code reads 2; .*newer release"):
        load_bundle(spoiled)
    (spoiled / "manifest.json").write_text('{"format": 1}', "utf-8")
    with pytest.raises(BundleStaleError, match="format 1, this code reads 2; train one"):
        load_bundle(spoiled)


def test_manifest_with_other_fields_is_stale(spoiled: Path) -> None:
    """A bundle of another version of the code is told from a damaged one."""
    manifest = spoiled / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    del content["length_exponent"]
    content["version"] = version_of(content)
    manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleStaleError, match="made by another version"):
        load_bundle(spoiled)


def test_a_manifest_with_other_fields_within_is_stale(spoiled: Path) -> None:
    """One threshold more or less is no damage either; what has a value of its own may lack."""
    path = spoiled / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    plan = JoiningPlan(0.1, 0.1, ((1.0,) * 6,) * 3, (0.0,) * 3, "ab")
    parts: dict[str, dict[str, object]] = {
        "thresholds": content["thresholds"],
        "second_reading": asdict(plan),
    }
    parts["second_thresholds"] = parts["thresholds"]

    def put(**changed: object) -> Path:
        changed = content | parts | changed
        path.write_text(to_json(changed | {"version": version_of(changed)}), "utf-8")
        return spoiled

    for name, part in parts.items():
        for other in (part | {"more": 0.5}, dict(list(part.items())[1:])):
            with pytest.raises(BundleStaleError, match="made by another version"):
                read_manifest(put(**{name: other}))
    del parts["second_reading"]["reply_shift"]
    assert read_manifest(put()).second_reading == plan


def test_failed_swap_keeps_the_old_bundle(spoiled: Path, tmp_path: Path) -> None:
    """When the new bundle cannot be put in its place, the old one is back there."""
    with pytest.raises(FileNotFoundError):
        _swap_in(tmp_path / "nothing", spoiled, tmp_path / "old")
    load_bundle(spoiled)


def test_lexicon_change_is_stale(bundle_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single word taken out of the lexicon changes the fingerprint."""
    lexicon = concept_lexicon()
    monkeypatch.delitem(lexicon.concept_of, "阴魂不散")
    with pytest.raises(BundleStaleError, match="other features"):
        load_bundle(bundle_folder)


def test_other_features_are_stale(bundle_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle trained with other features than the code makes now is refused."""
    monkeypatch.setattr("classifier.text.features._ASKED_CHARACTERS", 2)
    with pytest.raises(BundleStaleError, match=r"other features.*wurao train"):
        load_bundle(bundle_folder)
