"""Who answers the chunks: this process, several on this machine, or a Dask cluster."""

import gc
import json
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import RLock, Thread, current_thread, main_thread
from typing import Any

from classifier.archive.answers import Problem, answer_chunk
from classifier.archive.files import Chunk, Kind
from classifier.archive.parts import ABOUT, mark_done
from classifier.cluster import connect, count_threads, lost_is_told
from classifier.errors import ArchiveError, BundleError, ClusterError, OutputError
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier

Waiting = Callable[[], list[Problem]]
_PACKAGES = ("numpy", "onnxruntime", "pyarrow")


@dataclass(frozen=True, slots=True)
class Model:
    """What answers.

    Attributes:
        bundle: Folder of the model bundle.
        second_reader: Whether it is used.
    """

    bundle: Path
    second_reader: bool


@dataclass(frozen=True, slots=True)
class Workers:
    """Those who answer chunks.

    Attributes:
        submit: Given a chunk, the kind of the output and the part to write; returns at once what
            waits for the chunk's problems.
        count: Tells how many chunks are answered at once.
    """

    submit: Callable[[Chunk, Kind, Path], Waiting]
    count: Callable[[], int]


class _Process:
    """What this process answers with."""

    lock = RLock()
    classifier: TurnClassifier | None = None
    task: tuple[Model, dict[str, Any], Path] | None = None


@contextmanager
def this_process(model: Model) -> Generator[Workers]:
    """Yield this process alone.

    Args:
        model: What answers.

    Raises:
        BundleError: The bundle cannot be loaded.
    """
    classifier = _load(model)  # of this run alone: another in this process may have another

    def at_once(chunk: Chunk, kind: Kind, part: Path) -> Waiting:
        problems = _answer(classifier, chunk, kind, part)
        return lambda: problems

    yield Workers(at_once, lambda: 1)


@contextmanager
def processes(model: Model, jobs: int) -> Generator[Workers]:
    """Yield several processes of this machine; they end at once when the context or this one ends.

    Args:
        model: What answers.
        jobs: How many, at least 1.

    Raises:
        ArchiveError: One was killed.
    """
    spawning = multiprocessing.get_context("spawn")
    # Nothing is sent: the end held here closes with this process, even with a killed one.
    lifeline, held = spawning.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, spawning, _begin_process, (model, lifeline))

    def submit(chunk: Chunk, kind: Kind, part: Path) -> Waiting:
        # What is blocked here is blocked in a process started here: Ctrl-C is not for that one.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return pool.submit(_work, chunk, kind, part).result
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        yield Workers(submit, lambda: jobs)
    except BrokenProcessPool:
        message = "a process was killed, perhaps for memory; run it again, with fewer --jobs"
        raise ArchiveError(message) from None
    finally:
        # Those that are still starting end by themselves; left alone they would complain.
        with _deaf():
            held.close()
            pool.shutdown(cancel_futures=True)
            lifeline.close()


@contextmanager
def _deaf() -> Generator[None]:
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def cluster(model: Model, address: str, about: dict[str, Any], folder: Path) -> Generator[Workers]:
    """Yield the workers of a Dask cluster, which must see the bundle and the folder of the parts.

    The rows travel to the workers by the scheduler; the model is read, and the parts are written,
    in folders that all machines share.

    Args:
        model: What answers.
        address: Of the scheduler.
        about: What the parts depend on, among it ``model_version``.
        folder: Where the parts go.

    Raises:
        ClusterError: The cluster cannot be used, or a worker does not see what it must.
        ClusterLostError: The cluster went away.
        OutputError: A worker cannot write a part.
    """
    folder = folder.absolute()
    with connect(address, _PACKAGES) as client:
        with lost_is_told(address):
            client.run(begin_worker, model, about, folder)

        def submit(chunk: Chunk, kind: Kind, part: Path) -> Waiting:
            task = (model, about, chunk, kind, folder / part.name)
            with lost_is_told(address):
                future = client.submit(_work_there, *task, pure=False)

            @lost_is_told(address)
            def wait() -> list[Problem]:
                problems: list[Problem] = future.result()
                return problems

            return wait

        @lost_is_told(address)
        def count() -> int:
            return count_threads(client)

        yield Workers(submit, count)


def _begin_process(model: Model, lifeline: Connection) -> None:
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    _Process.classifier = _load(model)
    gc.collect()
    gc.freeze()  # the model lives as long as the process


def _end_with(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv()
    os._exit(1)


def _load(model: Model) -> TurnClassifier:
    # One thread each: the processes are the parallelism.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return TurnClassifier(load_bundle(model.bundle, model.second_reader))


def _work(chunk: Chunk, kind: Kind, part: Path) -> list[Problem]:
    if _Process.classifier is None:
        raise RuntimeError("a process answers only after it has begun")
    return _answer(_Process.classifier, chunk, kind, part)


def _answer(classifier: TurnClassifier, chunk: Chunk, kind: Kind, part: Path) -> list[Problem]:
    problems = answer_chunk(classifier, chunk, kind, part)
    mark_done(part, problems)
    return problems


def _work_there(
    model: Model, about: dict[str, Any], chunk: Chunk, kind: Kind, part: Path
) -> list[Problem]:
    # A worker may have several threads, have come later than the others, and serve several runs.
    with _Process.lock:
        begin_worker(model, about, part.parent)
        try:
            return _work(chunk, kind, part)
        except OSError as error:
            # As it is, it would look like the cluster's own trouble over there.
            message = f"{part.parent}: cannot be written: {error.strerror or error}"
            raise OutputError(f"{socket.gethostname()}: {message}") from None


def begin_worker(model: Model, about: dict[str, Any], folder: Path) -> None:
    """Make this process, a worker of a cluster, ready to answer.

    Args:
        model: What answers.
        about: What the parts depend on, among it ``model_version``.
        folder: Where the parts go.

    Raises:
        ClusterError: It does not see the folder, the bundle, or the same bundle.
    """
    with _Process.lock:
        if _Process.task == (model, about, folder):
            return
        host = socket.gethostname()
        if not _is_shared(folder, about):
            message = f"{host} does not see {folder}, or may not write there"
            raise ClusterError(f"{message}; put the output on a folder that all machines share")
        try:
            classifier = _load(model)
        except BundleError as error:
            message = "put the bundle on a folder that all machines share"
            raise ClusterError(f"{host}: {error}; {message}") from None
        if classifier.manifest.version != about["model_version"]:
            raise ClusterError(f"{host} sees another model at {model.bundle}; copy this one there")
        # Together and last: a run that is refused leaves the one before with its own model.
        _Process.classifier, _Process.task = classifier, (model, about, folder)


def _is_shared(folder: Path, about: dict[str, Any]) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return bool(json.loads((folder / ABOUT).read_text("utf-8")) == about)
    except (OSError, ValueError):
        return False
