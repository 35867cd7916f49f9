"""A list that is cut says so, to scripts too."""

from collections.abc import Callable

import pytest

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects import parse_subject
from tests.cli.optouts.conftest import Run, records

_VERBS = ("list", "reviews", "cases")


@pytest.fixture
def filled(optouts: Run, opened: Callable[[], Registry]) -> Run:
    """Three doubtful opt-outs, each with its review, and three cases."""
    registry = opened()
    for n in range(3):
        subject = parse_subject(f"1380013800{n}")
        registry.record(
            OptOutRequest("default", f"r{n}", subject, Intake.VOICE, "bot", doubtful=True)
        )
    registry.close()
    for _ in range(3):
        optouts("feedback", "complaint", "--text", "太吵")
    return optouts


def test_a_cut_list_says_so(filled: Run) -> None:
    """On standard error, beside a table and beside JSON; a whole one says nothing."""
    for verb in _VERBS:
        cut = filled(verb, "--json", "--limit", 2)
        assert len(records(cut)) == 2
        assert "there are more" in cut.stderr
        whole = filled(verb, "--json", "--limit", 3)
        assert len(records(whole)) == 3
        assert whole.stderr == ""
        assert "there are more" in filled(verb, "--limit", 2).stderr
    after = records(filled("list", "--json", "--limit", 2))[-1]["opt_out_id"]
    assert f"--after {after}" in filled("list", "--limit", 2).stderr
    assert len(records(filled("list", "--json", "--after", after))) == 1


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_limit_is_at_least_one(optouts: Run, limit: str) -> None:
    """Anything else is wrong use."""
    for verb in _VERBS:
        assert "--limit" in optouts(verb, "--limit", limit, status=2).stderr
