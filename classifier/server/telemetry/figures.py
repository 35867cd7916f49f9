"""What a worker counts of its calls, in memory that outlives it and that its supervisor can read.

Every series has its fixed place, so counting is one addition: a tenth of what prometheus-client's
own counters for several processes cost.
"""

import math
import mmap
import os
from bisect import bisect_left
from typing import NamedTuple

from classifier.errors import SettingsError
from classifier.server.telemetry.figure_families import (
    CALL_SECONDS,
    CALLS,
    CODES,
    DECISIONS,
    FAMILIES,
    IN_FLIGHT,
    METHOD_ROWS,
    METHODS,
    OPT_OUT_SCORE,
    OTHER_METHOD,
    RELOADS,
    REVIEWS,
    RULE_FLOOR,
    TURN_CHARACTERS,
    TURN_SECONDS,
    TURNS,
    Family,
)
from classifier.turns import Action, Label, Prediction

_VERSION_BYTES = 64
_PROCESS, _STARTS, _FIRST = 0, 1, 2  # who counts, how many workers have, and where families are


def _places() -> tuple[dict[str, int], int]:
    places, place = {}, _FIRST
    for family in FAMILIES:
        places[family.name] = place
        place += family.width * len(family.rows)
    return places, place


_PLACES, _NUMBERS = _places()
_USED_BYTES = _NUMBERS * 8 + _VERSION_BYTES
_BYTES = -(-_USED_BYTES // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY

_OTHER = METHODS.index(OTHER_METHOD)
_OUTCOMES = {outcome: place for place, (outcome,) in enumerate(DECISIONS.rows)}


class _Histogram(NamedTuple):
    """Where a family's numbers begin, how many a row has, and the bounds of its buckets."""

    place: int
    width: int
    bounds: tuple[float, ...]


def _histogram(family: Family) -> _Histogram:
    return _Histogram(_PLACES[family.name], family.width, family.bounds)


# What each call and turn needs is looked up once.
_CALLS_IN_FLIGHT, _CALLS = _PLACES[IN_FLIGHT.name], _PLACES[CALLS.name]
_RULE_FLOOR, _REVIEWS = _PLACES[RULE_FLOOR.name], _PLACES[REVIEWS.name]
_CALL_SECONDS, _TURN_SECONDS = _histogram(CALL_SECONDS), _histogram(TURN_SECONDS)
_CHARACTERS, _SCORES = _histogram(TURN_CHARACTERS), _histogram(OPT_OUT_SCORE)


class Figures:
    """The numbers of one worker. One thread counts each; any process that maps them may read.

    A worker that takes a dead one's place goes on with its counts.
    """

    def __init__(self, shared: int | None = None, worker: int = 0) -> None:
        """Map the numbers.

        Args:
            shared: Descriptor from `share_figures`; None keeps them to this process.
            worker: Whose they are, from 0.
        """
        memory: mmap.mmap | bytearray = bytearray(_BYTES)
        if shared is not None:
            memory = mmap.mmap(shared, _BYTES, offset=worker * _BYTES)
        view = memoryview(memory)
        self._numbers: memoryview[float] = view[: _NUMBERS * 8].cast("d")
        self._version = view[_NUMBERS * 8 : _USED_BYTES]
        self._turn_rows = {
            (label, action): _PLACES[TURNS.name] + i
            for i, (label, action) in enumerate((a, b) for a in Label for b in Action)
        }

    def start(self) -> None:
        """Say that this process counts from now on."""
        for family in FAMILIES:
            if family.live:
                self._numbers[_PLACES[family.name]] = 0
        self._numbers[_PROCESS] = os.getpid()
        self._numbers[_STARTS] += 1

    def serve_model(self, version: str) -> None:
        """Say which model answers.

        Args:
            version: Of the bundle, at most 64 bytes.
        """
        self._version[:] = version.encode()[:_VERSION_BYTES].ljust(_VERSION_BYTES, b"\0")

    def reloaded(self, loaded: bool) -> None:
        """Count a newly promoted bundle.

        Args:
            loaded: Whether it answers now; False where it was refused.
        """
        self._numbers[_PLACES[RELOADS.name] + (not loaded)] += 1

    def logged(self, outcome: str, decisions: int) -> None:
        """Count what became of decisions that were sampled for the decision log.

        Args:
            outcome: One of the rows of `DECISIONS`.
            decisions: How many.
        """
        self._numbers[_PLACES[DECISIONS.name] + _OUTCOMES[outcome]] += decisions

    def method_row(self, method: str) -> int:
        """Return the number of a method, to count its calls under.

        Args:
            method: As gRPC names it, such as ``/wurao.v1.ClassifierService/Classify``.
        """
        return METHOD_ROWS.get(method, _OTHER)

    def call_began(self) -> None:
        """Count a call as being answered."""
        self._numbers[_CALLS_IN_FLIGHT] += 1

    def call_ended(self, row: int, code: int, seconds: float | None) -> None:
        """Count a call that `call_began` was called for.

        Args:
            row: From `method_row`.
            code: Number of its gRPC code, from 0 for OK to 16.
            seconds: How long it took; None for a stream, which lasts as long as the caller wants.
        """
        numbers = self._numbers
        numbers[_CALLS_IN_FLIGHT] -= 1
        numbers[_CALLS + row * len(CODES) + code] += 1
        if seconds is not None:
            self._observe(_CALL_SECONDS, row, seconds)

    def classified(self, characters: int, prediction: Prediction, seconds: float) -> None:
        """Count a classified turn.

        Args:
            characters: Length of its text.
            prediction: What was said of it.
            seconds: How long that took.
        """
        numbers = self._numbers
        numbers[self._turn_rows[prediction.label, prediction.action]] += 1
        self._observe(_TURN_SECONDS, prediction.second_reading, seconds)
        self._observe(_CHARACTERS, 0, characters)
        self._observe(_SCORES, 0, prediction.scores[0])
        if prediction.rule:
            numbers[_RULE_FLOOR] += 1
        if prediction.needs_review:
            numbers[_REVIEWS] += 1

    def row(self, family: Family, number: int) -> list[float]:
        """Return the numbers of one row of a family.

        Args:
            family: One of `FAMILIES`.
            number: Which of its rows, from 0.
        """
        start = _PLACES[family.name] + number * family.width
        return list(self._numbers[start : start + family.width])

    @property
    def process(self) -> int:
        """Process id of the worker that counts here; 0 before the first has started."""
        return int(self._numbers[_PROCESS])

    @property
    def restarts(self) -> int:
        """How many workers have taken over from a dead one."""
        return max(0, int(self._numbers[_STARTS]) - 1)

    @property
    def model_version(self) -> str:
        """Version of the model that the worker serves; empty before the first."""
        return bytes(self._version).rstrip(b"\0").decode(errors="replace")

    def _observe(self, histogram: _Histogram, row: int, value: float) -> None:
        place, width, bounds = histogram
        start = place + row * width
        self._numbers[start + bisect_left(bounds, value)] += 1
        self._numbers[start + width - 1] += value if math.isfinite(value) else 0.0


def share_figures(workers: int) -> int:
    """Return a descriptor of memory in which workers count, for `Figures`; no file has a name.

    Args:
        workers: How many.

    Raises:
        SettingsError: There is no memory for it.
    """
    shared = os.memfd_create("wurao-figures")
    try:
        # A page without a place would kill whoever counts there, by SIGBUS.
        os.posix_fallocate(shared, 0, workers * _BYTES)
    except OSError as error:
        os.close(shared)
        message = f"no memory for the workers' metrics: {error.strerror}; make room"
        raise SettingsError(f"{message}, or do without WURAO_METRICS_ADDRESS") from None
    return shared
