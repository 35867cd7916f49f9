"""What a search has found so far, one JSON object a line, so that it can go on where it stopped."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifier.errors import DataError
from training.recipe import Recipe
from training.tuning.folds import FoldScores

_BEGIN = b'{"about"'
_DAMAGED = "is damaged, or no journal; remove the file or name another with --journal"

Unit = tuple[str, int]
"""A recipe, as `key_of` writes it, and a fold."""


class Journal:
    """A file of scores; each line is on the disk before the next unit is counted."""

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        """Open or begin a journal.

        Args:
            path: The file.
            about: What the scores depend on beside recipe and fold, as plain data.

        Raises:
            DataError: It is about something else, no journal, or damaged before its last line.
        """
        self.path = path
        self.scores: dict[Unit, FoldScores] = {}
        *whole, torn = path.read_bytes().split(b"\n") if path.is_file() else [b""]
        for number, line in enumerate(whole, start=1):
            try:
                self._take(number, json.loads(line), about)
            except (ValueError, KeyError, TypeError):
                raise DataError(f"{path}:{number}: {_DAMAGED}") from None
        if not whole and not (torn.startswith(_BEGIN) or _BEGIN.startswith(torn)):
            raise DataError(f"{path}:1: {_DAMAGED}")
        if torn:
            # The run was killed while it wrote this line; the unit is done again.
            path.write_bytes(b"".join(line + b"\n" for line in whole))
        if not whole:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._append({"about": about})

    def add(self, unit: Unit, scores: FoldScores) -> None:
        """Keep the scores of a unit.

        Args:
            unit: Recipe and fold.
            scores: What was measured.
        """
        self.scores[unit] = scores
        self._append({"recipe": unit[0], "fold": unit[1], "scores": asdict(scores)})

    def _take(self, number: int, line: dict[str, Any], about: dict[str, Any]) -> None:
        if number == 1:
            if line["about"] != about:
                message = "is of other data, features or libraries; name another with --journal"
                raise DataError(f"{self.path}: {message}")
            return
        self.scores[line["recipe"], line["fold"]] = FoldScores(**line["scores"])

    def _append(self, line: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def key_of(recipe: Recipe) -> str:
    """Return a recipe as one line of text, without what does not change scores.

    Args:
        recipe: Any recipe.
    """
    settings = {k: v for k, v in asdict(recipe).items() if not k.startswith(_NOT_SCORING)}
    return json.dumps(settings, sort_keys=True)


_NOT_SCORING = ("reader_", "thresholds_", "jobs_")
