"""Chat accounts that older code took down by what is now read as a label."""

import pytest

from classifier.errors import InvalidSubjectError
from classifier.optouts.subjects.subject import (
    Subject,
    SubjectKind,
    bears_label,
    parse_held_subject,
    parse_subject,
)


@pytest.mark.parametrize("label", ["phone", "Sms", "mobile", "cell", "call", "callto", "email"])
def test_an_account_taken_down_by_a_label_can_be_named(label: str) -> None:
    """Where it may be held from before and is said to be a chat account; never to record one."""
    written = f"{label}:13800001111"
    found = parse_held_subject(written, SubjectKind.CHAT)
    assert found == Subject(SubjectKind.CHAT, written.lower())
    assert bears_label(found.value)
    with pytest.raises(InvalidSubjectError):
        parse_subject(written, SubjectKind.CHAT)


def test_what_may_be_held_is_read_as_ever_otherwise() -> None:
    """A label that no kind contradicts is left off, and what is no account is refused."""
    assert parse_held_subject("phone:13800001111").value == "+8613800001111"
    with pytest.raises(InvalidSubjectError):
        parse_held_subject("phone:", SubjectKind.CHAT)


def test_accounts_of_services_bear_no_label() -> None:
    """Nor does SIP, which is recorded as an account today too where that is said."""
    sip = "sip:13800001111@10.0.0.1"
    assert parse_subject(sip, SubjectKind.CHAT).value == sip
    for account in (sip, "wechat:13800001111", "sip:alice@10.0.0.1", "t:13800001111"):
        assert not bears_label(account)
