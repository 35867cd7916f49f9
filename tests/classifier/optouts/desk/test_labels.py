"""Verdicts become lines that training reads."""

import io
import json
from collections.abc import Callable
from pathlib import Path

from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.labels import export_labels
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.listing import Filter
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Intake, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.turns import ContextTurn, Label, Reason, Speaker
from tests.classifier.optouts.conftest import listed_events, phone
from training.dataset import read_file
from training.exchange.formats import read_labels
from training.exchange.intake import sort_incoming
from training.exchange.source import LabelFile

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]
QUESTION = (ContextTurn(Speaker.BOT, "請問您是要取消後續來電嗎"),)


def test_verdicts_are_lines_of_the_data_set(
    registry: Registry,
    policies: Policies,
    ask: Ask,
    new_id: NewId,
    tiny_data: Path,
    tmp_path: Path,
) -> None:
    """Each verdict becomes a line with text, context and the label that a person gave."""
    reviews = Reviews(registry, policies)
    turns = [
        (ask(1, doubtful=True, text="對", context=QUESTION), Verdict.CONFIRM, Label.NORMAL),
        (ask(2, doubtful=True, text="改天再打吧"), Verdict.FALSE_ALARM, Label.NORMAL),
        (
            ask(3, doubtful=True, text="你们怎么有我号码", reasons=(Reason.PRIVACY,)),
            Verdict.FALSE_ALARM,
            Label.COMPLAINT,
        ),
        (
            ask(4, doubtful=True, text="唔好再send短訊", intake=Intake.AGENT),
            Verdict.NARROW,
            Label.NORMAL,
        ),
        (ask(5, doubtful=True, text=""), Verdict.CONFIRM, Label.NORMAL),
    ]
    for request, verdict, label in turns:
        record = registry.record(request).record_id
        review = reviews.get("acme", record)
        scope = Scope(Reach.CAMPAIGN, "春") if verdict is Verdict.NARROW else None
        reviews.resolve(
            ReviewDecision(
                "acme", new_id(), "lin", record, verdict, review.etag, "看过了", scope, label
            )
        )
    registry.record(ask(6, doubtful=True, text="还没看"))
    path = tmp_path / "reviewed.jsonl"
    with path.open("wb") as file:
        assert export_labels(registry, "acme", "wang", file) == 4
    found, problems = read_file(path)
    assert problems == []
    assert [(turn.turn.text, turn.label, turn.script) for turn in found] == [
        ("對", Label.OPT_OUT, "hant"),
        ("改天再打吧", Label.NORMAL, "hans"),
        ("你们怎么有我号码", Label.COMPLAINT, "hans"),
        ("唔好再send短訊", Label.OPT_OUT, "yue"),
    ]
    assert found[0].turn.context == QUESTION
    assert found[2].reasons == (Reason.PRIVACY,)
    intake = sort_incoming(read_labels(LabelFile(path)), tiny_data, "other")
    assert (len(intake.new), intake.conflicts, intake.refused) == (4, [], [])
    (event,) = listed_events(registry, Filter("acme", kinds=["labels_exported"]))
    assert event.actor == "wang"


def test_a_turn_stopped_by_mistake_comes_out_for_a_labeller(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId, tiny_data: Path, tmp_path: Path
) -> None:
    """It has text and context and no label, whatever a verdict said; no row of a list comes out."""
    registry.record(ask(1, text="我在开会 138-0013 8000", context=QUESTION))
    registry.record(ask(2, text="老客户", intake=Intake.IMPORT))
    registry.record(ask(3, text="以后再说"))
    doubtful = registry.record(ask(4, doubtful=True, text="嗯 再说")).record_id
    etag = Reviews(registry, policies).get("acme", doubtful).etag
    decision = ReviewDecision("acme", new_id(), "lin", doubtful, Verdict.CONFIRM, etag)
    Reviews(registry, policies).resolve(decision)
    for n, reason in ((1, "mistake"), (2, "mistake"), (3, "opted_in"), (4, "mistake")):
        registry.revoke(Revocation("acme", new_id(), "lin", reason, subject=phone(n)))
    path = tmp_path / "decided.jsonl"
    with path.open("wb") as file:
        assert export_labels(registry, "acme", "wang", file) == 2
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["text"], line["source"]) for line in lines] == [
        ("我在开会 [PHONE]", "revoked: mistake"),
        ("嗯 再说", "revoked: mistake"),
    ]
    assert lines[0]["context"] == [{"speaker": "bot", "text": QUESTION[0].text}]
    assert not any("label" in line for line in lines)
    refused = sort_incoming(read_labels(LabelFile(path)), tiny_data, "other").refused
    assert [problem.split(": ")[1] for problem in refused] == ["label", "label"]
    labelled = [line | {"label": "normal"} for line in lines]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in labelled), "utf-8")
    intake = sort_incoming(read_labels(LabelFile(path)), tiny_data, "other")
    assert (len(intake.new), intake.refused) == (2, [])


def test_personal_data_does_not_travel_into_training(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Personal data in a text is masked before it leaves the registry, like what is selected."""
    text = "我叫王伟明,138-0013 8000的机主,写信到li.si@example.com,3天内别再打"
    asked = (ContextTurn(Speaker.BOT, "您的手机号13800138000是吗"),)
    record = registry.record(ask(1, doubtful=True, text=text, context=asked)).record_id
    reviews = Reviews(registry, policies)
    etag = reviews.get("acme", record).etag
    reviews.resolve(ReviewDecision("acme", new_id(), "lin", record, Verdict.CONFIRM, etag))
    out = io.BytesIO()
    export_labels(registry, "acme", "wang", out)
    line = json.loads(out.getvalue())
    assert line["text"] == "我叫[NAME],[PHONE]的机主,写信到[EMAIL],3天内别再打"
    assert [turn["text"] for turn in line["context"]] == ["您的手机号[PHONE]是吗"]
