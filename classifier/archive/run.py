"""Answers a whole archive with several processes; a killed run goes on where it was."""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from classifier.archive.answers import Problem, answer_chunk
from classifier.archive.files import Chunk, Kind, kind_of, read_chunks
from classifier.archive.parts import Parts, join_parts, mark_done
from classifier.errors import ArchiveError, OutputError
from classifier.manifest import read_manifest
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier

ROWS_OF_A_CHUNK = 1_000
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be answered, by what, and where the answers go.

    Attributes:
        source: An archive.
        output: Where the answers go; of the same shape.
        bundle: Folder of the model bundle.
        second_reader: Whether it is used.
        jobs: Processes, at least 1.
        chunk_rows: Rows that a process answers at once.
    """

    source: Path
    output: Path
    bundle: Path
    second_reader: bool
    jobs: int
    chunk_rows: int = ROWS_OF_A_CHUNK


@dataclass(frozen=True, slots=True)
class Answered:
    """A chunk that is done.

    Attributes:
        rows: How many rows are done so far.
        problems: Rows of this chunk that could not be answered.
        resumed: Whether an earlier run did it.
    """

    rows: int
    problems: list[Problem]
    resumed: bool


class _Worker:
    """What a process answers with; filled by `_begin`."""

    classifier: TurnClassifier | None = None


def answer_archive(job: Job) -> Iterator[Answered]:
    """Answer an archive; yield after each chunk, in order. The output stands at the end.

    Until then finished parts lie in a folder beside it, from which a later run of the same job goes
    on. An older output is replaced at the very end.

    Args:
        job: What to do.

    Raises:
        ArchiveError: The source cannot be read, is of another shape than the output, or changed
            since the parts were made.
        BundleError: The bundle cannot be loaded.
        OutputError: The output cannot be written.
    """
    kind = kind_of(job.output)
    if kind_of(job.source).shape is not kind.shape:
        message = f"{job.output}: must be {kind_of(job.source).shape} like its source"
        raise ArchiveError(message)
    # A model store may promote another model meanwhile; all rows are answered by one.
    job = replace(job, bundle=job.bundle.resolve())
    try:
        parts = Parts(job.output, _about(job))
        numbers, rows = [], 0
        header: tuple[str, ...] = ()
        for chunk, problems, resumed in _answer_all(job, kind, parts):
            numbers.append(chunk.number)
            header = chunk.header
            rows += chunk.size
            yield Answered(rows, problems, resumed)
        join_parts([parts.part(number) for number in numbers], header, kind, job.output)
        parts.remove()
    except OSError as error:
        raise OutputError(f"{job.output}: cannot be written: {error.strerror}") from None


def _about(job: Job) -> dict[str, Any]:
    status = job.source.stat()
    return {
        "source": str(job.source.absolute()),
        "bytes": status.st_size,
        "changed": status.st_mtime_ns,
        "model_version": read_manifest(job.bundle).version,
        "second_reader": job.second_reader,
        "chunk_rows": job.chunk_rows,
    }


def _answer_all(job: Job, kind: Kind, parts: Parts) -> Iterator[tuple[Chunk, list[Problem], bool]]:
    chunks = read_chunks(job.source, job.chunk_rows)
    first = list(_take(chunks, 2))
    # What fits into one chunk is answered before another process would be up.
    jobs = job.jobs if len(first) > 1 else 0
    with _workers(job, jobs) as submit:
        waiting: deque[tuple[Chunk, Future[list[Problem]] | list[Problem]]] = deque()
        for chunk in chain(first, chunks):
            known = parts.problems(chunk.number)
            part = parts.part(chunk.number)
            waiting.append((chunk, submit(chunk, kind, part) if known is None else known))
            while len(waiting) > job.jobs * _AHEAD:
                yield _settled(*waiting.popleft())
        while waiting:
            yield _settled(*waiting.popleft())


def _take(chunks: Iterator[Chunk], count: int) -> Iterator[Chunk]:
    for _ in range(count):
        chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


def _settled(
    chunk: Chunk, outcome: Future[list[Problem]] | list[Problem]
) -> tuple[Chunk, list[Problem], bool]:
    if isinstance(outcome, list):
        return chunk, outcome, True
    try:
        return chunk, outcome.result(), False
    except BrokenProcessPool:
        message = "a process was killed, perhaps for memory; run it again, with fewer --jobs"
        raise ArchiveError(message) from None


_Submit = Callable[[Chunk, Kind, Path], Future[list[Problem]]]


@contextmanager
def _workers(job: Job, jobs: int) -> Generator[_Submit]:
    if jobs == 0:
        _begin(job.bundle, job.second_reader)

        def at_once(chunk: Chunk, kind: Kind, part: Path) -> Future[list[Problem]]:
            done: Future[list[Problem]] = Future()
            done.set_result(_work(chunk, kind, part))
            return done

        yield at_once
        return
    pool = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), _begin_process, (job.bundle, job.second_reader)
    )
    try:
        yield lambda chunk, kind, part: pool.submit(_work, chunk, kind, part)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_process(bundle: Path, second_reader: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends this process
    _begin(bundle, second_reader)
    gc.collect()
    gc.freeze()  # the model lives as long as the process


def _begin(bundle: Path, second_reader: bool) -> None:
    # One thread each: the processes are the parallelism.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _Worker.classifier = TurnClassifier(load_bundle(bundle, second_reader))


def _work(chunk: Chunk, kind: Kind, part: Path) -> list[Problem]:
    if _Worker.classifier is None:
        raise RuntimeError("a process answers only after it has begun")
    problems = answer_chunk(_Worker.classifier, chunk, kind, part)
    mark_done(part, problems)
    return problems
