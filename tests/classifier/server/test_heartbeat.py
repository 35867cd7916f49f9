"""Workers that hang, and how their supervisor notices."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.server_process import (
    await_listeners,
    await_workers,
    free_port,
    serve_command,
    start_server,
    workers_of,
)

_IMPATIENT = """
from classifier.server import supervisor
from cli.main import main
supervisor._MOST_SILENT_BEATS = 3
main()
"""


def test_a_worker_that_hangs_is_replaced(bundle_folder: Path) -> None:
    """One that is stopped would be given connections and answer none of their calls."""
    program = ["-c", _IMPATIENT]
    with start_server(bundle_folder, program=program, WURAO_WORKERS="2") as server:
        hung = workers_of(server)[0]
        os.kill(hung, signal.SIGSTOP)
        try:
            await_workers(server, 2, without=hung, seconds=60)
        finally:
            with suppress(ProcessLookupError):
                os.kill(hung, signal.SIGCONT)  # else it would outlive its server
        await_listeners(server.address, 2)
        server.process.send_signal(signal.SIGTERM)
        log = server.process.communicate()[1]
        assert server.process.returncode == 0
    assert "gives no sign of life and is killed" in log
    assert "ended with signal SIGKILL; starting another" in log


def test_a_worker_gives_signs_of_life(bundle_folder: Path) -> None:
    """After its first line an empty one again and again, until its supervisor is gone."""
    command = [*serve_command(bundle_folder, f"127.0.0.1:{free_port()}"), "--worker", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("ready serving model ")
        assert [worker.stdout.readline() for _ in range(3)] == ["\n"] * 3
        worker.stdin.close()
        assert worker.wait() == 0
