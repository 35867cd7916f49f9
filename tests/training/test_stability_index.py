"""The stability index against a sum by hand."""

import pytest

from training.stability_index import stability_index


def test_index_is_that_of_the_textbook() -> None:
    """Equal shares give 0; 60 and 40 % against even halves give .0405, in either direction."""
    assert stability_index([50, 50], [500, 500]) == pytest.approx(0)
    assert stability_index([5_000, 5_000], [6_000, 4_000]) == pytest.approx(0.0405, abs=1e-3)
    assert stability_index([6_000, 4_000], [5_000, 5_000]) == pytest.approx(0.0405, abs=1e-3)
