"""The finished parts of a run, from which a later run goes on, and how they become one file."""

import csv
import fcntl
import io
import json
import os
import shutil
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from secrets import token_hex
from typing import Any

from classifier.archive.answers import PREDICTION_COLUMNS, Problem, pack, unfinished
from classifier.archive.arrow import import_arrow
from classifier.archive.csv_rows import Head
from classifier.archive.files import Kind, Shape
from classifier.errors import ArchiveError
from classifier.file_owner import keep_readers, try_readers

ABOUT = "about.json"
"""Says what the parts in a folder depend on."""

_HOLDER = "holder.txt"
_JOINED = "joined"
# What is written into the folder; nothing else is ever removed. What a removal that was stopped
# leaves last says that the folder is one of parts.
_OWN = (
    *("[0-9]" * 8 + kind for kind in (".json", ".part", ".*.partial")), "about.*.partial", _JOINED,
    ABOUT, _HOLDER,
)  # fmt: skip
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
        self._output = output

    @contextmanager
    def held(self, about: dict[str, Any]) -> Generator[None]:
        """Open or begin the folder, for this process alone; a failure leaves it only for its parts.

        Args:
            about: What the parts depend on, as plain data.

        Raises:
            ArchiveError: Another process holds it, or it holds parts of something else or what no
                run left there.
            OSError: It cannot be written, or owner or group of the output not be kept.
        """
        self._make()
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            self._lock(descriptor)
            self._agree(about)
            try:
                self._try_owner()
                yield
            except BaseException:
                self._remove_empty()
                raise
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        remedy = "move it away, or name another output"
        if self.folder.is_symlink():
            raise ArchiveError(f"{self.folder}: is a link, and parts go there; {remedy}")
        try:
            self.folder.mkdir(self._folder_mode())
        except FileExistsError:
            ours = any((self.folder / name).is_file() for name in (ABOUT, _HOLDER))
            if not ours and (not self.folder.is_dir() or any(self.folder.iterdir())):
                message = f"is no folder of parts, and they go there; {remedy}"
                raise ArchiveError(f"{self.folder}: {message}") from None

    def _folder_mode(self) -> int:
        """Return the permissions with which whoever may not read the output reads no part."""
        if not self._output.exists():
            return 0o777
        mode = self._output.stat().st_mode & 0o666
        return 0o700 | mode | (mode & 0o444) >> 2

    def _remove_empty(self) -> None:
        if not any(self.folder.glob("[0-9]*.part")):
            self.remove()

    def _lock(self, descriptor: int) -> None:
        holder = self.folder / _HOLDER
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

    def _try_owner(self) -> None:
        """Learn before hours are spent whether the output can stay its owner's."""
        if self._output.exists():
            try_readers(self.folder / f"owner.{token_hex(4)}", self._output)

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

    def join(self, numbers: Sequence[int], head: Head | None, kind: Kind) -> None:
        """Make the output of all parts; the older one is replaced when the new one is complete.

        Args:
            numbers: Of the chunks, in order.
            head: Of a CSV source.
            kind: Of the output.

        Raises:
            OSError: It cannot be written.
        """
        joined = self.folder / _JOINED
        parts = [self.part(number) for number in numbers]
        if kind.shape is Shape.PARQUET:
            _join_parquet(parts, joined)
        else:
            _join_bytes(parts, head, kind, joined)
        if self._output.exists():
            keep_readers(joined, self._output)
        joined.replace(self._output)

    def remove(self) -> None:
        """Remove what a run wrote, and the folder where nothing else lies in it."""
        with suppress(OSError):  # the output stands already, or another error is told
            for path in chain.from_iterable(map(self.folder.glob, _OWN)):
                path.unlink(missing_ok=True)
            self.folder.rmdir()


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


def _join_bytes(parts: Sequence[Path], head: Head | None, kind: Kind, joined: Path) -> None:
    with joined.open("wb") as file:
        if head is not None:
            file.write(pack(_first_row(head, kind.separator), kind.packed))
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, file, _COPIED_BYTES)
        if not file.tell():
            file.write(pack(b"", kind.packed))  # no bytes at all are no packed file


def _first_row(head: Head, separator: str) -> bytes:
    line = io.StringIO(newline="")
    own = [name for name in head.names if name not in PREDICTION_COLUMNS]
    csv.writer(line, delimiter=separator or head.separator).writerow([*own, *PREDICTION_COLUMNS])
    return line.getvalue().encode("utf-8-sig" if head.marked else "utf-8")


def _join_parquet(parts: Sequence[Path], joined: Path) -> None:
    arrow = import_arrow()
    parts = [part for part in parts if part.stat().st_size]  # of a broken place there is nothing
    schema = arrow.parquet.read_schema(parts[0])
    waiting, rows = [], 0
    with arrow.parquet.ParquetWriter(joined, schema) as writer:
        for part in parts:
            waiting.append(arrow.parquet.read_table(part))
            rows += waiting[-1].num_rows
            if rows >= _ROWS_OF_A_GROUP or part == parts[-1]:
                writer.write_table(arrow.concat_tables(waiting), _ROWS_OF_A_GROUP)
                waiting, rows = [], 0
