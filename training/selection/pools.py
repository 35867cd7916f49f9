"""Bounded collections for a stream: the best, and two kinds of random sample."""

import hashlib
import heapq
import random

from training.selection.candidates import Candidate


class TopPool:
    """The candidates with the highest values, one for each template."""

    def __init__(self, size: int) -> None:
        """Begin empty.

        Args:
            size: How many are kept at most, 0 or more.
        """
        self._size = size
        self._heap: list[tuple[float, int, Candidate]] = []
        self._templates: set[bytes] = set()

    def wants(self, value: float) -> bool:
        """Say whether a value would be kept now.

        Args:
            value: The higher, the more worth labelling.
        """
        return self._size > 0 and (len(self._heap) < self._size or value > self._heap[0][0])

    def add(self, value: float, candidate: Candidate) -> None:
        """Take a candidate in, unless its template is there or its value too low.

        Args:
            value: The higher, the more worth labelling.
            candidate: Of a later row than those before, so that equal values never compare it.
        """
        if candidate.template in self._templates or not self.wants(value):
            return
        self._templates.add(candidate.template)
        entry = (value, -candidate.row, candidate)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, entry)
        else:
            gone = heapq.heappushpop(self._heap, entry)
            self._templates.discard(gone[2].template)

    def best_first(self) -> list[Candidate]:
        """Return what is kept, the highest value first, of equal ones the earlier row."""
        return [candidate for _value, _row, candidate in sorted(self._heap, reverse=True)]


class TemplateSample:
    """An even random sample of the distinct templates, however often each comes.

    Those whose salted digests are lowest are kept, so a template that comes again changes nothing.
    """

    def __init__(self, size: int, seed: int) -> None:
        """Begin empty.

        Args:
            size: How many are kept at most, 0 or more.
            seed: Another one gives another sample.
        """
        self._pool = TopPool(size)
        self._salt = seed.to_bytes(8, "big", signed=True)

    def add(self, candidate: Candidate) -> None:
        """Take a candidate in, where the draw falls on its template.

        Args:
            candidate: Any.
        """
        digest = hashlib.blake2b(candidate.template, digest_size=6, key=self._salt).digest()
        self._pool.add(-float(int.from_bytes(digest)), candidate)

    def all(self) -> list[Candidate]:
        """Return the sample in an order that the draw fixed."""
        return self._pool.best_first()


class Reservoir:
    """An even random sample of all turns that the candidates stand for, drawn in one pass.

    Each gets the time of its first event in a process of its weight's rate; the earliest stay, so
    one that stands for ten is ten times as likely to (Efraimidis and Spirakis, 2006).
    """

    def __init__(self, size: int, seed: int) -> None:
        """Begin empty.

        Args:
            size: How many are drawn, 0 or more.
            seed: Another one gives another sample.
        """
        self._size = size
        self._random = random.Random(seed)  # ruff: ignore[suspicious-non-cryptographic-random-usage]
        self._heap: list[tuple[float, int, Candidate]] = []
        self.seen = 0.0

    def add(self, candidate: Candidate) -> None:
        """Take a candidate into the draw.

        Args:
            candidate: Any.
        """
        self.seen += candidate.weight
        if not self._size:
            return
        entry = (-self._random.expovariate(candidate.weight), candidate.row, candidate)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def all(self) -> list[Candidate]:
        """Return what was drawn, by row."""
        return sorted((candidate for *_key, candidate in self._heap), key=lambda c: c.row)
