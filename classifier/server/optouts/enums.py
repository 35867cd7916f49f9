"""The enums of the registry, on the wire and as nouns."""

from collections.abc import Mapping
from typing import Any, TypeVar

from wurao.v1 import classifier_pb2, optouts_pb2, subjects_pb2

from classifier.optouts.case_book import CaseKind, CaseState, Closing
from classifier.optouts.notices import Purpose
from classifier.optouts.records import Intake, OptOutState, Why
from classifier.optouts.review_queue import ReviewState, Verdict
from classifier.optouts.subjects import SubjectKind
from classifier.turns import Channel, Label, Reason

T = TypeVar("T")

SUBJECT_KINDS: dict[int, SubjectKind] = {
    subjects_pb2.SUBJECT_KIND_PHONE: SubjectKind.PHONE,
    subjects_pb2.SUBJECT_KIND_EMAIL: SubjectKind.EMAIL,
    subjects_pb2.SUBJECT_KIND_CHAT: SubjectKind.CHAT,
    subjects_pb2.SUBJECT_KIND_DEVICE: SubjectKind.DEVICE,
}
INTAKES: dict[int, Intake] = {
    optouts_pb2.INTAKE_BOT_VOICE: Intake.VOICE,
    optouts_pb2.INTAKE_CHAT: Intake.CHAT,
    optouts_pb2.INTAKE_SMS: Intake.SMS,
    optouts_pb2.INTAKE_EMAIL: Intake.EMAIL,
    optouts_pb2.INTAKE_WEB_FORM: Intake.WEB,
    optouts_pb2.INTAKE_AGENT: Intake.AGENT,
    optouts_pb2.INTAKE_REGULATOR: Intake.REGULATOR,
    optouts_pb2.INTAKE_IMPORT: Intake.IMPORT,
}
CHANNELS: dict[int, Channel | None] = {
    classifier_pb2.CHANNEL_UNSPECIFIED: None,
    classifier_pb2.CHANNEL_VOICE: Channel.VOICE,
    classifier_pb2.CHANNEL_CHAT: Channel.CHAT,
    classifier_pb2.CHANNEL_SMS: Channel.SMS,
    classifier_pb2.CHANNEL_EMAIL: Channel.EMAIL,
    classifier_pb2.CHANNEL_WEB: Channel.WEB,
}
REASONS: dict[int, Reason] = {
    classifier_pb2.REASON_HARASSMENT: Reason.HARASSMENT,
    classifier_pb2.REASON_PRIVACY: Reason.PRIVACY,
    classifier_pb2.REASON_SERVICE_QUALITY: Reason.SERVICE_QUALITY,
    classifier_pb2.REASON_LEGAL: Reason.LEGAL,
}
STATES: dict[int, OptOutState] = {
    optouts_pb2.OPT_OUT_STATE_ACTIVE: OptOutState.ACTIVE,
    optouts_pb2.OPT_OUT_STATE_REVOKED: OptOutState.REVOKED,
    optouts_pb2.OPT_OUT_STATE_EXPIRED: OptOutState.EXPIRED,
}
BLOCK_REASONS = {
    Why.OPTED_OUT: optouts_pb2.BLOCK_REASON_OPTED_OUT,
    Why.UNDER_REVIEW: optouts_pb2.BLOCK_REASON_UNDER_REVIEW,
    Why.CALLER_SUSPENDED: optouts_pb2.BLOCK_REASON_BOT_SUSPENDED,
    Why.CAMPAIGN_SUSPENDED: optouts_pb2.BLOCK_REASON_CAMPAIGN_SUSPENDED,
}
REVIEW_STATES: dict[int, ReviewState] = {
    optouts_pb2.REVIEW_STATE_UNSPECIFIED: ReviewState.OPEN,
    optouts_pb2.REVIEW_STATE_OPEN: ReviewState.OPEN,
    optouts_pb2.REVIEW_STATE_RESOLVED: ReviewState.RESOLVED,
}
VERDICTS: dict[int, Verdict] = {
    optouts_pb2.VERDICT_CONFIRM: Verdict.CONFIRM,
    optouts_pb2.VERDICT_FALSE_ALARM: Verdict.FALSE_ALARM,
    optouts_pb2.VERDICT_NARROW: Verdict.NARROW,
}
FALSE_ALARM_LABELS: dict[int, Label] = {
    classifier_pb2.LABEL_UNSPECIFIED: Label.NORMAL,
    classifier_pb2.LABEL_NORMAL: Label.NORMAL,
    classifier_pb2.LABEL_COMPLAINT: Label.COMPLAINT,
}
FEEDBACK_KINDS: dict[int, CaseKind] = {
    optouts_pb2.FEEDBACK_KIND_OPINION: CaseKind.OPINION,
    optouts_pb2.FEEDBACK_KIND_COMPLAINT: CaseKind.COMPLAINT,
    optouts_pb2.FEEDBACK_KIND_PRIVACY: CaseKind.PRIVACY,
    optouts_pb2.FEEDBACK_KIND_WRONG_DECISION: CaseKind.WRONG_DECISION,
}
CASE_STATES: dict[int, CaseState] = {
    optouts_pb2.CASE_STATE_OPEN: CaseState.OPEN,
    optouts_pb2.CASE_STATE_ANSWERED: CaseState.ANSWERED,
    optouts_pb2.CASE_STATE_CLOSED: CaseState.CLOSED,
}
CLOSINGS: dict[int, Closing] = {
    optouts_pb2.CASE_CLOSING_SETTLED: Closing.SETTLED,
    optouts_pb2.CASE_CLOSING_UNFOUNDED: Closing.UNFOUNDED,
    optouts_pb2.CASE_CLOSING_REFUSED: Closing.REFUSED,
    optouts_pb2.CASE_CLOSING_WITHDRAWN: Closing.WITHDRAWN,
    optouts_pb2.CASE_CLOSING_PASSED_ON: Closing.PASSED_ON,
    optouts_pb2.CASE_CLOSING_UNREACHABLE: Closing.UNREACHABLE,
}
NOTICE_PURPOSES: dict[int, Purpose] = {
    optouts_pb2.NOTICE_PURPOSE_OPT_OUT: Purpose.OPT_OUT,
    optouts_pb2.NOTICE_PURPOSE_FIRST_CONTACT: Purpose.FIRST_CONTACT,
    optouts_pb2.NOTICE_PURPOSE_HOW_TO_REFUSE: Purpose.HOW_TO_REFUSE,
    optouts_pb2.NOTICE_PURPOSE_CLARIFY: Purpose.CLARIFY,
    optouts_pb2.NOTICE_PURPOSE_CONFIRMATION: Purpose.CONFIRMATION,
}
CALLER_KINDS: dict[int, str] = {
    optouts_pb2.CALLER_KIND_BOT: "caller",
    optouts_pb2.CALLER_KIND_CAMPAIGN: "campaign",
}


def inverse(wire_to_noun: Mapping[int, T]) -> dict[T, Any]:
    """Return the wire's value of each noun, for messages, whose stubs want each enum's own type.

    Args:
        wire_to_noun: One of those above.
    """
    return {noun: wire for wire, noun in wire_to_noun.items()}
