"""What the registry commits, beside what its store commits of the same rows, in the same run."""

import threading
import time
from collections.abc import Callable

from benchmarks.registry_fill import number, request
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.events.event import Event, chain_hash, commitment
from classifier.optouts.events.tables import EVENTS, SECRETS, SUBJECTS, Row, Table
from classifier.optouts.recording.subject_index import subject_row
from classifier.optouts.registry import Registry
from classifier.optouts.sql.sql_view import SqlTransaction
from classifier.optouts.sql_store import SqlStore
from classifier.optouts.subjects.keys import KeyRing

_Rows = list[tuple[Table, Row]]


def committed_each_second(
    write: Callable[[int], object], threads: int, seconds: float, at_most: int
) -> tuple[float, float]:
    """Return how many writes several threads get acknowledged each second, and the CPU of one.

    Args:
        write: Writes and waits for the commit; called with 0, 1, 2 and so on.
        threads: How many at once.
        seconds: For how long.
        at_most: Where to stop before.
    """
    numbers, done = iter(range(at_most)), [0] * threads
    until = time.monotonic() + seconds

    def work(me: int) -> None:
        for n in numbers:
            write(n)
            done[me] += 1
            if time.monotonic() > until:
                return

    started, cpu = time.monotonic(), time.process_time()
    workers = [threading.Thread(target=work, args=(me,)) for me in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    written = sum(done)
    return written / (time.monotonic() - started), (time.process_time() - cpu) / written


def store_alone(store: SqlStore, ring: KeyRing, amount: int) -> Callable[[int, int], object]:
    """Return a write of the same rows, made beforehand: the store and its group commit alone.

    It takes the number to begin with, and how many have come since.

    Args:
        store: An empty one.
        ring: The keys.
        amount: How many rows to make.
    """
    made = [_rows_of(ring, n) for n in range(amount)]

    def write(first: int, n: int) -> object:
        def work(transaction: SqlTransaction) -> None:
            for table, row in made[first + n]:
                transaction.insert(table, row)

        return store._group.run(work)  # ruff: ignore[private-member-access]

    return write


def registry_whole(registry: Registry, first: int) -> Callable[[int], object]:
    """Return a write as a service does it.

    Args:
        registry: Any.
        first: The number to begin with.
    """
    return lambda n: registry.record(request(n + first))


def _rows_of(ring: KeyRing, n: int) -> _Rows:
    seq, now = n + 1, time.time_ns() // 1000
    secret = b"x" * 60
    event = Event(
        seq, now, "opt_out_recorded", "bot-7", "acme", seq, f"r{n}", "{" + "x" * 140 + "}",
        "{" + "x" * 70 + "}", commitment(bytes(16), secret),
    )  # fmt: skip
    values = [getattr(event, name) for name in EVENTS.columns[:-1]]
    digest = chain_hash(bytes(32), event)
    opt_out: Row = {
        "record": seq, "tenant": "acme", "subject": seq, "reach": "all", "name": "", "channel": "",
        "intake": "voice", "since_us": now, "until_us": 0, "state": "active", "etag": seq,
    }  # fmt: skip
    return [
        (EVENTS, dict(zip(EVENTS.columns, [*values, digest], strict=True))),
        (SECRETS, {"seq": seq, "key_version": 1, "sealed": ring.seal(secret, seq, 1)}),
        (SUBJECTS, subject_row(ring, number(n), seq, 1)),
        (OPT_OUTS, opt_out),
    ]
