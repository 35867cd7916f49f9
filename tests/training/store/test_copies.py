"""A damaged copy of a model is mended by adding the model again."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.errors import ModelStoreError
from tests.training.store.test_model_store import promote
from training.store.history import Kind
from training.store.lineage import LINEAGE, current_user, write_lineage
from training.store.model_store import Alias, ModelStore
from training.store.soundness import verify


@pytest.mark.parametrize("file", ["weights.npy", "manifest.json"])
def test_adding_again_mends_a_damaged_copy(
    tmp_path: Path, variant: Callable[..., Path], file: str
) -> None:
    """The champion itself is whole again, and the history says that it came in once more."""
    store, bundle = ModelStore(tmp_path / "models"), variant("one")
    version = store.add(bundle)
    promote(store, version)
    (version.folder / file).write_bytes(b"x")
    assert verify(store) != []
    assert store.add(bundle, "elsewhere").lineage != version.lineage
    assert verify(store) == []
    assert store.find("champion").name == version.name
    told = store.history()[-1]
    expected = (Kind.ADDED, version.name, "in place of a damaged copy")
    assert (told.kind, told.version, told.reason) == expected


def test_a_bundle_from_a_read_only_place_comes_in(
    tmp_path: Path, variant: Callable[..., Path]
) -> None:
    """Its copy is the store's own, which writes the lineage into it and may prune it."""
    bundle = variant("one")
    for path in (bundle, *bundle.rglob("*")):
        path.chmod(path.stat().st_mode & 0o555)
    version = ModelStore(tmp_path / "models").add(bundle, "elsewhere")
    assert version.lineage is not None
    for path in (version.folder, *version.folder.rglob("*")):
        assert path.stat().st_mode & stat.S_IWUSR


@pytest.mark.parametrize("written", ["now", "before", "damaged"])
def test_a_copy_tells_who_trained_it(
    tmp_path: Path, variant: Callable[..., Path], written: str
) -> None:
    """Commit, who and when go along from store to store; who added it is told besides."""
    first = ModelStore(tmp_path / "first").add(variant("one"))
    assert first.lineage is not None
    made = replace(
        first.lineage, added_at="2026-01-01T00:00:00+00:00", added_by="她", uncommitted=True,
        trained_at="2026-01-01T00:00:00+00:00", trained_by="她",
    )  # fmt: skip
    if written == "before":
        made = replace(made, trained_at="", trained_by="")
    write_lineage(first.folder, made)
    if written == "damaged":
        (first.folder / LINEAGE).write_text("{", "utf-8")
    second = ModelStore(tmp_path / "second").add(first.folder, "first")
    third = ModelStore(tmp_path / "third").add(second.folder, "second")
    for lineage, origin in ((second.lineage, "first"), (third.lineage, "second")):
        assert lineage is not None
        told = (lineage.commit, lineage.uncommitted, lineage.trained_at, lineage.trained_by)
        expected = (made.commit, True, made.added_at, made.added_by)
        assert told == (("", False, "", "") if written == "damaged" else expected)
        assert (lineage.origin, lineage.added_by) == (origin, current_user())
        assert lineage.added_at > made.added_at


@pytest.mark.parametrize("damaged", [None, "weights.npy"])
def test_a_sound_champion_from_a_backup_outlives_a_damaged_copy(
    tmp_path: Path, variant: Callable[..., Path], damaged: str | None
) -> None:
    """What stands where the link should is thrown away only where the store's own copy is sound."""
    store, bundle = ModelStore(tmp_path / "models"), variant("one")
    version = store.add(bundle)
    promote(store, version)
    champion = store.folder / "champion"
    champion.unlink()
    shutil.copytree(bundle, champion)
    if damaged:
        (version.folder / damaged).write_bytes(b"x")
    found = ModelStore(store.folder).find("champion")
    assert champion.is_symlink()
    assert found.name == version.name
    assert verify(store) == []
    assert [path.name for path in store.folder.glob(".*")] == [".lock"]


def test_two_damaged_copies_are_left_as_they_are(
    tmp_path: Path, variant: Callable[..., Path]
) -> None:
    """Nobody knows which is worth more."""
    store, bundle = ModelStore(tmp_path / "models"), variant("one")
    version = store.add(bundle)
    champion = store.folder / "champion"
    shutil.copytree(bundle, champion)
    for folder, file in ((version.folder, "weights.npy"), (champion, "words.tsv")):
        (folder / file).write_bytes(b"x")
    with pytest.raises(ModelStoreError, match=r"neither it nor .* is sound"):
        ModelStore(store.folder)
    assert (champion / "words.tsv").read_bytes() == b"x"
    assert (version.folder / "weights.npy").read_bytes() == b"x"


def test_a_store_copied_through_its_links_is_a_store(
    tmp_path: Path, variant: Callable[..., Path]
) -> None:
    """`cp -rL`, `scp -r` and many archives make folders of the names; they become names again."""
    store = ModelStore(tmp_path / "models")
    versions = [store.add(variant("one")), store.add(variant("two", review=0.01))]
    promote(store, versions[0])
    shutil.copytree(store.folder, tmp_path / "copy")
    copy = ModelStore(tmp_path / "copy")
    assert [copy.find(alias).name for alias in Alias] == [version.name for version in versions]
    assert verify(copy) == []
    copy.add(variant("three", review=0.02))
    assert verify(copy) == []


def test_a_folder_in_the_place_of_a_name_is_told_before_the_training(tmp_path: Path) -> None:
    """Nothing can be made the candidate there."""
    store = ModelStore(tmp_path / "models")
    (store.folder / "versions").mkdir(parents=True)
    (store.folder / "candidate").mkdir()
    assert any("candidate: is no symbolic link" in problem for problem in verify(store))
    refused = pytest.raises(ModelStoreError, match="candidate: is a folder and no bundle")
    with refused, store.workplace():
        pass
