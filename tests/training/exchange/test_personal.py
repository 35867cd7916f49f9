"""Where personal data is looked for in turns that come in."""

import pytest

from classifier.masking.spans import Kind
from classifier.records import Record
from training.exchange.personal import find_personal_turns

NUMBER = "13800138000"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),
        ({"context": [{"speaker": "bot", "text": f"您的手机号{NUMBER}"}]}, [Kind.PHONE]),
        ({"alternatives": [{"text": f"我电话{NUMBER}"}]}, [Kind.PHONE]),
        ({"客户手机": NUMBER}, [Kind.PHONE]),
        ({"customer": {"calls": [{"from": int(NUMBER)}]}}, [Kind.PHONE]),
        ({f"手机号{NUMBER}": "是"}, []),  # what a field is called, nobody said
    ],
)
def test_all_that_came_with_a_turn_is_searched(more: Record, found: list[Kind]) -> None:
    """Also what is not its text, and in fields that nobody here knows."""
    kinds = find_personal_turns({"a1": {"text": "好", **more}})
    assert kinds == ({"a1": found} if found else {})
