"""The model store: nothing is lost, nothing half-done is seen."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.errors import BundleError, ModelStoreError
from classifier.model_bundle import load_bundle, refuse_other_folder
from tests.conftest import ROOT
from training.store.history import Event, Kind, read_history
from training.store.model_store import Alias, ModelStore, Version
from training.store.soundness import verify

Variant = Callable[..., Path]


def promote(store: ModelStore, version: Version) -> None:
    """Make a version the champion without asking the gates."""
    champion = store.target(Alias.CHAMPION)
    store.promote(version, Event(Kind.PROMOTED, version.name, champion.name if champion else ""))


def point(store: ModelStore, version: Version) -> None:
    """Leave the link as a kill between record and link would."""
    (store.folder / "champion").unlink()
    (store.folder / "champion").symlink_to(Path("versions") / version.name)


def test_added_bundle_is_the_candidate_with_its_lineage(
    store: ModelStore, variant: Variant
) -> None:
    """What was trained is found by name, and so is who did it, when and with what code."""
    bundle = variant("one")
    version = store.add(bundle)
    assert version.aliases == (Alias.CANDIDATE,)
    assert store.target(Alias.CHAMPION) is None
    assert store.find("candidate") == store.find(version.name[:4]) == version
    assert version.manifest().version == load_bundle(bundle).manifest.version
    head = subprocess.run(
        [shutil.which("git") or "git", "rev-parse", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.lineage is not None
    assert version.lineage.commit == head.stdout.strip()
    assert version.lineage.added_by
    assert verify(store) == []


def test_adding_twice_keeps_the_first(store: ModelStore, variant: Variant) -> None:
    """The same bundle is one version, whose lineage does not change."""
    bundle = variant("one")
    first = store.add(bundle)
    assert store.add(bundle, "elsewhere").lineage == first.lineage
    assert [event.kind for event in store.history()] == [Kind.ADDED]


def test_damaged_bundle_is_not_taken_in(store: ModelStore, variant: Variant) -> None:
    """A store holds what a server could serve and nothing else."""
    bundle = variant("one")
    (bundle / "weights.npy").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"weights\.npy: was truncated or changed"):
        store.add(bundle)
    assert store.versions() == []


def test_promotion_and_rollback_walk_the_same_way_back(store: ModelStore, variant: Variant) -> None:
    """Two rollbacks undo two promotions; a third has nowhere to go."""
    versions = [store.add(variant(f"v{i}", review=0.01 * (i + 1))) for i in range(3)]
    for version in versions:
        promote(store, version)
    assert store.roll_back("calls dropped").name == versions[1].name
    assert store.roll_back("still").name == versions[0].name
    with pytest.raises(ModelStoreError, match="no champion before this one"):
        store.roll_back("again")
    assert store.find("champion").name == versions[0].name
    promote(store, versions[2])
    assert store.roll_back("once more").name == versions[0].name
    assert store.history()[-1].reason == "once more"
    assert verify(store) == []


def test_a_promotion_that_was_killed_counts_once(store: ModelStore, variant: Variant) -> None:
    """Killed between record and link, it is made again; a rollback then leads to the one before."""
    first, second = store.add(variant("one")), store.add(variant("two", review=0.01))
    promote(store, first)
    promote(store, second)
    point(store, first)
    [problem] = verify(store)
    assert "promote or roll back" in problem
    with pytest.raises(ModelStoreError, match="no champion before this one"):
        store.roll_back("a drill")
    promote(store, second)
    assert verify(store) == []
    assert store.roll_back("a drill").name == first.name


def test_a_rollback_that_was_killed_is_finished(store: ModelStore, variant: Variant) -> None:
    """Killed between record and link, it leads where it was to lead, not one further."""
    steps = (("one", 0.01), ("two", 0.02), ("three", 0.03))
    versions = [store.add(variant(name, review=level)) for name, level in steps]
    for version in versions:
        promote(store, version)
    store.roll_back("a drill")
    point(store, versions[2])
    assert store.roll_back("again").name == versions[1].name
    assert verify(store) == []
    assert store.roll_back("one further").name == versions[0].name


def test_a_rollback_says_why(store: ModelStore, variant: Variant) -> None:
    """A blank reason is none."""
    for version in [store.add(variant("one")), store.add(variant("two", review=0.01))]:
        promote(store, version)
    with pytest.raises(ModelStoreError, match="needs a reason"):
        store.roll_back("  ")


def test_promotion_against_an_old_champion_is_refused(store: ModelStore, variant: Variant) -> None:
    """What was judged against one champion does not replace another."""
    first, second = store.add(variant("one")), store.add(variant("two", review=0.01))
    promote(store, first)
    with pytest.raises(ModelStoreError, match="was promoted meanwhile"):
        store.promote(second, Event(Kind.PROMOTED, second.name, previous=""))
    with pytest.raises(ModelStoreError, match="is the champion already"):
        promote(store, first)
    assert store.find("champion").name == first.name


def test_what_was_pruned_meanwhile_is_not_promoted(store: ModelStore, variant: Variant) -> None:
    """Judging takes a while; the champion stays what can be loaded."""
    first, second = store.add(variant("one")), store.add(variant("two", review=0.01))
    store.add(variant("three", review=0.02))
    promote(store, first)
    store.prune(0, dry_run=False)
    with pytest.raises(ModelStoreError, match=f"{second.name}: no such version"):
        promote(store, second)
    assert store.find("champion").name == first.name
    assert verify(store) == []


def test_reader_of_the_champion_never_meets_a_part(store: ModelStore, variant: Variant) -> None:
    """While champions change places, every load gives one of them whole."""
    versions = [store.add(variant("one")), store.add(variant("two", review=0.01))]
    promote(store, versions[0])
    seen: set[str] = set()
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                seen.add(load_bundle(store.folder / "champion").manifest.version)
        except BaseException as error:  # ruff: ignore[blind-except]  # told by the test below
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(20):
        promote(store, versions[(i + 1) % 2])
    done.set()
    reader.join()
    assert failures == []
    assert seen <= {version.name for version in versions}
    assert seen


def test_plain_champion_is_taken_in(tmp_path: Path, variant: Variant) -> None:
    """A bundle that stood at models/champion before there was a store serves on as a version."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copytree(variant("one"), folder / "champion")
    version = load_bundle(folder / "champion").manifest.version
    store = ModelStore(folder)
    assert (folder / "champion").is_symlink()
    assert store.find("champion").name == version
    assert load_bundle(folder / "champion").manifest.version == version
    assert verify(store) == []


