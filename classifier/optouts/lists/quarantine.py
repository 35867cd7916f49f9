"""Rows that could not be taken, each with line and reason; mend them and import the file."""

import csv
import io
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from classifier.errors import ListError
from classifier.optouts.lists.csv_cells import defuse, restore
from classifier.optouts.lists.list_file import ListRow, ListShape

_MARK = "\ufeff"


class Quarantine:
    """The file beside a list that takes the rows which cannot be read."""

    def __init__(self, path: Path, shape: ListShape, size_bytes: int) -> None:
        """Open it where an earlier run committed it last; what came after is written again.

        Args:
            path: Made with the first row.
            shape: Of the list.
            size_bytes: As far as an earlier run of this import committed it; 0 begins anew.

        Raises:
            ListError: It cannot be written, or what was committed is gone.
        """
        self.path = path
        self._shape = shape
        try:
            self._file = path.open("r+b" if path.exists() else "w+b")
            there = self._file.seek(0, os.SEEK_END)
            if there < size_bytes:
                raise ListError(f"{path}: an earlier run wrote rows here that are gone; restore it")
            self._file.truncate(size_bytes)
            self._file.seek(size_bytes)
        except OSError as error:
            raise ListError(f"{path}: cannot be written ({error.strerror})") from None
        self._size = size_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self._size:
            self.path.unlink(missing_ok=True)

    def add(self, row: ListRow, problem: str) -> None:
        """Put a row away.

        Args:
            row: As it was read.
            problem: Why it was not taken.
        """
        text = self._csv(row, problem) if self._shape.delimiter else _json(row, problem)
        self._size += self._file.write(text.encode("utf-8", "replace"))

    def flush(self) -> int:
        """Bring everything to the disk and return the size in bytes."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._size

    def _csv(self, row: ListRow, problem: str) -> str:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        if not self._size:
            out.write(_MARK)
            writer.writerow(["_line", "_problem", *(self._shape.header or ["subject"])])
        writer.writerow([row.line, problem, *(defuse(restore(cell)) for cell in row.raw)])
        return out.getvalue()


def _json(row: ListRow, problem: str) -> str:
    record: dict[str, object] = {"_line": row.line, "_problem": problem}
    try:
        record |= json.loads(row.raw[0])
    except (ValueError, TypeError, RecursionError):
        record["_raw"] = row.raw[0]
    return json.dumps(record, ensure_ascii=False) + "\n"
