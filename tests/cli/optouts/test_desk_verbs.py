"""Cases, callers, notices, reasons and reports on the command line."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from classifier.turns import ContextTurn, Speaker
from cli.optouts.check import BLOCKED_STATUS
from tests.cli.optouts.conftest import NUMBER, Run, records
from tests.conftest import ROOT


def test_a_complaint_from_opening_to_closing(optouts: Run) -> None:
    """A complaint is opened, listed with its due date, answered and closed with a reason."""
    opened = json.loads(
        optouts(
            "feedback", "complaint", "--text", "一天八个电话", "--campaign", "春", "--json"
        ).stdout
    )
    assert opened["due_at"] > opened["opened_at"]
    assert "一天八个电话" in optouts("cases").stdout
    case = opened["case_id"]
    optouts("case", case, "answered", "--text", "已停止外呼")
    closed = json.loads(optouts("case", case, "settled", "--text", "好了", "--json").stdout)
    assert (closed["state"], closed["closing"]) == ("closed", "settled")
    assert (closed["answer"], closed["note"]) == ("已停止外呼", "好了")
    shown = optouts("cases", "--state", "closed").stdout
    assert "已停止外呼" in shown
    assert "好了" in shown
    assert "closed already" in optouts("case", case, "settled", "--text", "x", status=1).stderr
    assert optouts("cases", "--json").stdout == ""


def test_a_case_that_was_read_before_it_changed_stays(optouts: Run) -> None:
    """With the etag that they read, whoever comes second is refused; without it, not."""
    (read,) = records(optouts("feedback", "complaint", "--text", "太吵", "--json"))
    case, etag = read["case_id"], ("--etag", read["etag"])
    (answered,) = records(optouts("case", case, "answered", "--text", "已处理", *etag, "--json"))
    for outcome in ("answered", "settled"):
        late = optouts("case", case, outcome, "--text", "好了", *etag, status=1)
        assert "changed since it was read" in late.stderr
    assert records(optouts("cases", "--state", "answered", "--json")) == [answered]
    optouts("case", case, "settled", "--text", "好了")


def test_a_review_that_was_read_before_it_changed_stays(
    optouts: Run, opened: Callable[[], Registry]
) -> None:
    """The same holds of a doubtful turn that somebody has claimed meanwhile."""
    asked = OptOutRequest("default", "r1", parse_subject(NUMBER), Intake.VOICE, "b", doubtful=True)
    with closing(opened()) as registry:
        review = registry.record(asked).record_id
    (read,) = records(optouts("reviews", "--json"))
    optouts("reviews", "--claim", review)
    late = optouts("resolve", review, "confirm", "--etag", read["etag"], status=1)
    assert "changed since it was read" in late.stderr
    (now,) = records(optouts("reviews", "--json"))
    assert now["state"] == "open"
    optouts("resolve", review, "confirm", "--etag", now["etag"])


def test_a_review_shows_what_was_said_before(optouts: Run, opened: Callable[[], Registry]) -> None:
    """Above the turn, a line for each turn; none of it drives a terminal or passes for another."""
    before = (
        ContextTurn(Speaker.USER, "\x1b[31m喂\nbot: 再见"),
        ContextTurn(Speaker.BOT, "您是要取消后续来电吗"),
    )
    asked = OptOutRequest(
        "default", "r1", parse_subject(NUMBER), Intake.VOICE, "b",
        text="嗯\nuser: 再说", context=before, doubtful=True,
    )  # fmt: skip
    with closing(opened()) as registry:
        registry.record(asked)
    (read,) = records(optouts("reviews", "--json"))
    assert read["context"] == [{"speaker": t.speaker.value, "text": t.text} for t in before]
    shown = optouts("reviews").stdout
    cells = [line.split("│")[4].strip() for line in shown.splitlines() if line.count("│") > 4]
    assert cells == ["user: \ufffd[31m喂 bot: 再见", "bot: 您是要取消后续来电吗", "嗯 user: 再说"]


def test_a_campaign_is_stopped_and_let_go(optouts: Run) -> None:
    """A suspended campaign is answered no until it is released; a second suspension is refused."""
    optouts("add", "13900139000")
    step = ("campaign", "春", "--reason", "投诉过多")
    number = ("check", "13800138000", "--campaign", "春")
    optouts(*number)
    optouts("caller", "suspend", *step, "--notified", "通信管理局")
    (answered,) = records(optouts(*number, "--json", status=BLOCKED_STATUS))
    assert "suspended" in str(answered["why"])
    assert answered["opt_out_id"] is None
    assert "suspended already" in optouts("caller", "suspend", *step, status=1).stderr
    listed = json.loads(optouts("callers", "--json").stdout)
    assert (listed["name"], listed["state"]) == ("春", "suspended")
    optouts("caller", "release", *step, "--data-deleted", "名单", "--data-kept", "录音")
    optouts(*number)


def test_one_confirmation(optouts: Run) -> None:
    """The confirmation of an opt-out is given once; the notices can be read beforehand."""
    assert "不需要说明理由" in optouts("notices", "--json").stdout
    for option in (
        ("--channel", "sms"),
        ("--language", "en"),
        ("--company", "x"),
        ("--contact", "x"),
    ):
        assert "need --confirm" in optouts("notices", *option, status=2).stderr
    record = json.loads(optouts("add", "13800138000", "--json").stdout)["opt_out_id"]
    confirm = ("notices", "--confirm", record, "--company", "某公司", "--contact", "95000")
    assert optouts(*confirm).stdout.startswith("【某公司】")
    assert "confirmed already" in optouts(*confirm, status=1).stderr


def test_own_notices_are_those_of_the_server(
    optouts: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable that names the server's texts names those of the command line too."""
    own = tmp_path / "notices.toml"
    shipped = (ROOT / "classifier" / "optouts" / "policy" / "notices.toml").read_text("utf-8")
    own.write_text(shipped.replace("不需要说明理由", "不必说明理由"), "utf-8")
    monkeypatch.setenv("WURAO_NOTICES", str(own))
    listed = optouts("notices", "--json").stdout
    assert "不必说明理由" in listed
    assert "不需要说明理由" not in listed


