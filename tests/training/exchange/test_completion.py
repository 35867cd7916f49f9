"""What is filled in where a labelling tool says nothing."""

from training.exchange.completion import fresh_id


def test_a_fresh_id_is_nobody_elses() -> None:
    """By what a turn says; numbered where other turns have that and the next ones."""
    record = {"text": "别再打了", "channel": "voice"}
    own = fresh_id(record, set())
    assert fresh_id(record, {"a1"}) == own
    assert fresh_id(record, {own}) == f"{own}-2"
    assert fresh_id(record, {own, f"{own}-2"}) == f"{own}-3"
