"""The open facts of a record."""

import json

from classifier.optouts.events.facts import Facts, facts_from_json


def test_facts_survive_the_store() -> None:
    """What was known comes back from JSON as it was; what was not known takes no place."""
    facts = Facts("bot-7", "spring", scores=(0.9, 0.06, 0.04), also_complaint=True)
    stored = json.loads(json.dumps(facts.to_json()))
    assert facts_from_json(stored) == facts
    assert set(stored) == {"caller", "campaign", "scores", "also_complaint"}


def test_foreign_facts_are_passed_over() -> None:
    """Records made by an import may carry names of their own."""
    assert facts_from_json({"campaign": "a", "row": 7}) == Facts(campaign="a")
