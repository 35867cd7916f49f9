"""What is stopped, as `add` and `resolve` take it."""

from collections.abc import Callable
from contextlib import closing

import pytest

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from tests.cli.optouts.conftest import NUMBER, Run, records


@pytest.fixture
def doubtful(optouts: Run, opened: Callable[[], Registry]) -> int:
    """A review that waits, by its number."""
    asked = OptOutRequest(
        "default", "r1", parse_subject(NUMBER), Intake.VOICE, "bot", doubtful=True
    )
    with closing(opened()) as registry:
        return registry.record(asked).record_id


def test_a_review_is_narrowed_to_what_is_named(optouts: Run, doubtful: int) -> None:
    """Campaign and channel together are kept."""
    only = ("--only-campaign", "spring", "--only-channel", "sms")
    (narrowed,) = records(optouts("resolve", doubtful, "narrow", *only, "--json"))
    assert narrowed["scope"] == {"reach": "campaign", "name": "spring", "channel": "sms"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["narrow", "--only-campaign", "spring", "--only-purpose", "ads"], "not both"),
        (["narrow"], "narrow needs --only-campaign, --only-purpose or --only-channel"),
        (["narrow", "--only-campaign", ""], "is empty"),
        (["confirm", "--only-channel", "sms"], "confirm takes no --only-campaign"),
    ],
)
def test_a_scope_that_is_unclear_decides_nothing(
    optouts: Run, doubtful: int, arguments: list[str], message: str
) -> None:
    """It is wrong use, and the review waits on."""
    assert message in optouts("resolve", doubtful, *arguments, status=2).stderr
    (waiting,) = records(optouts("reviews", "--json"))
    assert waiting["review_id"] == doubtful


def test_an_empty_name_stops_not_everything(optouts: Run) -> None:
    """A variable of a script that is not set is no wish to widen the scope."""
    for option in ("--only-campaign", "--only-purpose"):
        assert option in optouts("add", NUMBER, option, " ", status=2).stderr
    assert optouts("list", "--json").stdout == ""


@pytest.mark.parametrize(
    ("option", "field"),
    [("--request-id", "request_id"), ("--only-campaign", "scope.name"), ("--actor", "actor")],
)
def test_a_number_in_what_stands_in_the_open_is_refused(
    optouts: Run, option: str, field: str
) -> None:
    """Whoever types it can type another; the option is named, the number is not."""
    told = optouts("add", NUMBER, option, f"x{NUMBER}", status=1).stderr
    assert f"{field}: holds the number" in told
    assert NUMBER not in told
    optouts("check", NUMBER)
