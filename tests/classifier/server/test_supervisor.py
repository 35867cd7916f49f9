"""Several workers behind one port, and what happens when they die."""

import asyncio
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.client.calls import channel_options
from classifier.errors import SettingsError
from classifier.server import supervisor
from classifier.server.reserved_port import reserved_port
from classifier.server.settings import read_settings
from tests.load import ChannelOptions, under_load
from tests.server_process import (
    await_listeners,
    await_workers,
    children_of,
    serve_command,
    start_server,
    workers_of,
)

# What a client in another language takes over.
_CONFIG_ALONE: ChannelOptions = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config", files("wurao.v1").joinpath("service_config.json").read_text("utf-8")),
]

# The worker 0 dies once, then cannot start ten times, and serves after that.
_SICKLY = """
import pathlib, sys, time
folder, number = pathlib.Path(sys.argv[1]), sys.argv[2]
begun = folder / number
begun.write_text(begun.read_text() + "x" if begun.exists() else "x")
starts = len(begun.read_text())
if number == "0" and 1 < starts < 12:
    print("failed no store")
    sys.exit(1)
print("ready", flush=True)
(folder / f"{number}-serves-after-{starts}").touch()
while number == "0" and starts == 1 and not (folder / "1-serves-after-1").exists():
    time.sleep(0.01)
if number == "1" or starts > 1:
    sys.stdin.read()
"""

# The worker 0 dies once it may, and one that is started after it says nothing and heeds nothing.
_SILENT = """#!{python}
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
if (folder / "died").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / "hangs").touch()
    time.sleep(600)
print("ready", flush=True)
while not (folder / "die").exists() or sys.argv[2] != "0":
    time.sleep(0.01)
(folder / "died").touch()
"""


def test_killed_worker_costs_no_call(bundle_folder: Path) -> None:
    """Under load no call fails when workers die by SIGKILL; others soon listen in their place."""
    with (
        start_server(bundle_folder, WURAO_WORKERS="2") as server,
        under_load(server.address, callers=4, options=channel_options()) as ours,
        under_load(server.address, callers=4, options=_CONFIG_ALONE) as others,
    ):
        for _ in range(3):
            victim = workers_of(server)[0]
            os.kill(victim, signal.SIGKILL)
            await_workers(server, 2, without=victim, seconds=2)
            await_listeners(server.address, 2)
            for load in (ours, others):  # a call is begun anew for two seconds, not for two deaths
                load.await_new_calls()
                load.await_answers(200)
    assert ours.errors == []
    assert others.errors == []


def test_worker_that_is_told_to_stop_costs_no_call(bundle_folder: Path) -> None:
    """SIGTERM to one worker under load: it lets its calls finish, the others take what is new."""
    with (
        start_server(bundle_folder, WURAO_WORKERS="2") as server,
        under_load(server.address) as load,
    ):
        leaving = workers_of(server)[0]
        os.kill(leaving, signal.SIGTERM)
        await_workers(server, 2, without=leaving, seconds=4)
        load.await_answers(200)
    assert load.errors == []


def test_stop_under_load_costs_no_call(bundle_folder: Path) -> None:
    """SIGTERM: health says NOT_SERVING, calls in flight are answered, exit status 0 in time."""
    settings = {"WURAO_GRACE_SECONDS": "6", "WURAO_DRAIN_SECONDS": "2"}
    with (
        start_server(bundle_folder, WURAO_WORKERS="2", **settings) as server,
        under_load(server.address, heeds_health=True) as load,
    ):
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=6) == 0
    assert load.errors == []


def test_dying_workers_end_the_server(bundle_folder: Path, tmp_path: Path) -> None:
    """When no worker serves and no new one can start, the server ends by itself, and says why."""
    folder = Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))
    with start_server(folder, WURAO_WORKERS="2") as server:
        (folder / "biases.npy").unlink()
        for worker in workers_of(server):
            os.kill(worker, signal.SIGKILL)
        assert server.process.wait(timeout=30) == 1
        assert server.process.stderr is not None
        log = server.process.stderr.read()
    assert "worker 0 ended with signal SIGKILL; starting another" in log
    assert "biases.npy: is missing" in log
    assert "quick deaths in a row, giving up" in log
    assert "Traceback" not in log


