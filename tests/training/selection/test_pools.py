"""Bounded collections of a stream."""

from collections import Counter

from tests.training.selection.conftest import MakeCandidate
from training.selection.pools import Reservoir, TemplateSample, TopPool


def test_top_pool_keeps_the_best_of_each_template(candidate: MakeCandidate) -> None:
    """The highest values stay, best first, and messages that differ in a number count once."""
    pool = TopPool(3)
    values = [0.2, 0.9, 0.5, 0.7, 0.1]
    for row, value in enumerate(values):
        pool.add(value, candidate(row, "喂哎哦嗯啊"[row]))
    pool.add(0.95, candidate(9, "您有3张券"))
    pool.add(0.99, candidate(10, "您有58张券"))
    assert [c.row for c in pool.best_first()] == [9, 1, 3]


def test_a_pool_of_none_takes_none(candidate: MakeCandidate) -> None:
    """A share of zero holds nothing."""
    pool = TopPool(0)
    pool.add(1.0, candidate(1, "喂"))
    assert pool.best_first() == []


def test_template_sample_is_even_over_templates(candidate: MakeCandidate) -> None:
    """A template that comes a thousand times is as likely to stay as one that comes once."""
    kept: Counter[str] = Counter()
    rare = [chr(0x4E00 + i) for i in range(9)]
    for seed in range(300):
        sample = TemplateSample(5, seed)
        for row in range(20):
            sample.add(candidate(row, "在吗"))
        for row, text in enumerate(rare, start=100):
            sample.add(candidate(row, text))
        assert len(sample.all()) == 5
        kept.update(c.turn.text for c in sample.all())
    assert 0.4 < kept["在吗"] / 300 < 0.6
    assert all(0.4 < kept[text] / 300 < 0.6 for text in rare)


def test_reservoir_is_even_over_rows(candidate: MakeCandidate) -> None:
    """Every row has the same chance, the first and the last alike, and all that came is counted."""
    kept: Counter[int] = Counter()
    rows = [candidate(row, f"第{row}") for row in range(10)]
    for seed in range(600):
        reservoir = Reservoir(3, seed)
        for one in rows:
            reservoir.add(one)
        assert reservoir.seen == 10
        kept.update(c.row for c in reservoir.all())
    assert all(0.23 < kept[row] / 600 < 0.37 for row in range(10))


def test_a_sampled_log_is_drawn_as_the_traffic_that_it_stands_for(candidate: MakeCandidate) -> None:
    """A turn that stands for ten is drawn ten times as often as one that stands for itself."""
    kept: Counter[int] = Counter()
    rows = [candidate(row, f"第{row}", weight=10 if row < 5 else 1) for row in range(55)]
    for seed in range(1_000):
        reservoir = Reservoir(1, seed)
        for one in rows:
            reservoir.add(one)
        assert reservoir.seen == 100
        kept.update(c.row for c in reservoir.all())
    assert 0.45 < sum(kept[row] for row in range(5)) / 1_000 < 0.55
