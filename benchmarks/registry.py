"""Times the registry: `python -m benchmarks.registry [FOLDER] [RECORDS]`.

FOLDER keeps the filled SQLite registry, which takes minutes and some gigabytes to make once.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.registry_fill import TENANT, fill, number
from benchmarks.registry_writes import committed_each_second, registry_whole, store_alone
from classifier.key_file import add_key
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.records import Contact
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import keys_from_file
from classifier.turns import Channel
from tests.postgres_server import postgres_server, schema

_CONTACT = Contact(TENANT, "bot-7", "spring", "marketing", Channel.VOICE)
_CHECKS = 20_000
_AT_ONCE = 1000
_THREADS = 32
_SECONDS = 7.0
_ROUNDS = 7
_EACH = 12_000  # rows at most in a round


def main() -> None:
    """Print one line a figure."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/registry")
    records = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    path = folder / "registry.sqlite"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "keys").exists():
        add_key(folder / "keys")
    ring = keys_from_file(folder / "keys")
    if not path.exists():
        fill(path, ring, records, lambda done: print(f"\r{done:,} records", end="", flush=True))
        print()
    registry = open_registry(str(path), ring)
    print(f"{records:,} records in SQLite, {path.stat().st_size / 1e9:.1f} GB")
    checks(registry, records)
    registry.close()
    with tempfile.TemporaryDirectory() as name, postgres_server() as url:
        places = ((f"{name}/{{}}.sqlite", "SQLite"), (url, "PostgreSQL"))
        for place, title in places:
            if title == "SQLite":
                writes(title, place.format("whole"), place.format("alone"), folder / "keys")
            else:
                with schema(url, "whole") as whole, schema(url, "alone") as alone:
                    writes(title, whole, alone, folder / "keys")


def checks(registry: Registry, records: int) -> None:
    """Print what checks cost, half of the numbers being in the registry.

    Args:
        registry: Filled.
        records: How many are in it.
    """
    draw = random.Random(7)  # ruff: ignore[suspicious-non-cryptographic-random-usage]
    subjects = [number(draw.randrange(2 * records)) for _ in range(_CHECKS)]

    def one_by_one() -> int:
        return sum(registry.check(_CONTACT, [subject]).allowed for subject in subjects)

    def in_bulk() -> int:
        return sum(
            decision.allowed
            for start in range(0, _CHECKS, _AT_ONCE)
            for decision in registry.check_many(_CONTACT, subjects[start : start + _AT_ONCE])
        )

    for subject in subjects[:2000]:
        registry.check(_CONTACT, [subject])
    for name, work in (("check, one at a time", one_by_one), ("check, 1,000 at once", in_bulk)):
        cost, allowed = _cpu(work)
        print(
            f"{name}: {cost / _CHECKS * 1e6:.1f} us of CPU each, "
            f"{_CHECKS / cost:,.0f} a second and core ({allowed / _CHECKS:.0%} allowed)"
        )


def writes(title: str, whole: str, alone: str, key_file: Path) -> None:
    """Print what is committed each second, and the share of what the store commits by itself.

    Args:
        title: Of the store.
        whole: An empty place for the registry.
        alone: An empty place for the store alone.
        key_file: With the keys.
    """
    ring = keys_from_file(key_file)
    for place in (whole, alone):
        create_registry(place, ring)
    registries = open_registry(whole, ring), open_registry(alone, ring)
    store = registries[1].store
    raw = store_alone(store, ring, _ROUNDS * _EACH)
    found: dict[str, list[tuple[float, float]]] = {"registry": [], "store": []}
    for first in range(0, _ROUNDS * _EACH, _EACH):  # in turns, so that a busy neighbour meets both
        works: dict[str, Callable[[int], object]] = {
            "registry": registry_whole(registries[0], first),
            "store": partial(raw, first),
        }
        for name, work in works.items():
            found[name].append(committed_each_second(work, _THREADS, _SECONDS / _ROUNDS, _EACH))
    mine, bare = (statistics.median(rate for rate, _ in found[name]) for name in found)
    paired = [a / b for (a, _), (b, _) in zip(found["registry"], found["store"], strict=True)]
    cost, floor = (statistics.median(cpu for _, cpu in found[name]) * 1e6 for name in found)
    print(
        f"{title}, {_THREADS} threads: {mine:,.0f} records a second committed, the store alone "
        f"{bare:,.0f}; {min(paired):.0%} to {max(paired):.0%}, median "
        f"{statistics.median(paired):.0%}; CPU {cost:.0f} us and {floor:.0f} us each"
    )
    for registry in registries:
        registry.close()


def _cpu(work: Callable[[], int]) -> tuple[float, int]:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


if __name__ == "__main__":
    main()