def test_worker_that_cannot_start_ends_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another worker serves, one is started again and again until it serves too."""
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_SECONDS", 0.0001)
    monkeypatch.setattr(supervisor, "_MOST_SILENT_BEATS", 60)  # these say one thing
    command = [sys.executable, "-c", _SICKLY, str(tmp_path)]
    settings = read_settings({"WURAO_ADDRESS": "127.0.0.1:0", "WURAO_WORKERS": "2"})

    async def run() -> None:
        serving = supervisor.supervise(command, os.environ, settings, lambda said: None)
        ended = asyncio.ensure_future(serving)
        deadline = time.monotonic() + 60
        while not (tmp_path / "0-serves-after-12").exists() and not ended.done():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        await ended

    asyncio.run(run())
    assert (tmp_path / "1").read_text("utf-8") == "x"


def test_a_worker_that_hangs_at_its_start_holds_up_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed after the grace, as one that serves would be."""
    monkeypatch.setattr(supervisor, "_KILL_AFTER_SECONDS", 1.0)
    command = [sys.executable, "-c", _SILENT, str(tmp_path)]
    (tmp_path / "die").touch()
    asyncio.run(supervised(command, until=(tmp_path / "hangs").exists))


def test_a_worker_that_hangs_at_its_start_is_killed_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another is started in its place."""
    monkeypatch.setattr(supervisor, "_KILL_AFTER_SECONDS", 1.0)
    command = [sys.executable, "-c", _SILENT, str(tmp_path)]
    announced: list[str] = []
    hung = 0

    def hung_twice() -> bool:
        nonlocal hung
        if announced:
            monkeypatch.setattr(supervisor, "_START_SECONDS", 0.5)  # for those that come after
            (tmp_path / "die").touch()
        if (tmp_path / "hangs").exists():
            (tmp_path / "hangs").rename(tmp_path / "hung")
            hung += 1
        return hung == 2

    asyncio.run(supervised(command, hung_twice, announced.append))


def test_a_process_that_cannot_be_made_ends_no_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While no process is to be had, those that are there go on."""
    program = tmp_path / "worker"
    program.write_text(_SILENT.format(python=sys.executable), "utf-8")
    program.chmod(0o700)

    def told() -> bool:
        program.unlink(missing_ok=True)
        (tmp_path / "die").touch()
        return "worker 0 cannot start: No such file or directory" in caplog.text

    announced: list[str] = []
    command = [str(program), str(tmp_path)]
    asyncio.run(supervised(command, lambda: bool(announced) and told(), announced.append))


async def supervised(
    command: list[str],
    until: Callable[[], bool],
    announce: Callable[[str], None] = lambda said: None,
) -> None:
    """Run two workers until something is so, then stop them; the supervisor must not end before."""
    settings = read_settings({
        "WURAO_ADDRESS": "127.0.0.1:0",
        "WURAO_WORKERS": "2",
        "WURAO_GRACE_SECONDS": "0.1",
        "WURAO_DRAIN_SECONDS": "0",
    })
    ended = asyncio.ensure_future(supervisor.supervise(command, os.environ, settings, announce))
    async with asyncio.timeout(60):
        while not until():
            assert not ended.done()
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        await ended


def test_a_signal_without_a_name_ends_no_server(caplog: pytest.LogCaptureFixture) -> None:
    """Those of real time have none; the worker is started again like any other."""
    program = 'import os, signal; print("ready", flush=True); os.kill(os.getpid(), 37)'
    told = "worker 0 ended with signal 37; starting another"
    asyncio.run(supervised([sys.executable, "-c", program], until=lambda: told in caplog.text))


def test_hangup_before_the_workers_serve_ends_none(bundle_folder: Path) -> None:
    """SIGHUP to a server that is starting is no more than too early."""
    command = [*serve_command(bundle_folder, "127.0.0.1:0"), "--workers", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while len(children_of(process.pid)) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        while not select.select([process.stdout], [], [], 0.1)[0]:
            process.send_signal(signal.SIGHUP)
        assert process.stdout.readline().startswith("serving model ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


def test_workers_that_cannot_start_say_why_once(tmp_path: Path) -> None:
    """The first start is not tried again."""
    command = [*serve_command(tmp_path, "127.0.0.1:0"), "--workers", "2"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert result.stderr.count("no model bundle here") == 1
    assert "Traceback" not in result.stderr


def test_workers_never_outlive_their_supervisor(bundle_folder: Path) -> None:
    """After SIGKILL to the supervisor nothing answers on the port any more."""
    with start_server(bundle_folder, WURAO_WORKERS="2") as server:
        workers = workers_of(server)
        server.process.kill()
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{worker}").exists() for worker in workers):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_stranger_on_the_port_is_noticed(bundle_folder: Path, server_address: str) -> None:
    """Neither a plain server nor another group of workers is ever joined."""
    command = [*serve_command(bundle_folder, server_address), "--workers", "2"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert f"{server_address}: cannot be listened on" in result.stderr
    with (
        start_server(bundle_folder, WURAO_WORKERS="2") as server,
        pytest.raises(SettingsError, match="cannot be listened on"),
        reserved_port(server.address),
    ):
        pass


def test_supervisor_never_loads_grpc() -> None:
    """What is never loaded can't be forked, and costs no memory beside the workers."""
    program = "import sys, classifier.server.supervisor; print('grpc' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"