def test_training_never_replaces_an_alias(store: ModelStore, variant: Variant) -> None:
    """`wurao train -o models/champion` would go round the gates, and is refused."""
    store.add(variant("one"))
    with pytest.raises(BundleError, match="is a model store's name"):
        refuse_other_folder(store.folder / "candidate")


def test_prune_keeps_what_is_needed(store: ModelStore, variant: Variant) -> None:
    """Champion, its forerunner, candidate and the newest stay; the rest goes, and is told."""
    versions = [store.add(variant(f"v{i}", review=0.01 * (i + 1))) for i in range(4)]
    promote(store, versions[0])
    promote(store, versions[1])
    would = store.prune(0, dry_run=True)
    assert [version.name for version in would] == [versions[2].name]
    assert len(store.versions()) == 4
    store.prune(0, dry_run=False)
    assert {v.name for v in store.versions()} == {versions[i].name for i in (0, 1, 3)}
    assert store.history()[-1].kind is Kind.PRUNED
    assert store.roll_back("fine").name == versions[0].name
    assert verify(store) == []


@pytest.mark.parametrize("name", ["champion", "abcd", "x"])
def test_unknown_names_are_refused(store: ModelStore, variant: Variant, name: str) -> None:
    """The message says where to look."""
    store.add(variant("one"))
    with pytest.raises(ModelStoreError, match="wurao"):
        store.find(name)


def test_too_short_a_name_says_so(store: ModelStore, variant: Variant) -> None:
    """Three characters of a version are no proof of what was meant."""
    version = store.add(variant("one"))
    with pytest.raises(ModelStoreError, match=f"{version.name[:3]}: .* 4 characters or more"):
        store.find(version.name[:3])


def test_damaged_history_is_named_by_line(store: ModelStore, variant: Variant) -> None:
    """A broken record is not read over."""
    store.add(variant("one"))
    with (store.folder / "history.jsonl").open("a") as file:
        file.write("nonsense\n")
    with pytest.raises(ModelStoreError, match=r"history\.jsonl:2: is damaged"):
        store.history()
    assert any("history.jsonl:2" in problem for problem in verify(store))


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path, variant: Variant) -> None:
    """Four processes, four versions, four whole lines of history."""
    bundles = [variant(f"v{i}", review=0.01 * (i + 1)) for i in range(4)]
    program = (
        "import sys; from pathlib import Path\n"
        "from training.store.model_store import ModelStore\n"
        "ModelStore(Path(sys.argv[1])).add(Path(sys.argv[2]))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path / "models", bundle], cwd=ROOT)
        for bundle in bundles
    ]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    store = ModelStore(tmp_path / "models")
    assert len(store.versions()) == len(read_history(store.folder)) == 4
    lines = (store.folder / "history.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["version"] for line in lines} == {v.name for v in store.versions()}
    assert verify(store) == []
