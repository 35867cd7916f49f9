"""What a search has found so far, one JSON object a line, so that it can go on where it stopped."""

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec import convert

from classifier.errors import DataError
from classifier.key_file import append_line
from training.recipe import Recipe
from training.tuning.folds import FoldScores

_BEGIN = b'{"about"'
_DAMAGED = "is damaged, or no journal; remove the file or name another with --journal"

Unit = tuple[str, int]
"""A recipe, as `key_of` writes it, and a fold."""


@dataclass(frozen=True, slots=True)
class _Result:
    recipe: str
    fold: int
    scores: FoldScores


class Journal:
    """A file of scores; each line is on the disk before the next unit is counted.

    It is its search's alone until it is closed.
    """

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        """Open or begin a journal.

        Args:
            path: The file.
            about: What the scores depend on beside recipe and fold, as plain data.

        Raises:
            DataError: It is about something else, no journal, damaged before its last line,
                another search is at work on it, or it cannot be written.
        """
        self.path = path
        self.scores: dict[Unit, FoldScores] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            remedy = "name another with --journal"
            message = f"{path}: cannot be written: {error.strerror}; {remedy}"
            raise DataError(message) from None
        try:
            self._begin(about)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the file."""
        self._file.close()

    def add(self, unit: Unit, scores: FoldScores) -> None:
        """Keep the scores of a unit.

        Args:
            unit: Recipe and fold.
            scores: What was measured.

        Raises:
            DataError: The file cannot be written; it is as it was.
        """
        self.scores[unit] = scores
        self._append({"recipe": unit[0], "fold": unit[1], "scores": asdict(scores)})

    def _begin(self, about: dict[str, Any]) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "another search is at work on it; name another with --journal"
            raise DataError(f"{self.path}: {message}") from None
        *whole, torn = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(whole, start=1):
            try:
                self._take(number, json.loads(line), about)
            except (ValueError, KeyError, TypeError, RecursionError):
                raise DataError(f"{self.path}:{number}: {_DAMAGED}") from None
        if not whole and not (torn.startswith(_BEGIN) or _BEGIN.startswith(torn)):
            raise DataError(f"{self.path}:1: {_DAMAGED}")
        # The run was killed while it wrote that line; the unit is done again.
        self._file.truncate(sum(len(line) + 1 for line in whole))
        if not whole:
            self._append({"about": about})

    def _take(self, number: int, line: dict[str, Any], about: dict[str, Any]) -> None:
        if number == 1:
            if line["about"] != about:
                message = "is of other data, features or libraries; name another with --journal"
                raise DataError(f"{self.path}: {message}")
            return
        found = convert(line, _Result)
        self.scores[found.recipe, found.fold] = found.scores

    def _append(self, line: dict[str, Any]) -> None:
        try:
            append_line(self._file.fileno(), json.dumps(line).encode())
        except OSError as error:
            raise DataError(f"{self.path}: cannot be written: {error.strerror}") from None


def key_of(recipe: Recipe) -> str:
    """Return a recipe as one line of text, without what does not change scores.

    Args:
        recipe: Any recipe.
    """
    settings = {k: v for k, v in asdict(recipe).items() if not k.startswith(_NOT_SCORING)}
    return json.dumps(settings, sort_keys=True)


_NOT_SCORING = ("reader_", "thresholds_", "jobs_")
