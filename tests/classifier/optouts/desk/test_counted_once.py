"""A grievance counts once against a bot, when its turn is recorded or when its case is opened."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.caller_desk import Callers
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.records import OptOutRequest
from classifier.optouts.subjects.keys import KeyRing
from classifier.turns import Label, Reason
from tests.classifier.optouts.desk.conftest import caller_status


@pytest.mark.parametrize("joins", [False, True])
def test_a_turn_that_turns_out_a_complaint_counts_once(
    place: str, ring: KeyRing, ask: Callable[..., OptOutRequest], tmp_path: Path, joins: bool
) -> None:
    """Also where no rule opens a case of it; what the log says counts the same."""
    shipped = (files("classifier.optouts.policy") / "policy.toml").read_text("utf-8")
    own = tmp_path / "policy.toml"
    own.write_text(shipped.replace(", open_case = true", ""), "utf-8")
    policies = read_policies(own)
    create_registry(place, ring)
    registry = open_registry(place, ring, PolicyRules(policies), followers(policies))
    facts = {"caller": "小爱", "call_reference": "k1"}
    turns = [{"reasons": (Reason.PRIVACY,), "facts": facts | {"also_complaint": True}}]
    if joins:
        turns.insert(0, {"facts": facts, "text": "太吵"})
    for turn in turns:
        record = registry.record(ask(1, doubtful=True, **turn)).record_id
        decision = ReviewDecision(
            "acme", f"q{record}", "wang", record, Verdict.FALSE_ALARM, record, "听过",
            label=Label.COMPLAINT,
        )  # fmt: skip
        Reviews(registry, policies).resolve(decision)
    assert len(Cases(registry, policies).list("acme")) == 1
    rates = caller_status(Callers(registry, policies)).rates[86_400]
    assert (rates["complaints"], rates["privacy_complaints"]) == (len(turns), 1)
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0
    registry.close()
