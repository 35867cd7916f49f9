"""`wurao optouts check` on lists: each line has its answer, and none is taken for a yes."""

from collections.abc import Callable

import pytest

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import Subject, SubjectKind
from tests.cli.optouts.conftest import NUMBER, Run, records

_LINES = f"{NUMBER}\n13900139000\n\nnot a number\n13700137000\n"


def test_an_unreadable_line_is_named_and_the_others_answered(optouts: Run) -> None:
    """Its line number and why; it is not allowed, and the status says that something is wrong."""
    optouts("add", NUMBER)
    told = optouts("check", "-", "--json", stdin=_LINES, status=1)
    answers = records(told)
    assert [answer["allowed"] for answer in answers] == [False, True, False, True]
    assert str(answers[2]["error"]).startswith("line 4: subject: cannot be read")
    assert "line 4: subject: cannot be read" in told.stderr
    assert "not a number" not in told.stderr
    table = optouts("check", "-", stdin=_LINES, status=1)
    assert "line 4: subject: cannot be read" in table.stderr
    assert table.stdout.count("yes") == 2
    argument = optouts("check", NUMBER, "x", "13900139000", status=1)
    assert "argument 2: subject: cannot be read" in argument.stderr
    assert argument.stdout.count("yes") == 1


def test_a_byte_order_mark_is_no_part_of_a_number(optouts: Run) -> None:
    """A list that an editor of Windows saved is read as it looks."""
    optouts("add", NUMBER)
    (first, second) = records(
        optouts("check", "-", "--json", stdin=f"\ufeff{NUMBER}\r\n13900139000\r\n", status=3)
    )
    assert (first["subject"], first["allowed"]) == (NUMBER, False)
    assert second["allowed"] is True


@pytest.mark.parametrize("nothing", ["", "\n \n"])
def test_no_input_is_no_yes(optouts: Run, nothing: str) -> None:
    """A pipe that broke before is an error, not a list of which all may be contacted."""
    told = optouts("check", "-", stdin=nothing, status=1)
    assert "nothing was checked" in told.stderr
    assert told.stdout == ""


def test_a_label_unknown_here_is_no_yes(optouts: Run) -> None:
    """A number behind it is not taken for an account nobody refused, which can be named as one."""
    optouts("add", NUMBER)
    assert "label unknown here" in optouts("check", f"T:{NUMBER}", status=1).stderr
    optouts("check", f"sip:{NUMBER}@10.0.0.1", status=3)
    optouts("add", f"T:{NUMBER}", "--subject-kind", "chat")
    optouts("check", f"T:{NUMBER}", "--subject-kind", "chat", status=3)


def test_an_account_that_was_a_number_is_put_right(optouts: Run) -> None:
    """What was recorded as an account can be moved to the number meant."""
    optouts("add", f"T:{NUMBER}", "--subject-kind", "chat")
    reason = ("--reason", "label of a list", "--yes", "--subject-kind", "chat")
    optouts("correct", f"T:{NUMBER}", NUMBER, *reason)
    optouts("check", NUMBER, status=3)


def test_an_account_by_a_label_is_found_and_put_right(
    optouts: Run, opened: Callable[[], Registry]
) -> None:
    """Older code took such down: verify counts them, verbs on what is held name them, no other."""
    account, as_chat = f"phone:{NUMBER}", ("--subject-kind", "chat")
    registry = opened()
    subject = Subject(SubjectKind.CHAT, account)
    registry.record(OptOutRequest("default", "r1", subject, Intake.AGENT, "lin"))
    registry.close()
    optouts("check", account)
    optouts("check", account, *as_chat, status=1)
    optouts("add", account, *as_chat, status=1)
    told = optouts("verify")
    assert "1 opt-outs in force are of chat accounts by a label" in told.stderr
    assert NUMBER not in told.stdout + told.stderr
    (shown,) = records(optouts("show", account, *as_chat, "--json"))
    assert len(shown["opt_outs"]) == 1  # type: ignore[arg-type]  # of JSON
    reason = ("--reason", "label of a list", "--yes", *as_chat)
    optouts("correct", account, NUMBER, *reason)
    optouts("check", account, NUMBER, status=3)
    assert records(optouts("verify", "--json"))[0]["labelled"] == 0
    optouts("erase", account, *reason)
