"""Rows that could not be taken, each with line and reason; mend them and import the file."""

import csv
import io
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from classifier.csv_cells import defuse, restore
from classifier.errors import ListError
from classifier.optouts.lists.import_progress import ImportProgress
from classifier.optouts.lists.list_rows import ListRow, ListShape, json_object

_MARK = "\ufeff"
_MODE = 0o600
_BEGINNINGS = (f"{_MARK}_line,_problem,".encode(), b'{"_line": ')


def spare(path: Path, source: Path, last: ImportProgress, *, goes_on: bool) -> None:
    """Refuse to write over anything but what an import of the same list left.

    Args:
        path: Of the quarantine file, there or not.
        source: The list.
        last: How far the last run over this list has come.
        goes_on: Whether that run is taken up again.

    Raises:
        ListError: The file is the list itself, or holds something else, such as mended rows.
    """
    try:
        there = path.stat()
        is_source = path.samefile(source)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ListError(f"{path}: cannot be written ({error.strerror})") from None
    if is_source:
        raise ListError(f"{path}: is the list itself; name another file with --quarantine")
    if not there.st_size or (goes_on and last.quarantine_bytes):
        return
    # Most mended rows are as long as before: the time tells what the size does not.
    same_size = there.st_size == last.quarantine_bytes
    if not same_size or there.st_mtime_ns // 1_000 > last.time_us:
        raise ListError(
            f"{path}: is there already, and not as an import of this list left it; import it first "
            "and remove it, or name another file with --quarantine"
        )


class Quarantine:
    """The file beside a list that takes the rows which cannot be read."""

    def __init__(self, path: Path, shape: ListShape, size_bytes: int) -> None:
        """Open it where an earlier run committed it last; what came after is written again.

        Args:
            path: Not there yet, or one that `spare` allows; it stays only where a row was bad.
            shape: Of the list.
            size_bytes: As far as an earlier run of this import committed it; 0 begins anew.

        Raises:
            ListError: It cannot be written, or what was committed is gone.
        """
        self.path = path
        self._shape = shape
        self._size = size_bytes
        self._waiting: list[bytes] = []
        try:
            if size_bytes and not _holds_rows(path, size_bytes):
                problem = "holds no longer what an earlier run wrote there"
                raise ListError(f"{path}: {problem}; restore it, or name the file of that run")
            # An empty file may be somebody's; what has rows here, an import of this list made.
            self._ours = not path.exists() or path.stat().st_size > 0
            self._file = os.fdopen(_for_the_owner(path), "r+b")
            self._file.truncate(size_bytes)
            self._file.seek(size_bytes)
        except OSError as error:
            raise ListError(f"{path}: cannot be written ({error.strerror})") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._ours and not self._size:
            self.path.unlink(missing_ok=True)

    def add(self, row: ListRow, problem: str) -> None:
        """Put a row away; it is written by the next `flush`.

        Args:
            row: As it was read.
            problem: Why it was not taken.
        """
        text = self._csv(row, problem) if self._shape.delimiter else _json(row, problem)
        self._waiting.append(text.encode("utf-8", "replace"))

    def flush(self) -> int:
        """Bring everything to the disk and return the size in bytes."""
        size = self._size + self._file.write(b"".join(self._waiting))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._size = size
        self._waiting.clear()
        return size

    def _csv(self, row: ListRow, problem: str) -> str:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        if not (self._size or self._waiting):
            out.write(_MARK)
            writer.writerow(["_line", "_problem", *(self._shape.header or ["subject"])])
        writer.writerow([row.line, defuse(problem), *(defuse(restore(cell)) for cell in row.raw)])
        return out.getvalue()


def _for_the_owner(path: Path) -> int:
    """Open a file with clear numbers: nobody else may read it, whoever made it."""
    new = 0 if path.exists() else os.O_CREAT | os.O_EXCL
    descriptor = os.open(path, os.O_RDWR | new, _MODE)
    os.fchmod(descriptor, _MODE)
    return descriptor


def _holds_rows(path: Path, size_bytes: int) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        ours = file.read(max(map(len, _BEGINNINGS))).startswith(_BEGINNINGS)
        return ours and file.seek(0, os.SEEK_END) >= size_bytes


def _json(row: ListRow, problem: str) -> str:
    record: dict[str, object] = {"_line": row.line, "_problem": problem}
    record |= json_object(row.raw[0]) or {"_raw": row.raw[0]}
    return json.dumps(record, ensure_ascii=False) + "\n"
