"""Answers a whole archive with several processes or machines; a killed run goes on where it was."""

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from classifier.archive.answers import Problem
from classifier.archive.csv_rows import Head, Table
from classifier.archive.files import Chunk, Kind, kind_of, read_chunks
from classifier.archive.output_file import output_file
from classifier.archive.parts import Parts
from classifier.archive.workers import Model, Waiting, Workers, cluster, processes, this_process
from classifier.errors import ArchiveError, OutputError
from classifier.manifest import read_manifest

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
        jobs: Processes of this machine, at least 1.
        dask: Address of the scheduler of a Dask cluster, which answers instead; empty for none.
        chunk_rows: Rows that a process answers at once.
        table: How to read a source that is a table.
    """

    source: Path
    output: Path
    bundle: Path
    second_reader: bool
    jobs: int
    dask: str = ""
    chunk_rows: int = ROWS_OF_A_CHUNK
    table: Table = field(default_factory=Table)


@dataclass(frozen=True, slots=True)
class Answered:
    """A chunk that is done.

    Attributes:
        rows: How many rows are done so far.
        share: How much of the source that is, above 0 and at most 1.
        problems: Rows of this chunk that could not be answered.
        resumed: Whether an earlier run did it.
    """

    rows: int
    share: float
    problems: list[Problem]
    resumed: bool


def answer_archive(job: Job) -> Generator[Answered]:
    """Answer an archive; yield after each chunk, in order. The output stands at the end.

    Until then finished parts lie in a folder beside it, from which a later run of the same job goes
    on. An older output is replaced at the very end; where it is a link, what that leads to.

    Args:
        job: What to do.

    Raises:
        ArchiveError: The source cannot be read, is of another shape than the output, or changed
            since the parts were made; or another run answers into the same output.
        BundleError: The bundle cannot be loaded.
        ClusterError: The Dask cluster cannot be used.
        ClusterLostError: It went away; the same job goes on from the parts.
        OutputError: The output cannot be written, or is no regular file.
    """
    kind = kind_of(job.output)
    if kind_of(job.source).shape is not kind.shape:
        message = f"{job.output}: must be {kind_of(job.source).shape} like its source"
        raise ArchiveError(message)
    # A model store may promote another model meanwhile; all rows are answered by one.
    job = replace(job, bundle=job.bundle.resolve(), output=output_file(job.output))
    parts = Parts(job.output)
    try:
        with parts.held(_about(job)):
            numbers, rows = [], 0
            head: Head | None = None
            for chunk, problems, resumed in _answer_all(job, kind, parts):
                numbers.append(chunk.number)
                head = chunk.head
                rows += chunk.size
                yield Answered(rows, chunk.share, problems, resumed)
            parts.join(numbers, head, kind)
            parts.remove()
    except OSError as error:
        raise OutputError(f"{job.output}: cannot be written: {error.strerror or error}") from None


def _about(job: Job) -> dict[str, Any]:
    status = job.source.stat()
    return {
        "source": str(job.source.absolute()),
        "bytes": status.st_size,
        "changed": status.st_mtime_ns,
        "model_version": read_manifest(job.bundle).version,
        "second_reader": job.second_reader,
        "chunk_rows": job.chunk_rows,
        "table": asdict(job.table),
    }


def _answer_all(job: Job, kind: Kind, parts: Parts) -> Iterator[tuple[Chunk, list[Problem], bool]]:
    chunks = read_chunks(job.source, job.chunk_rows, job.table)
    first = list(islice(chunks, 2))
    with _workers(job, parts, len(first)) as workers:
        waiting: deque[tuple[Chunk, Waiting | list[Problem]]] = deque()
        for chunk in chain(first, chunks):
            known = parts.problems(chunk.number)
            part = parts.part(chunk.number)
            waiting.append((chunk, workers.submit(chunk, kind, part) if known is None else known))
            while len(waiting) > workers.count() * _AHEAD:
                yield _settled(*waiting.popleft())
        while waiting:
            yield _settled(*waiting.popleft())


def _settled(chunk: Chunk, outcome: Waiting | list[Problem]) -> tuple[Chunk, list[Problem], bool]:
    if isinstance(outcome, list):
        return chunk, outcome, True
    return chunk, outcome(), False


def _workers(job: Job, parts: Parts, chunks: int) -> AbstractContextManager[Workers]:
    model = Model(job.bundle, job.second_reader)
    if job.dask:
        return cluster(model, job.dask, _about(job), parts.folder)
    # What fits into one chunk is answered before another process would be up.
    alone = job.jobs == 1 or chunks == 1
    return this_process(model) if alone else processes(model, job.jobs)
