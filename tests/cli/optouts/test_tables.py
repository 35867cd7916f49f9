"""How an opt-out stands, as the command line shows it and gRPC says it."""

import json
from collections.abc import Callable
from contextlib import closing

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from tests.cli.optouts.conftest import NUMBER, Run, records


def test_what_is_under_review_says_so(optouts: Run, opened: Callable[[], Registry]) -> None:
    """In list, show and JSON, with its review's number; decided, it is active and keeps that."""
    asked = OptOutRequest(
        "default", "r1", parse_subject(NUMBER), Intake.VOICE, "bot", doubtful=True
    )
    with closing(opened()) as registry:
        review = registry.record(asked).record_id
    (listed,) = records(optouts("list", "--json"))
    assert (listed["state"], listed["review_id"]) == ("under_review", review)
    assert "under_review" in optouts("list").stdout
    (held,) = json.loads(optouts("show", NUMBER, "--json").stdout)["opt_outs"]
    assert held["state"] == "under_review"
    assert len(records(optouts("list", "--state", "active", "--json"))) == 1
    (decided,) = records(optouts("resolve", review, "confirm", "--json"))
    assert (decided["state"], decided["review_id"]) == ("active", review)
    (plain,) = records(optouts("add", "13900139000", "--json"))
    assert (plain["state"], plain["review_id"]) == ("active", None)


def test_what_is_said_drives_no_terminal(optouts: Run) -> None:
    """Control and direction characters do not reach it, in a table as elsewhere."""
    said = "\x1b]0;X\x1b\\\x1b[31m\u202e别打了\n第二行"
    optouts("feedback", "complaint", "--text", said)
    shown = optouts("cases").stdout
    assert "别打了" in shown
    assert "第二行" in shown
    assert not {"\x1b", "\u202e"} & set(shown)
