"""A real Dask cluster: a scheduler and two workers, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from distributed import Client

_PATIENCE_SECONDS = 60
# What Dask's processes do while they have no work is less often: by itself a cluster of three takes
# 8 % of a core all the time that others of a test run work.
_QUIET = {
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "2s",
    "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING_INTERVAL": "1s",
    "DASK_DISTRIBUTED__WORKER__MEMORY__MONITOR_INTERVAL": "2s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """A running cluster.

    Attributes:
        address: Of the scheduler.
        scheduler: Its process.
        workers: Theirs.
    """

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def start_cluster(
    folder: Path,
    workers: int = 2,
    scheduler_path: str = "",
    worker_path: str = "",
    protocol: str = "tcp",
) -> Generator[DaskCluster]:
    """Start a cluster on free ports; end all its processes afterwards.

    Args:
        folder: Working folder of its processes.
        workers: How many, one thread each.
        scheduler_path: PYTHONPATH of the scheduler.
        worker_path: PYTHONPATH of the workers.
        protocol: ``tcp``, or ``tls`` by the certificates that Dask's settings name.
    """
    told = folder / "scheduler.json"
    with ExitStack() as running:
        start = partial(_start, running, folder)
        listening = ("--host", "127.0.0.1", "--no-dashboard")
        where = ("--port", "0", "--scheduler-file", str(told), "--protocol", protocol)
        scheduler = start(scheduler_path, "scheduler", *listening, *where)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not told.is_file() or not told.read_bytes().endswith(b"}"):
            assert time.monotonic() < deadline, (folder / "scheduler.log").read_text("utf-8")
            assert scheduler.poll() is None, (folder / "scheduler.log").read_text("utf-8")
            time.sleep(0.05)
        address = json.loads(told.read_text("utf-8"))["address"]
        own = ("--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
        processes = [
            start(worker_path, "worker", address, *listening, *own) for _ in range(workers)
        ]
        if workers:
            with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
                client.wait_for_workers(workers, timeout=_PATIENCE_SECONDS)
        yield DaskCluster(address, scheduler, processes)


def _start(
    running: ExitStack, folder: Path, python_path: str, verb: str, *arguments: str
) -> subprocess.Popen[bytes]:
    log = running.enter_context((folder / f"{verb}.log").open("ab"))
    command = [sys.executable, "-m", "dask", verb, *arguments]
    environment = os.environ | _QUIET | {"PYTHONPATH": python_path}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    running.callback(process.wait)
    running.callback(process.kill)
    return process
