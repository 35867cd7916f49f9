"""A server in processes of its own: what it costs in CPU, memory, threads and file descriptors."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class MeasuredServer:
    """A running server.

    Attributes:
        address: Host and port.
        process: Its first process; workers are children of it.
        start_seconds: From its start to its first line, printed when it serves.
    """

    address: str
    process: "subprocess.Popen[str]"
    start_seconds: float

    def workers(self) -> list[int]:
        """Return the process ids of its workers; a server of one process is its own worker."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
        return [int(child) for child in children] or [pid]

    def cpu_seconds(self) -> float:
        """Return the CPU time that the workers have used so far."""
        return sum(self._stat(pid, 11) + self._stat(pid, 12) for pid in self.workers()) / _TICKS

    def megabytes(self) -> float:
        """Return the resident memory of the largest worker, in 10^6 bytes."""
        return max(self._stat(pid, 21) for pid in self.workers()) * _PAGE / 1e6

    def threads(self) -> int:
        """Return the threads of all workers."""
        return sum(self._stat(pid, 17) for pid in self.workers())

    def descriptors(self) -> int:
        """Return the open file descriptors of all workers."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.workers())

    @staticmethod
    def _stat(pid: int, field: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[field])


@contextmanager
def measured_server(
    module: str, arguments: Sequence[str] = (), **environment: str
) -> Generator[MeasuredServer]:
    """Start a server, wait until it serves, and end it afterwards.

    Args:
        module: Run by `python -m`; it prints a line that ends with its address.
        arguments: Of the command line.
        environment: Beside that of this process.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | environment,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        seconds = time.perf_counter() - began
        if not line:
            sys.exit(f"{module}: did not start")
        yield MeasuredServer(line.split()[-1], process, seconds)
    finally:
        process.terminate()
        process.communicate()
