"""The finished parts of a run, from which a later run goes on, and how they become one file."""

import csv
import fcntl
import io
import json
import os
import shutil
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from classifier.archive.answers import PREDICTION_COLUMNS, Problem, pack, unfinished
from classifier.archive.csv_rows import Head
from classifier.archive.files import Kind, Shape, import_arrow
from classifier.errors import ArchiveError

ABOUT = "about.json"
"""Says what the parts in a folder depend on."""

_COPIED_BYTES = 1 << 20
_ROWS_OF_A_GROUP = 100_000  # of Parquet; smaller ones are read slowly


class Parts:
    """A folder beside the output, with a part and its problems for each chunk that is done."""

    def __init__(self, output: Path) -> None:
        """Name the folder.

        Args:
            output: Where the answers go in the end.
        """
        self.folder = output.with_name(f"{output.name}.parts")

    @contextmanager
    def held(self, about: dict[str, Any]) -> Generator[None]:
        """Open or begin the folder, for this process alone; a failure leaves it only for its parts.

        Args:
            about: What the parts depend on, as plain data.

        Raises:
            ArchiveError: Another process holds it, or it holds parts of something else.
            OSError: It cannot be written.
        """
        self.folder.mkdir(exist_ok=True)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            self._lock(descriptor)
            self._agree(about)
            try:
                yield
            except BaseException:
                self._remove_empty()
                raise
        finally:
            os.close(descriptor)

    def _remove_empty(self) -> None:
        if not any(self.folder.glob("[0-9]*.part")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _lock(self, descriptor: int) -> None:
        holder = self.folder / "holder.txt"
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = holder.read_text("utf-8") if holder.is_file() else "another process"
            message = f"{who} answers into the same output; let it end, or name another output"
            raise ArchiveError(f"{self.folder}: {message}") from None
        except OSError:  # a file system that several machines share may have no locks
            pass
        holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", "utf-8")

    def _agree(self, about: dict[str, Any]) -> None:
        path = self.folder / ABOUT
        if not any(self.folder.glob("[0-9]*.json")):  # nothing counts yet
            _write_whole(path, about)
            return
        remedy = "remove that folder to begin anew"
        try:
            known = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            message = f"{ABOUT} does not say what the parts are of"
            raise ArchiveError(f"{self.folder}: {message}; {remedy}") from None
        if known != about:
            message = "parts of another source, model, chunking or option"
            raise ArchiveError(f"{self.folder}: {message}; {remedy}")

    def part(self, number: int) -> Path:
        """Return where the part of a chunk is.

        Args:
            number: Of the chunk.
        """
        return self.folder / f"{number:08}.part"

    def problems(self, number: int) -> list[Problem] | None:
        """Return the problems of a chunk that is done; None where it is not.

        Args:
            number: Of the chunk.
        """
        part = self.part(number)
        try:
            done = json.loads(part.with_suffix(".json").read_text("utf-8"))
            whole = part.stat().st_size == done["bytes"]
            return [(row, problem) for row, problem in done["problems"]] if whole else None
        except (FileNotFoundError, KeyError, TypeError, ValueError):
            return None  # a power cut may leave empty what was written

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)


def mark_done(part: Path, problems: Sequence[Problem]) -> None:
    """Say that a part is complete; only then it counts.

    Args:
        part: The part.
        problems: Rows that could not be answered.
    """
    done = {"bytes": part.stat().st_size, "problems": problems}
    _write_whole(part.with_suffix(".json"), done)


def _write_whole(path: Path, content: object) -> None:
    partial = unfinished(path)
    partial.write_text(json.dumps(content), "utf-8")
    partial.replace(path)


def join_parts(parts: Sequence[Path], head: Head | None, kind: Kind, output: Path) -> None:
    """Make one file of all parts; the older one there is replaced when it is complete.

    Args:
        parts: In order.
        head: Of a CSV source.
        kind: Of the output.
        output: Where to.

    Raises:
        OSError: It cannot be written.
    """
    partial = output.with_name(f"{output.name}.part")
    if kind.shape is Shape.PARQUET:
        _join_parquet(parts, partial)
    else:
        with partial.open("wb") as file:
            if head is not None:
                file.write(pack(_first_row(head), kind.packed))
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, file, _COPIED_BYTES)
    partial.replace(output)


def _first_row(head: Head) -> bytes:
    line = io.StringIO(newline="")
    own = [name for name in head.names if name not in PREDICTION_COLUMNS]
    csv.writer(line, delimiter=head.separator).writerow([*own, *PREDICTION_COLUMNS])
    return line.getvalue().encode("utf-8-sig" if head.marked else "utf-8")


def _join_parquet(parts: Sequence[Path], partial: Path) -> None:
    arrow = import_arrow()
    schema = arrow.parquet.read_schema(parts[0])
    waiting, rows = [], 0
    with arrow.parquet.ParquetWriter(partial, schema) as writer:
        for part in parts:
            waiting.append(arrow.parquet.read_table(part))
            rows += waiting[-1].num_rows
            if rows >= _ROWS_OF_A_GROUP or part == parts[-1]:
                writer.write_table(arrow.concat_tables(waiting), _ROWS_OF_A_GROUP)
                waiting, rows = [], 0
