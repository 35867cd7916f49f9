"""`wurao classify` of a file into a file, as a process among others."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.cli.test_commands import wurao
from tests.conftest import ROOT

_PATIENCE_SECONDS = 60


@pytest.fixture
def source(tiny_data: Path, tmp_path: Path) -> Path:
    """25,000 turns, which take seconds."""
    path = tmp_path / "in.jsonl"
    path.write_bytes((tiny_data / "test" / "short_answers.jsonl").read_bytes() * 100)
    return path


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until something holds, but not for ever."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def running(source: Path, output: Path, bundle: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run `classify` with two processes in a group of its own, as a shell does."""
    verb = ["classify", source, "-o", output, "--bundle", bundle, "--jobs", "2"]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    # A shell that runs these tests in the background has them, and what they start, ignore Ctrl-C.
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE, preexec_fn=listening
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_the_workers_of_a_killed_run_end(source: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """Nothing stays behind, not even what multiprocessing starts beside them."""
    with running(source, tmp_path / "out.jsonl", tiny_bundle) as process:
        wait_until(lambda: list(tmp_path.glob("out.jsonl.parts/*.part")))
        workers = children(process.pid)
        assert len(workers) == 3
        process.kill()
        wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


@pytest.mark.parametrize("started", [False, True])
def test_an_impatient_interrupt_ends_a_run_without_a_word(
    started: bool, source: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Twice Ctrl-C ends it at once, in the middle of its work and while workers start."""
    with running(source, tmp_path / "out.jsonl", tiny_bundle) as process:
        if started:
            wait_until(lambda: list(tmp_path.glob("out.jsonl.parts/*.part")))
        else:
            wait_until(lambda: len(children(process.pid)) == 3)
            time.sleep(0.2)  # until Python listens in them
        for _press in range(2):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.1)
        _nothing, told = process.communicate(timeout=10)
        *before, last = filter(None, told.splitlines())
        assert last == b"Aborted!"
        assert set(before) <= {b"wurao: stopped; the same command goes on from here"}
        # Who presses while Python ends is killed by the signal; a shell shows 130 then too.
        assert process.returncode in {130, -signal.SIGINT}


def test_an_output_that_is_no_file_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    """A pipe or device is not replaced by a file, whatever would write there."""
    source, pipe = ROOT / "data" / "sample_conversation.jsonl", tmp_path / "pipe"
    os.mkfifo(pipe)
    for verb in (["classify", source, "--bundle", tiny_bundle], ["call", source]):
        message = wurao(*verb, "-o", pipe, status=1).stderr
        assert f"{pipe}: is no regular file; `-` is standard output" in message
    assert pipe.is_fifo()


def test_an_output_that_is_a_link_stays_one(tiny_bundle: Path, tmp_path: Path) -> None:
    """What it leads to is replaced."""
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text("older", "utf-8")
    link.symlink_to(target.name)
    source = ROOT / "data" / "sample_conversation.jsonl"
    wurao("classify", source, "-o", link, "--bundle", tiny_bundle)
    assert link.is_symlink()
    assert len(target.read_bytes().splitlines()) == len(source.read_bytes().splitlines())


def test_options_for_tables(tiny_bundle: Path, tmp_path: Path) -> None:
    """They go through to the file; JSON Lines has no use for them."""
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes("时间;所说\n9:00;别再打了\n".encode("gb18030"))
    verb = ("classify", source, "-o", output, "--bundle", tiny_bundle)
    assert "its columns are 时间, 所说" in wurao(*verb, status=1).stderr
    read = ("--encoding", "utf-8")
    assert "is not UTF-8" in wurao(*verb, *read, status=1).stderr
    wurao(*verb, "--text-column", "所说")
    assert output.read_text("utf-8-sig").startswith("时间;所说;prediction_label;")
    source.write_text('text,备注\n好,"两\n行"\n,无话\n', "utf-8")
    assert f"{source}: row 3: text: " in wurao(*verb, status=1).stderr
    lines = ROOT / "data" / "sample_conversation.jsonl"
    message = wurao("classify", lines, "-o", tmp_path / "out.jsonl", *read, status=2).stderr
    assert "are for tables" in message


@pytest.mark.parametrize("name", ["in.csv", "in.parquet", "in.jsonl.gz"])
def test_what_is_no_json_lines_needs_an_output(
    name: str, tiny_bundle: Path, tmp_path: Path
) -> None:
    """It is not read as if it were, and a pipe is not written into a file of another kind."""
    (tmp_path / name).write_bytes(b"text\n")
    message = "only `wurao classify FILE -o FILE` takes tables and packed files"
    bundle = ("--bundle", tiny_bundle)
    assert message in wurao("classify", tmp_path / name, *bundle, status=2).stderr
    output = tmp_path / f"out{name[2:]}"
    assert message in wurao("classify", "-", "-o", output, *bundle, status=2).stderr
    assert not output.exists()


def test_two_pipes_into_one_file_do_not_mix(tiny_bundle: Path, tmp_path: Path) -> None:
    """The one that ends last has the file, whole; neither takes away what the other did."""
    output = tmp_path / "out.jsonl"
    verb = ["classify", "-", "-o", output, "--bundle", tiny_bundle]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    pipe = subprocess.PIPE
    runs = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stderr=pipe) for _run in range(2)]
    wait_until(lambda: len(list(tmp_path.glob("out.jsonl*.part"))) == 2)
    for run, name in zip(runs, ("first", "second"), strict=True):
        told = run.communicate(b'{"id": "%b", "text": "\xe5\xa5\xbd"}\n' % name.encode() * 99)[1]
        assert (run.returncode, told) == (0, b"")
        ids = [json.loads(line)["id"] for line in output.read_bytes().splitlines()]
        assert ids == [name] * 99
    assert list(tmp_path.iterdir()) == [output]


def test_a_folder_that_takes_the_place_of_an_output_is_named(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """What was done stays beside it."""
    output = tmp_path / "out.jsonl"
    verb = ["classify", "-", "-o", output, "--bundle", tiny_bundle]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: list(tmp_path.glob("out.jsonl*.part")))
        output.mkdir()
        told = process.communicate('{"text": "好"}\n'.encode())[1].decode()
    assert told == f"wurao: {output}: cannot be written: Is a directory\n"
    assert len(list(tmp_path.glob("out.jsonl*.part"))) == 1
