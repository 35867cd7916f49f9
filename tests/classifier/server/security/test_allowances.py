"""How many calls a client may make."""

import pytest

from classifier.server.security.allowances import Allowances


def test_a_burst_and_then_the_rate() -> None:
    """A client may make `burst` calls at once, then as many a second as agreed, no more."""
    now = [0.0]
    allowances = Allowances(10, 5, lambda: now[0])
    assert [allowances.take("a") for _ in range(5)] == [0.0] * 5
    assert allowances.take("a") == pytest.approx(0.1)
    allowed = 0
    for _ in range(1_000):
        now[0] += 0.01
        allowed += allowances.take("a") == 0
    assert 99 <= allowed <= 101


def test_the_wait_is_as_long_as_it_says() -> None:
    """Who waits that long is let in; who does not is not, and asking costs nothing."""
    now = [0.0]
    allowances = Allowances(0.5, 1, lambda: now[0])
    assert allowances.take("a") == 0
    assert allowances.take("a") == allowances.take("a") == pytest.approx(2)
    now[0] = 1.0
    assert allowances.take("a") == pytest.approx(1)
    now[0] = 2.0001
    assert allowances.take("a") == 0


def test_a_wait_is_told_as_a_day_at_most() -> None:
    """However slowly a bucket fills, the wait can be sent."""
    allowances = Allowances(1e-320, 1, lambda: 0.0)
    assert [allowances.take("a"), allowances.take("a")] == [0.0, 86_400.0]


def test_clients_do_not_share() -> None:
    """One client's flood takes nothing from another."""
    allowances = Allowances(1, 1, lambda: 0.0)
    assert allowances.take("a") == 0
    assert allowances.take("a") > 0
    assert allowances.take("b") == 0


def test_memory_is_bounded() -> None:
    """A million clients are remembered as the latest few; the busy one among them is kept."""
    now = [0.0]
    allowances = Allowances(1, 1, lambda: now[0], max_clients=100)
    allowances.take("busy")
    for i in range(100_000):
        allowances.take(str(i))
        if i % 50 == 0:
            assert allowances.take("busy") > 0
    assert len(allowances._buckets) == 100
