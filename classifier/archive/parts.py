"""The finished parts of a run, from which a later run goes on, and how they become one file."""

import csv
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from classifier.archive.answers import PREDICTION_COLUMNS, Problem, pack, unfinished
from classifier.archive.files import Kind, Shape, import_arrow
from classifier.errors import ArchiveError

ABOUT = "about.json"
"""Says what the parts in a folder depend on."""


class Parts:
    """A folder beside the output, with a part and its problems for each chunk that is done."""

    def __init__(self, output: Path, about: dict[str, Any]) -> None:
        """Open or begin the folder.

        Args:
            output: Where the answers go in the end.
            about: What the parts depend on, as plain data.

        Raises:
            ArchiveError: It holds parts of something else.
        """
        self.folder = output.with_name(f"{output.name}.parts")
        path = self.folder / ABOUT
        if not path.is_file():
            self.folder.mkdir(exist_ok=True)
            path.write_text(json.dumps(about), "utf-8")
        elif json.loads(path.read_text("utf-8")) != about:
            message = f"{self.folder}: parts of another source, model or chunking"
            raise ArchiveError(f"{message}; remove that folder to begin anew")

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
        try:
            found = json.loads(self.part(number).with_suffix(".json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return [(row, problem) for row, problem in found]

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)


def mark_done(part: Path, problems: Sequence[Problem]) -> None:
    """Say that a part is complete; only then it counts.

    Args:
        part: The part.
        problems: Rows that could not be answered.
    """
    partial = unfinished(part)
    partial.write_text(json.dumps(problems), "utf-8")
    partial.replace(part.with_suffix(".json"))


def join_parts(parts: Sequence[Path], header: Sequence[str], kind: Kind, output: Path) -> None:
    """Make one file of all parts; the older one there is replaced when it is complete.

    Args:
        parts: In order.
        header: Columns of a CSV source.
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
            if header:
                line = io.StringIO(newline="")
                csv.writer(line).writerow([*header, *PREDICTION_COLUMNS])
                file.write(pack(line.getvalue().encode(), kind.packed))
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, file)
    partial.replace(output)


def _join_parquet(parts: Sequence[Path], partial: Path) -> None:
    arrow = import_arrow()
    writer = None
    for part in parts:
        table = arrow.parquet.read_table(part)
        writer = writer or arrow.parquet.ParquetWriter(partial, table.schema)
        writer.write_table(table)
    if writer is None:
        raise ArchiveError(f"{partial}: the source holds no row")
    writer.close()
