"""What several tests share: the repository's data and one model trained on a twelfth of it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import dask
import msgspec
import pytest
from filelock import FileLock
from hypothesis import settings

from classifier.manifest import MANIFEST, to_json, version_of
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.checks import freeze, read_checked
from training.dataset import SPLITS, LabelledTurn, read_split
from training.division import part_of
from training.gates.rules import DEFAULT_GATES
from training.recipe import DEFAULT_RECIPE, read_recipe, write_recipe
from training.train import train

for _name in [name for name in os.environ if name.startswith("WURAO_")]:
    if not _name.startswith(("WURAO_TEST_", "WURAO_FUZZ_")):
        del os.environ[_name]  # nobody's own registry, tokens or log of decisions
settings.register_profile("wurao", deadline=None)  # machines of CI are slow and shared
settings.load_profile("wurao")
ROOT = Path(__file__).parent.parent
TURNS = {
    "train": [
        ("a1", "g1", "以后别再打了", "opt_out", "stop_contact"),
        ("a2", "g1", "你们一天打八个电话", "complaint", "contact_frequency"),
        ("a3", "g2", "不需要 谢谢", "normal", "not_interested"),
    ],
    "test": [("b1", "g3", "把我号码删了", "opt_out", "remove_data")],
    "challenge": [("c1", "g4", "先别打了 晚点", "normal", "busy")],
    "behaviour": [("d1", "g5", "在打我就报警", "opt_out", "threat_to_stop")],
}

LABELLED = {
    "channel": "voice",
    "industry": "loan",
    "script": "hans",
    "context": [],
    "also_complaint": False,
    "reasons": [],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process train while the others do what needs no model of all the data.

    The first file that needs it begins, all others that do come last.
    """
    need = [item.path for item in items if "bundle_folder" in getattr(item, "fixturenames", ())]
    ranks = dict.fromkeys(need, 2) | dict.fromkeys(need[:1], 0)
    items.sort(key=lambda item: ranks.get(item.path, 1))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The labelled data of the repository."""
    return ROOT / "data"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def bundle_folder(data_folder: Path, run_folder: Path) -> Path:
    """A bundle as `wurao train` makes it with the default recipe, from a twelfth of the scenes.

    WURAO_TEST_BUNDLE names one that is there already, to spare the minutes while working on
    something else; CI never sets it.
    """
    if given := os.environ.get("WURAO_TEST_BUNDLE"):
        return Path(given).absolute()

    def make(folder: Path) -> None:
        data = keep_a_twelfth(data_folder, folder.with_name("a-twelfth"))
        train(data, DEFAULT_RECIPE, folder, lambda step: print(step))

    return made_once(run_folder / "champion", make)


def keep_a_twelfth(data_folder: Path, folder: Path) -> Path:
    """Write a data set with a twelfth of the scenes that are learnt and of those that are scored.

    Training on all of them takes minutes, and what is tested holds for any model.
    """
    for split in SPLITS:
        # Where training failed, the next process is to fail of the same cause, not of this folder.
        (folder / split).mkdir(parents=True, exist_ok=True)
        for file in (data_folder / split).glob("*.jsonl"):
            lines = file.read_bytes().splitlines(keepends=True)
            if split in {"train", "test"}:
                lines = [
                    line for line in lines if part_of(json.loads(line)["group"], "suite", 12) == 0
                ]
            (folder / split / file.name).write_bytes(b"".join(lines))
    freeze(folder)
    return folder


def made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """Let the first process of a run that needs something make it, while the others wait."""
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            make(path)
    return path


@pytest.fixture(scope="session")
def classifier(bundle_folder: Path) -> TurnClassifier:
    """The compiled scorer of that bundle."""
    return TurnClassifier(load_bundle(bundle_folder))


@pytest.fixture(scope="session")
def splits(data_folder: Path, run_folder: Path) -> dict[str, list[LabelledTurn]]:
    """All turns of the repository, checked; that takes many seconds, so one process does it."""

    def check(path: Path) -> None:
        path.write_bytes(msgspec.msgpack.encode(read_checked(data_folder)))

    checked = made_once(run_folder / "checked-turns", check).read_bytes()
    return msgspec.msgpack.decode(checked, type=dict[str, list[LabelledTurn]])


@pytest.fixture(scope="session")
def test_turns(data_folder: Path) -> list[LabelledTurn]:
    """The frozen test."""
    turns, problems = read_split(data_folder, "test")
    assert not problems
    return turns


@pytest.fixture(scope="session")
def server_address(bundle_folder: Path) -> Iterator[str]:
    """A real server in a process of its own, on a free port."""
    from tests.server_process import start_server

    with start_server(bundle_folder) as server:
        yield server.address


@pytest.fixture(scope="session")
def dask_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The scheduler of a real Dask cluster with two workers."""
    from tests.dask_processes import start_cluster

    with start_cluster(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster.address


@pytest.fixture
def impatient() -> Iterator[None]:
    """Dask gives a scheduler up after eight seconds, about a quarter of what it does by itself."""
    with dask.config.set({"distributed.comm.timeouts.connect": "8s"}):
        yield


@pytest.fixture(scope="session")
def tiny_data(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little of the data, sound, on which training takes seconds."""
    folder = tmp_path_factory.mktemp("tiny") / "data"
    sources = {"train": ("short_answers", 1_500), "test": ("short_answers", 250)}
    for split in SPLITS:
        (folder / split).mkdir(parents=True)
        name, count = sources.get(split, ("", 150))
        source = min((data_folder / split).glob(f"{name}*.jsonl"))
        lines = source.read_bytes().splitlines(keepends=True)[:count]
        (folder / split / source.name).write_bytes(b"".join(lines))
    ordinary = (data_folder / "test" / "ordinary_voice.jsonl").read_bytes().splitlines(True)
    (folder / "test" / "ordinary_voice.jsonl").write_bytes(b"".join(ordinary[:100]))
    freeze(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tiny_data: Path, run_folder: Path) -> Path:
    """A bundle trained on `tiny_data`, without a second reader."""
    return made_once(run_folder / "tiny-bundle", partial(train_small, tiny_data))


def train_small(data: Path, folder: Path) -> None:
    """Train on a little data, in which fewer turns have a feature, without a second reader."""
    recipe = folder.with_name(f"{folder.name}.toml")
    write_recipe(recipe, replace(read_recipe(), features_min_turns=5))
    train(data, recipe, folder, lambda step: None, None)


@pytest.fixture(scope="session")
def training_run(tiny_data: Path, run_folder: Path) -> Path:
    """The folder of one `wurao train`: `models`, MLflow's store `mlflow.db`, and what it `said`."""
    from tests.cli.test_commands import wurao
    from training.tracking import Tracking

    folder = run_folder / "training-run"
    folder.mkdir(exist_ok=True)
    place = f"sqlite:///{folder / 'mlflow.db'}"

    def make(said: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            Tracking(place)  # makes the tables, and keeps files in this folder
        verb = ("train", "--data", tiny_data, "--store", folder / "models", "--no-second-reader")
        said.write_text(wurao(*verb, "--mlflow", place).stdout, "utf-8")

    made_once(folder / "said", make)
    return folder


@pytest.fixture(scope="session")
def lawful_data(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the refusals that the law names: a model that misses one cannot be promoted."""
    folder = tmp_path_factory.mktemp("lawful") / "data"
    shutil.copytree(tiny_data, folder)
    with (folder / "train" / "short_answers.jsonl").open("a", encoding="utf-8") as file:
        for line in DEFAULT_GATES.with_name("statutory.jsonl").read_bytes().splitlines():
            record = LABELLED | json.loads(line)
            record |= {"group": record["id"], "label": "opt_out", "kind": "stop_contact"}
            del record["source"]
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return folder


@pytest.fixture(scope="session")
def lawful_bundle(lawful_data: Path, run_folder: Path) -> Path:
    """A bundle trained on `lawful_data`, without a second reader."""
    return made_once(run_folder / "lawful-bundle", partial(train_small, lawful_data))


def write_variant(bundle: Path, folder: Path, **thresholds: float) -> Path:
    """Write a model with other thresholds: a bundle of its own version."""
    shutil.copytree(bundle, folder)
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    content["thresholds"] |= thresholds
    content["version"] = version_of(content)
    (folder / MANIFEST).write_text(to_json(content), "utf-8")
    return folder


@pytest.fixture(scope="session")
def make_variant(tiny_bundle: Path) -> Callable[..., Path]:
    """A function that writes the tiny model with other thresholds into a folder."""
    return partial(write_variant, tiny_bundle)


@pytest.fixture
def variant(lawful_bundle: Path, tmp_path: Path) -> Callable[..., Path]:
    """A function that writes one that may be promoted, by a name, in the test's own folder."""
    return lambda name, **thresholds: write_variant(lawful_bundle, tmp_path / name, **thresholds)


@pytest.fixture
def small_data(tmp_path: Path) -> Path:
    """Six sound turns in four splits."""
    for split, turns in TURNS.items():
        (tmp_path / split).mkdir()
        lines = [
            {
                **LABELLED,
                "id": name,
                "group": group,
                "text": text,
                "label": label,
                "kind": kind,
            }
            for name, group, text, label, kind in turns
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (tmp_path / split / "turns.jsonl").write_text(text, "utf-8")
    freeze(tmp_path)
    return tmp_path
