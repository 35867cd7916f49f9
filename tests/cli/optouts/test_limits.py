"""A list that is cut says so, to scripts too."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from cli.main import wurao
from tests.cli.optouts.conftest import Run, records

_VERBS = ("list", "reviews", "cases")
_TOO_LARGE = "99999999999999999999"


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


@pytest.mark.parametrize("limit", ["0", "-1", _TOO_LARGE])
def test_a_limit_is_at_least_one(optouts: Run, limit: str) -> None:
    """Anything else is wrong use."""
    for verb in _VERBS:
        assert "--limit" in optouts(verb, "--limit", limit, status=2).stderr


@pytest.mark.parametrize(
    ("named", "arguments"),
    [
        ("REVIEW", ("resolve", _TOO_LARGE, "confirm")),
        ("--etag", ("resolve", 1, "confirm", "--etag", _TOO_LARGE)),
        ("--record", ("revoke", "--record", _TOO_LARGE, "--basis", "mistake", "--reason", "x")),
        ("CASE", ("case", _TOO_LARGE, "settled", "--text", "x")),
        ("--etag", ("case", 1, "settled", "--text", "x", "--etag", _TOO_LARGE)),
        ("--confirm", ("notices", "--confirm", _TOO_LARGE, "--company", "x", "--contact", "x")),
        ("--claim", ("reviews", "--claim", _TOO_LARGE)),
        ("--release", ("reviews", "--release", _TOO_LARGE)),
        ("--after", ("list", "--after", _TOO_LARGE)),
        ("--since", ("list", "--since", "0001-01-01")),
        ("--until", ("list", "--until", "0001-01-01")),
    ],
)
def test_what_no_store_can_hold_is_wrong_use(named: str, arguments: tuple[object, ...]) -> None:
    """A number or time past all bounds is named by its option, before the store is asked."""
    result = CliRunner().invoke(wurao, ["optouts", *map(str, arguments)])
    assert result.exit_code == 2
    assert f"Invalid value for '{named}'" in result.output


def test_the_largest_number_is_asked_for(optouts: Run) -> None:
    """Up to what a store takes it is a number like others, of which there is nothing."""
    largest = 2**63 - 1
    assert "there is no" in optouts("reviews", "--claim", largest, status=1).stderr
    assert optouts("list", "--json", "--after", largest, "--limit", 2**31 - 1).stdout == ""
