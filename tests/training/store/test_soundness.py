"""What is wrong with a model store is found, by one check or by whoever stumbles over it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT
from tests.training.store.test_model_store import promote
from training.store.model_store import Alias, ModelStore
from training.store.soundness import verify

Variant = Callable[..., Path]


def test_verify_names_what_is_wrong(store: ModelStore, variant: Variant) -> None:
    """A changed weight, a lost lineage and a champion that nobody promoted are each named."""
    one, two = store.add(variant("one")), store.add(variant("two", review=0.01))
    promote(store, one)
    with (one.folder / "weights.npy").open("ab") as file:
        file.write(b"x")
    (two.folder / "lineage.json").unlink()
    (store.folder / "champion").unlink()
    (store.folder / "champion").symlink_to(Path("versions") / two.name)
    problems = "\n".join(verify(store))
    assert "weights.npy: was truncated or changed" in problems
    assert f"{two.folder}: its lineage is missing" in problems
    assert f"champion: the history knows {one.name}" in problems
    (store.folder / "candidate").unlink()
    (store.folder / "candidate").symlink_to("versions/nothing")
    assert "candidate: points to nothing" in "\n".join(verify(store))


def test_verify_notices_changed_lineage_and_reference(store: ModelStore, variant: Variant) -> None:
    """Who trained it with what, and what traffic is held against, cannot be altered unseen."""
    version = store.add(variant("one"))
    lineage = version.folder / "lineage.json"
    whole = lineage.read_text("utf-8")
    lineage.write_text(whole.replace('"added_by": "', '"added_by": "not '), "utf-8")
    assert verify(store) == [f"{lineage}: is not what was added; restore the file"]
    lineage.write_text(whole, "utf-8")
    (version.folder / "report" / "reference.json").unlink()
    [problem] = verify(store)
    assert "reference.json: is not what was added" in problem
    assert store.add(variant("two", review=0.01)).lineage is not None


def test_a_lineage_of_a_wrong_type_is_a_damaged_one(store: ModelStore, variant: Variant) -> None:
    """It costs the list no other version, and a rollback nothing."""
    version = store.add(variant("one"))
    other = store.add(variant("two", review=0.01))
    lineage = version.folder / "lineage.json"
    lineage.write_text(json.dumps(json.loads(lineage.read_bytes()) | {"added_at": 5}), "utf-8")
    assert [found.name for found in store.versions()] == [other.name, version.name]
    assert f"{version.folder}: its lineage is missing or damaged" in verify(store)


def test_a_bundle_without_manifest_is_named(store: ModelStore, variant: Variant) -> None:
    """It stays in the list, and a champion that lost it is a champion still."""
    version = store.add(variant("one"))
    promote(store, version)
    (version.folder / "manifest.json").unlink()
    assert store.target(Alias.CHAMPION) == store.find("candidate")
    assert verify(store) == [
        f"{version.folder}: no model bundle here; train one with `wurao train`"
    ]


def test_what_a_killed_training_left_is_named_and_pruned(
    store: ModelStore, variant: Variant
) -> None:
    """The place of one that runs is left alone."""
    version = store.add(variant("one"))
    program = (
        "import sys, time; from pathlib import Path\n"
        "from training.store.model_store import ModelStore\n"
        "with ModelStore(Path(sys.argv[1])).workplace() as place:\n"
        "    place.mkdir(); print(place, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(store.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as training:
        assert training.stdout is not None
        place = Path(training.stdout.readline().strip())
        assert verify(store) == []
        assert store.prune(5, dry_run=False) == []
        training.kill()
    assert place.is_dir()
    [problem] = verify(store)
    assert f"{place.parent}: was left" in problem
    assert store.prune(5, dry_run=True) == [place.parent]
    assert store.prune(5, dry_run=False) == [place.parent]
    assert not place.parent.exists()
    assert store.versions() == [version]
    assert verify(store) == []
