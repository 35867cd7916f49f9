"""Writes a sample of the decisions in the background; a call only puts its own into a queue."""

import logging
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from classifier.decision_log.decisions import LoggedDecision, decision_to_record
from classifier.decision_log.log_file import LogFileWriter
from classifier.decision_log.log_folder import day_of, new_name, remove_old
from classifier.decision_log.log_keys import read_log_keys
from classifier.masking.mask import mask_text
from classifier.records import Record
from classifier.turns import Label, Prediction, Turn

_FLUSH_SECONDS = 1.0
_MOST_WAITING = 5_000
_MOST_WAITING_CHARACTERS = 4_000_000
_LINE_CHARACTERS = 50  # what a line of context takes beside its text, in characters of two bytes
_RECORDS_A_LINE = 500
_SECONDS_BETWEEN_COMPLAINTS = 60.0
_CLOSE_SECONDS = 10.0

_log = logging.getLogger(__name__)

WRITTEN, DROPPED, FAILED = "written", "dropped", "failed"
"""What becomes of a sampled decision: in the log; too many at once; it could not be written."""

Count = Callable[[str, int], None]
"""Told an outcome and how many decisions had it. DROPPED comes from the thread that notes, the
others from the one that writes."""


@dataclass(frozen=True, slots=True)
class LogPlan:
    """What is logged, and for how long.

    Attributes:
        folder: Where; made if need be.
        keys: Key file; the newest key encrypts.
        sample: Share of the ordinary turns, 0 to 1.
        sample_objections: Share of the turns that were answered otherwise than by going on, or
            decided by a rule, 0 to 1.
        days: How long a day's files stay after that day.
        file_bytes: A file that is larger is written to no more.
    """

    folder: Path
    keys: Path
    sample: float
    sample_objections: float
    days: int
    file_bytes: int = 64 << 20


class DecisionLog:
    """The log of one worker. `note` costs a call next to nothing and never fails it."""

    def __init__(self, plan: LogPlan, count: Count) -> None:
        """Read the key and start the thread that writes.

        Args:
            plan: What is logged.
            count: Told of outcomes.

        Raises:
            KeyFileError: The key file cannot be used.
        """
        keys = read_log_keys(plan.keys)
        self._version = max(keys)
        self._key = keys[self._version]
        self._plan = plan
        self._count = count
        self._waiting: deque[LoggedDecision] = deque()
        self._characters = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._file: LogFileWriter | None = None
        self._day: date | None = None
        self._cleaned: date | None = None
        self._complained = -math.inf
        self._thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
        self._thread.start()

    def note(self, turn: Turn, prediction: Prediction, request_id: str) -> None:
        """Keep a decision in mind, if it is drawn.

        Args:
            turn: What was classified.
            prediction: What was said of it.
            request_id: Of the call.
        """
        plain = prediction.label is Label.NORMAL and not prediction.needs_review
        share = self._plan.sample if plain else self._plan.sample_objections
        if random.random() >= share:  # ruff: ignore[suspicious-non-cryptographic-random-usage]
            return
        # Alternatives and evidence are never written: they would only fill the memory meanwhile.
        turn = Turn(turn.text, turn.channel, turn.context)
        prediction = replace(prediction, evidence=())
        size = _size_of(turn)
        decision = LoggedDecision(time.time(), request_id, turn, len(turn.text), prediction, share)
        with self._lock:
            full = (
                len(self._waiting) >= _MOST_WAITING
                or self._characters + size > _MOST_WAITING_CHARACTERS
            )
            if not full:
                self._waiting.append(decision)
                self._characters += size
        if full:
            self._count(DROPPED, 1)

    def close(self) -> None:
        """Write what is left and stop; what takes longer than some seconds counts as FAILED."""
        self._closing.set()
        self._thread.join(_CLOSE_SECONDS)
        with self._lock:
            left, self._waiting = len(self._waiting), deque()
        if left:
            self._fail(left, "the end of the decision log was not written in time")

    def _run(self) -> None:
        while not self._closing.wait(_FLUSH_SECONDS):
            self._flush()
            self._clean()
        self._flush()
        if self._file is not None:
            self._file.close()

    def _flush(self) -> None:
        while several := self._take():
            records = [record for one in several if (record := self._masked(one)) is not None]
            if records:
                # No file is of a day before that of what it holds, also where the clock went back.
                self._write(records, day_of(max(one.time for one in several)))

    def _take(self) -> list[LoggedDecision]:
        with self._lock:
            several = [
                self._waiting.popleft() for _ in range(min(len(self._waiting), _RECORDS_A_LINE))
            ]
            self._characters -= sum(_size_of(one.turn) for one in several)
        return several

    def _masked(self, decision: LoggedDecision) -> Record | None:
        time.sleep(0)  # the event loop goes first
        try:
            return decision_to_record(decision, mask_text)
        except Exception:
            # Whatever is wrong with a text: it is not written unmasked, and the log goes on.
            self._fail(1, "a decision cannot be masked and is left out of the decision log")
            return None

    def _write(self, records: list[Record], day: date) -> None:
        try:
            self._file_of(day).append(records)
        except Exception as error:
            # Whatever it is, the thread goes on: the next records may be written.
            if self._file is not None:
                self._file.abandon()
                self._file = None
            where = "the decision log cannot be written, calls go on"
            self._fail(len(records), f"{where}: {_reason(error)}")
        else:
            self._count(WRITTEN, len(records))

    def _file_of(self, day: date) -> LogFileWriter:
        if self._file is not None:
            full = self._file.bytes_written >= self._plan.file_bytes
            past = full or day != self._day  # and may have been removed as too old
            gone = not past and not self._file.is_there
            if gone:
                _log.error(
                    "a file of the decision log was removed, and what was in it; another is begun"
                )
            if past or gone:
                self._file.close()
                self._file = None
        if self._file is None:
            self._plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._plan.folder / new_name(day)
            self._file = LogFileWriter(path, self._version, self._key)
            self._day = day
        return self._file

    def _clean(self) -> None:
        today = day_of(time.time())
        if today == self._cleaned:
            return
        try:
            if not self._plan.folder.exists():
                return
            remove_old(self._plan.folder, today, self._plan.days)
            self._cleaned = today
        except OSError as error:
            self._fail(0, f"old files of the decision log stay: {error.strerror}")

    def _fail(self, decisions: int, message: str) -> None:
        self._count(FAILED, decisions)
        if time.monotonic() - self._complained >= _SECONDS_BETWEEN_COMPLAINTS:
            self._complained = time.monotonic()
            _log.error(message, exc_info=True)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "the disk is full"
    return type(error).__name__  # its message may hold what was said


def _size_of(turn: Turn) -> int:
    return len(turn.text) + sum(len(said.text) + _LINE_CHARACTERS for said in turn.context)
