"""A newly promoted bundle, taken while calls go on."""

import asyncio
import hashlib
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.manifest import read_manifest, version_of
from classifier.model_bundle import Bundle, load_bundle
from classifier.server import serving_model
from classifier.server.serving_model import ServingModel
from tests.load import Load, under_load
from tests.server_process import serve_command, start_server


def other_version(bundle: Path, folder: Path) -> str:
    """Copy a bundle with another threshold, and so another version, which is returned."""
    shutil.copytree(bundle, folder)
    path = folder / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    content["thresholds"]["stop"] /= 2
    content["version"] = version_of(content)
    path.write_text(json.dumps(content), "utf-8")
    return str(content["version"])


def point(link: Path, folder: Path) -> None:
    """Make a symbolic link point to another folder, in one step."""
    new = link.with_name("new-link")
    new.symlink_to(folder)
    new.replace(link)


def await_version(load: Load, version: str) -> None:
    """Wait until an answer names the version."""
    deadline = time.monotonic() + 20
    while version not in load.versions[-20:]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("by_signal", [False, True])
def test_new_bundle_is_taken_without_losing_a_call(
    bundle_folder: Path, tmp_path: Path, by_signal: bool
) -> None:
    """Found by itself or on SIGHUP, on each worker; each answer names one of the two versions."""
    old = read_manifest(bundle_folder).version
    new = other_version(bundle_folder, tmp_path / "new")
    (tmp_path / "champion").symlink_to(bundle_folder)
    settings = {"WURAO_WORKERS": "2", "WURAO_RELOAD_SECONDS": "60" if by_signal else "0.1"}
    with (
        start_server(tmp_path / "champion", **settings) as server,
        under_load(server.address) as load,
    ):
        point(tmp_path / "champion", tmp_path / "new")
        if by_signal:
            server.process.send_signal(signal.SIGHUP)
        await_version(load, new)
        deadline = time.monotonic() + 20
        while old in load.versions[-40:]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert load.errors == []
    assert set(load.versions) == {old, new}


def cut_off(bundle: Path) -> None:
    """Take the last byte from the weights."""
    weights = bundle / "weights.npy"
    weights.write_bytes(weights.read_bytes()[:-1])


def leave_out_a_rule(bundle: Path) -> None:
    """Make a rule hold nothing, with the right digests."""
    rules = b"[{}]"
    (bundle / "rules.json").write_bytes(rules)
    path = bundle / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    content["files"]["rules.json"] = hashlib.sha256(rules).hexdigest()
    content["version"] = version_of(content)
    path.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (cut_off, "weights.npy: was truncated or changed"),
        (leave_out_a_rule, "a rule of the floor has no 'name'"),
    ],
)
def test_broken_bundle_is_refused(
    tiny_bundle: Path, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    """The old one goes on, the log says why once, and a good one is taken afterwards."""
    old = read_manifest(tiny_bundle).version
    new = other_version(tiny_bundle, tmp_path / "new")
    shutil.copytree(tmp_path / "new", tmp_path / "broken")
    spoil(tmp_path / "broken")
    (tmp_path / "champion").symlink_to(tiny_bundle)
    with (
        start_server(tmp_path / "champion", WURAO_RELOAD_SECONDS="0.1") as server,
        under_load(server.address, callers=1) as load,
    ):
        point(tmp_path / "champion", tmp_path / "broken")
        time.sleep(2)
        assert set(load.versions) == {old}
        point(tmp_path / "champion", tmp_path / "new")
        await_version(load, new)
        server.process.send_signal(signal.SIGTERM)
        log = server.process.communicate()[1]
    assert log.count("new bundle refused, the old one goes on:") == 1
    assert reason in log
    assert f"model {new} takes over from {old}" in log


def test_bundle_that_is_gone_for_a_moment_changes_nothing(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """Between two renames there is no folder; the server waits for the next look."""
    folder = Path(shutil.copytree(tiny_bundle, tmp_path / "champion"))
    new = other_version(tiny_bundle, tmp_path / "new")
    with (
        start_server(folder, WURAO_RELOAD_SECONDS="0.1") as server,
        under_load(server.address, callers=1) as load,
    ):
        folder.rename(tmp_path / "old")
        time.sleep(0.5)
        (tmp_path / "new").rename(folder)
        await_version(load, new)
        assert server.process.poll() is None
    assert load.errors == []


def test_hangup_while_the_first_bundle_is_loaded_changes_nothing(bundle_folder: Path) -> None:
    """SIGHUP ends no server that is starting."""
    command = serve_command(bundle_folder, "127.0.0.1:0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not catches(process.pid, signal.SIGTERM):
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline().startswith("serving model ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


def catches(pid: int, number: signal.Signals) -> bool:
    """Return whether a process handles a signal."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    (caught,) = (int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:"))
    return bool(caught >> (number - 1) & 1)


def test_what_was_in_the_way_passes(
    bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle refused for want of memory is tried again though none of its files change."""
    new = other_version(bundle_folder, tmp_path / "new")
    (tmp_path / "champion").symlink_to(bundle_folder)
    model, load = ServingModel(tmp_path / "champion", second_reader=False), load_bundle
    told: list[tuple[bool, str]] = []

    def fail_once(folder: Path, second_reader: bool) -> Bundle:
        if not told:
            raise MemoryError
        return load(folder, second_reader)

    async def follow() -> None:
        following = asyncio.ensure_future(model.follow(0.01, lambda *said: told.append(said)))
        point(tmp_path / "champion", tmp_path / "new")
        async with asyncio.timeout(60):
            while len(told) < 2:
                await asyncio.sleep(0.01)
        following.cancel()

    monkeypatch.setattr(serving_model, "_TRY_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(serving_model, "load_bundle", fail_once)
    old = model.current.manifest.version
    asyncio.run(follow())
    assert told == [(False, old), (True, new)]


@pytest.mark.parametrize("step", ["_stamp", "load_bundle"])
def test_volume_that_hangs_holds_up_no_call(
    bundle_folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the bundle's folder is looked at, or a new one loaded, the event loop goes on."""
    model = ServingModel(bundle_folder, second_reader=False)
    model.look_now()
    looking, answered, in_time = threading.Event(), threading.Event(), []

    def hang(*_asked: object) -> tuple[()]:
        looking.set()
        in_time.append(answered.wait(10))
        return ()

    async def answer_meanwhile() -> None:
        following = asyncio.ensure_future(model.follow(0.01, lambda loaded, version: None))
        while not looking.is_set():
            await asyncio.sleep(0.01)
        answered.set()
        while not in_time:
            await asyncio.sleep(0.01)
        following.cancel()

    monkeypatch.setattr(serving_model, step, hang)
    asyncio.run(answer_meanwhile())
    assert in_time == [True]
