"""What other processes do in the registry's tests: write until they are killed, write and check."""

import os
import sys
import threading
from itertools import count
from multiprocessing import Queue
from pathlib import Path

from classifier.optouts.open_registry import open_registry
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact, Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import keys_from_file
from classifier.optouts.subjects.subject import Subject, SubjectKind

_THREADS = 6
_BULK = 15


def number(n: int) -> Subject:
    """Return the nth number."""
    return Subject(SubjectKind.PHONE, f"+861{n:010d}")


def request(n: int) -> OptOutRequest:
    """Return the request of the nth number."""
    return OptOutRequest("acme", f"r{n}", number(n), Intake.VOICE, "bot", text="别再打了")


def write_until_killed(place: str, key_file: str, first: int) -> None:
    """Record and revoke in several threads; say on standard output what was acknowledged."""
    registry = open_registry(place, keys_from_file(Path(key_file)))
    numbers = count(first)

    def say(word: str, told: list[int]) -> None:
        os.write(1, "".join(f"{word} {n}\n" for n in told).encode())

    def write() -> None:
        for n in numbers:
            if n % _BULK == 0:
                many = [next(numbers) for _ in range(_BULK - 1)]
                registry.record_many([request(m) for m in many])
                say("recorded", many)
            registry.record(request(n))
            say("recorded", [n])
            if n % 7 == 0:
                say("revoking", [n])
                registry.revoke(Revocation("acme", f"v{n}", "clerk", "opted_in", subject=number(n)))
                say("revoked", [n])

    for _ in range(_THREADS):
        threading.Thread(target=write).start()


def write_and_check(
    place: str, key_file: str, me: int, inboxes: "list[Queue[int]]", rounds: int
) -> int:
    """Record numbers, tell every other process of each, and check at once what they tell.

    Returns:
        How many told numbers a check allowed.
    """
    registry = open_registry(place, keys_from_file(Path(key_file)))
    allowed = 0
    for n in range(rounds):
        own = me * rounds + n
        registry.record(request(own))
        allowed += registry.check(Contact("acme"), [number(own)]).allowed
        for other, inbox in enumerate(inboxes):
            if other != me:
                inbox.put(own)
        allowed += _check_told(registry, inboxes[me], n // 2 * (len(inboxes) - 1))
    registry.close()
    return allowed


def _check_told(registry: Registry, inbox: "Queue[int]", at_least: int) -> int:
    """Check what came in, and wait where the others lag behind."""
    allowed = 0
    seen = getattr(_check_told, "seen", 0)
    while seen < at_least or not inbox.empty():
        allowed += registry.check(Contact("acme"), [number(inbox.get(timeout=60))]).allowed
        seen += 1
    _check_told.seen = seen  # type: ignore[attr-defined]
    return allowed


if __name__ == "__main__":
    write_until_killed(sys.argv[1], sys.argv[2], int(sys.argv[3]))
