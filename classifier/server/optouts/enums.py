"""The enums of the registry, on the wire and as nouns."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.descriptor import EnumDescriptor
from wurao.v1 import classifier_pb2, optouts_pb2, subjects_pb2

from classifier.optouts.derived.case_book import CaseKind, CaseState, Closing
from classifier.optouts.derived.review_queue import DECIDED, ReviewState, Verdict
from classifier.optouts.policy.notices import Purpose
from classifier.optouts.records import Intake, OptOutState, Why
from classifier.optouts.subjects.subject import SubjectKind
from classifier.turns import Channel, Label, Reason

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


def _same_names(wire: EnumDescriptor, nouns: type[E]) -> dict[int, E]:
    """Return the noun of each value on the wire that bears its name, as SUBJECT_KIND_PHONE does."""
    prefix = wire.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {wire.values_by_name[prefix + noun.name].number: noun for noun in nouns}


SUBJECT_KINDS = _same_names(subjects_pb2.SubjectKind.DESCRIPTOR, SubjectKind)
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
NAMED_CHANNELS = _same_names(classifier_pb2.Channel.DESCRIPTOR, Channel)
CHANNELS: dict[int, Channel | None] = {classifier_pb2.CHANNEL_UNSPECIFIED: None, **NAMED_CHANNELS}
REASONS = _same_names(classifier_pb2.Reason.DESCRIPTOR, Reason)
STATES = _same_names(optouts_pb2.OptOutState.DESCRIPTOR, OptOutState)
BLOCK_REASONS = {
    Why.OPTED_OUT: optouts_pb2.BLOCK_REASON_OPTED_OUT,
    Why.UNDER_REVIEW: optouts_pb2.BLOCK_REASON_UNDER_REVIEW,
    Why.CALLER_SUSPENDED: optouts_pb2.BLOCK_REASON_BOT_SUSPENDED,
    Why.CAMPAIGN_SUSPENDED: optouts_pb2.BLOCK_REASON_CAMPAIGN_SUSPENDED,
}
REVIEW_STATES = _same_names(optouts_pb2.ReviewState.DESCRIPTOR, ReviewState)
VERDICTS = _same_names(optouts_pb2.Verdict.DESCRIPTOR, Verdict)
DECIDED_VERDICTS = {wire: noun for wire, noun in VERDICTS.items() if noun in DECIDED}
FALSE_ALARM_LABELS: dict[int, Label] = {
    classifier_pb2.LABEL_UNSPECIFIED: Label.NORMAL,
    classifier_pb2.LABEL_NORMAL: Label.NORMAL,
    classifier_pb2.LABEL_COMPLAINT: Label.COMPLAINT,
}
FEEDBACK_KINDS = _same_names(optouts_pb2.FeedbackKind.DESCRIPTOR, CaseKind)
CASE_STATES = _same_names(optouts_pb2.CaseState.DESCRIPTOR, CaseState)
CLOSINGS = _same_names(optouts_pb2.CaseClosing.DESCRIPTOR, Closing)
NOTICE_PURPOSES = _same_names(optouts_pb2.NoticePurpose.DESCRIPTOR, Purpose)
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
