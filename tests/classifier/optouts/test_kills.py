"""Writers are killed at random moments: what was acknowledged is there, and nothing is half."""

import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.records import Contact
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.processes import number, request

_KILLS = int(os.environ.get("WURAO_TEST_KILLS", "5"))
_NUMBERS_A_RUN = 1_000_000
_ACME = Contact("acme")


def test_nothing_acknowledged_is_lost(place: str, ring: KeyRing, key_file: Path) -> None:
    """After each kill -9 all that was acknowledged is there, the chain holds, writing goes on."""
    create_registry(place, ring)
    registry = open_registry(place, ring)
    acknowledged = 0
    for run in range(1, _KILLS + 1):
        told = killed_writer(place, key_file, run * _NUMBERS_A_RUN)
        acknowledged += len(told["recorded"])
        recorded = sorted(told["recorded"] - told["revoking"])
        decisions = registry.check_many(_ACME, [number(n) for n in recorded])
        assert not any(decision.allowed for decision in decisions)
        if told["revoked"]:
            free = registry.check_many(_ACME, [number(n) for n in sorted(told["revoked"])])
            assert all(decision.allowed for decision in free)
        registry.record(request(run))
        if run % 20 == 0 or run == _KILLS:
            assert registry.store.verify().findings == ()
    registry.close()
    print(f"{_KILLS} kills, {acknowledged:,} acknowledged records")
    assert acknowledged > _KILLS


def killed_writer(place: str, key_file: Path, first: int) -> dict[str, set[int]]:
    """Run a writer, kill it at a random moment of its work, and return what it had acknowledged."""
    command = [sys.executable, "-m", "tests.classifier.optouts.processes"]
    with subprocess.Popen(
        [*command, place, str(key_file), str(first)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        begun = writer.stdout.readline()
        time.sleep(random.uniform(0, 0.25))  # ruff: ignore[suspicious-non-cryptographic-random-usage]
        writer.kill()
        lines = (begun + writer.stdout.read()).split(b"\n")
    told: dict[str, set[int]] = defaultdict(set)
    for line in lines[:-1]:  # the last is empty, or was cut off
        word, n = line.split()
        told[word.decode()].add(int(n))
    assert told["recorded"]
    return told