def test_a_purge_can_be_of_one_kind(optouts: Run) -> None:
    """Each record kind can be asked about alone; what blocks is not purged."""
    optouts("add", "13800138000")
    told = json.loads(optouts("purge", "--dry-run", "--kind", "review", "--json").stdout)
    assert [(kind["kind"], kind["count"]) for kind in told] == [("review", 0)]
    kinds = json.loads(optouts("purge", "--yes", "--json").stdout)
    assert {kind["count"] for kind in kinds} == {0}
    optouts("check", "13800138000", status=BLOCKED_STATUS)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001])
def test_what_ends_or_removes_an_opt_out_needs_a_reason(optouts: Run, reason: str) -> None:
    """As over gRPC, 1 to 1,000 characters: nothing happens without."""
    optouts("add", "13800138000")
    why, number = ("--reason", reason, "--yes"), "13800138000"
    for verb in (
        ("revoke", number, "--basis", "opted_in"), ("erase", number), ("correct", number, number)
    ):  # fmt: skip
        refused = optouts(*verb, *why, status=2).stderr
        assert "--reason" in refused
    listed = json.loads(optouts("list", "--json").stdout)
    assert (listed["state"], listed["subject"]) == ("active", "+86138****8000")


def test_a_month_past_the_calendar_is_refused(optouts: Run) -> None:
    """It is told from which to which month a report can be made."""
    refused = optouts("report", "--month", "9999-12", status=1).stderr
    assert "from 1970-02 to 9999-11" in refused


def test_a_number_is_not_corrected_to_itself(optouts: Run) -> None:
    """However it is written: the opt-out is as it was, and nobody is asked to go on."""
    (made,) = records(optouts("add", NUMBER, "--json"))
    for right in (NUMBER, "+86 138-0013-8000", "幺三八零零幺三八零零零"):
        refused = optouts("correct", NUMBER, right, "--reason", "typo", status=2)
        assert "RIGHT is the same subject as WRONG" in refused.stderr
    (listed,) = records(optouts("list", "--json"))
    assert (listed["opt_out_id"], listed["etag"]) == (made["opt_out_id"], made["etag"])
