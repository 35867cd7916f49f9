"""A damaged copy of a model is mended by adding the model again."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.store.test_model_store import promote
from training.store.history import Kind
from training.store.model_store import ModelStore
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
