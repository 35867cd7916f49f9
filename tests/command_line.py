"""Runs `wurao` in a process of its own that begins where its libraries are loaded already.

Loading them takes a verb longer than its work does on the little data of a test. One process
imports them, once for each process of tests, and the commands are forked from it. What is tested of
the start itself (the help, pipes, signals, a full disk) starts Python as a user would.
"""

import multiprocessing
import os
import pkgutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import cli
from cli.main import main

_FORKS = multiprocessing.get_context("forkserver")
_VERBS = [file.name for file in pkgutil.walk_packages(cli.__path__, "cli.")]
_FORKS.set_forkserver_preload([*_VERBS, "tests.command_line"])
_ROOT = Path(__file__).parent.parent
_STREAMS = ("stdin", "stdout", "stderr")


def run_command(
    arguments: Sequence[object], stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run a command line in the repository to its end.

    Args:
        arguments: What stands behind `wurao`.
        stdin: What the command reads.
        environment: All its variables; those of the tests by default.

    Returns:
        Its exit status and what it wrote; whether that is what a test wants is the test's to say.
    """
    words = list(map(str, arguments))
    with tempfile.TemporaryDirectory() as name:
        streams = [Path(name, stream) for stream in _STREAMS]
        for stream in streams:
            stream.write_bytes(stdin if stream.name == "stdin" else b"")
        plan = (words, streams, dict(os.environ if environment is None else environment))
        process = _FORKS.Process(target=_run, args=plan)
        process.start()
        process.join()
        assert process.exitcode is not None
        _, stdout, stderr = (stream.read_bytes().decode() for stream in streams)
    return CompletedProcess(words, process.exitcode, stdout, stderr)


def _run(words: list[str], streams: list[Path], environment: dict[str, str]) -> None:
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDWR)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)  # that of a forked process is closed
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(_ROOT)
    sys.argv = ["wurao", *words]
    main()
