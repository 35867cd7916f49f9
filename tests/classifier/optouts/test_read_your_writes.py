"""What one process has recorded no other ever allows."""

import multiprocessing
import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from classifier.optouts.listing import Filter
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.records import Contact
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.conftest import listed_opt_outs
from tests.classifier.optouts.processes import number, request, write_and_check

_PROCESSES = 4
_ROUNDS = 60


def test_no_process_allows_what_another_recorded(place: str, ring: KeyRing, key_file: Path) -> None:
    """Several processes record and tell one another at once: no check allows a told number."""
    create_registry(place, ring)
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(_PROCESSES, context) as pool:
        inboxes = [manager.Queue() for _ in range(_PROCESSES)]
        jobs = [
            pool.submit(write_and_check, place, str(key_file), me, inboxes, _ROUNDS)  # type: ignore[arg-type]
            for me in range(_PROCESSES)
        ]
        assert [job.result(timeout=300) for job in jobs] == [0] * _PROCESSES
    registry = open_registry(place, ring)
    assert len(listed_opt_outs(registry, Filter("acme", limit=10_000))) == _PROCESSES * _ROUNDS
    assert registry.store.verify().findings == ()
    registry.close()


def test_a_fork_has_connections_of_its_own(place: str, ring: KeyRing) -> None:
    """A child made by fork writes and checks without disturbing its parent."""
    create_registry(place, ring)
    registry = open_registry(place, ring)
    registry.record(request(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads
        child = os.fork()
    if not child:
        try:
            registry.record(request(2))
            ok = not registry.check(Contact("acme"), [number(1)]).allowed
            os._exit(0 if ok else 1)
        finally:
            os._exit(2)
    registry.record(request(3))
    assert os.waitpid(child, 0)[1] == 0
    assert not any(d.allowed for d in registry.check_many(Contact("acme"), [number(2), number(3)]))
    assert registry.store.verify().findings == ()
    registry.close()
