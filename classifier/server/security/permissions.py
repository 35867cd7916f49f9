"""Which role each call needs: one table for every service that is served."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What the holder of a token may do. No role includes another; a token may have several."""

    CLASSIFY = "classify"
    """Ask what a turn is; where the call names a subject, have its opt-out recorded."""
    REGISTRY_WRITE = "registry.write"
    """Record opt-outs and feedback; ask for notices and have them noted as given."""
    REGISTRY_READ = "registry.read"
    """Ask whether a subject may be contacted; read lists without clear numbers."""
    REVIEW = "review"
    """Decide doubtful turns, answer cases, see the clear number of one subject, revoke, correct."""
    ADMIN = "admin"
    """Revoke, correct, export and erase; suspend and release callers."""


EVERYONE: frozenset[Role] = frozenset()
"""Stands in the table for a call that needs no token at all."""

ANY_ROLE: frozenset[Role] = frozenset(Role)
"""Stands in the table for a call that any valid token may make."""

_PEOPLE = frozenset({Role.REVIEW, Role.ADMIN})
_READERS = frozenset({Role.REGISTRY_READ, Role.REVIEW, Role.ADMIN})
_CLASSIFIER = "/wurao.v1.ClassifierService/"
_OPT_OUTS = "/wurao.v1.OptOutService/"
METHOD_ROLES: Mapping[str, frozenset[Role]] = {
    f"{_CLASSIFIER}Classify": frozenset({Role.CLASSIFY}),
    f"{_CLASSIFIER}ClassifyBatch": frozenset({Role.CLASSIFY}),
    f"{_CLASSIFIER}ClassifyStream": frozenset({Role.CLASSIFY}),
    f"{_CLASSIFIER}GetModel": ANY_ROLE,
    f"{_OPT_OUTS}RecordOptOut": frozenset({Role.REGISTRY_WRITE}),
    f"{_OPT_OUTS}RecordOptOuts": frozenset({Role.REGISTRY_WRITE}),
    f"{_OPT_OUTS}RecordFeedback": frozenset({Role.REGISTRY_WRITE, Role.REVIEW}),
    f"{_OPT_OUTS}CheckContact": frozenset({Role.REGISTRY_READ}),
    f"{_OPT_OUTS}CheckContacts": frozenset({Role.REGISTRY_READ}),
    # With `reveal` the service asks for `Role.REVIEW` besides.
    f"{_OPT_OUTS}GetSubject": _READERS,
    f"{_OPT_OUTS}ListOptOuts": _READERS,
    f"{_OPT_OUTS}ListCallers": _READERS,
    f"{_OPT_OUTS}ListEvents": _PEOPLE,
    f"{_OPT_OUTS}Report": _PEOPLE,
    f"{_OPT_OUTS}RevokeOptOut": _PEOPLE,
    f"{_OPT_OUTS}CorrectSubject": _PEOPLE,
    f"{_OPT_OUTS}ListReviews": frozenset({Role.REVIEW}),
    f"{_OPT_OUTS}ClaimReview": frozenset({Role.REVIEW}),
    f"{_OPT_OUTS}ReleaseReview": frozenset({Role.REVIEW}),
    f"{_OPT_OUTS}ResolveReview": frozenset({Role.REVIEW}),
    f"{_OPT_OUTS}ListCases": frozenset({Role.REVIEW}),
    f"{_OPT_OUTS}AnswerCase": frozenset({Role.REVIEW}),
    f"{_OPT_OUTS}CloseCase": frozenset({Role.REVIEW}),
    # A bot asks what to say and says it; a person may send the text of a case.
    f"{_OPT_OUTS}ListNotices": _READERS | {Role.REGISTRY_WRITE},
    f"{_OPT_OUTS}GiveNotice": frozenset({Role.REGISTRY_WRITE, Role.REVIEW}),
    f"{_OPT_OUTS}ListGivenNotices": _READERS,
    f"{_OPT_OUTS}ExportSubject": frozenset({Role.ADMIN}),
    f"{_OPT_OUTS}EraseSubject": frozenset({Role.ADMIN}),
    f"{_OPT_OUTS}SuspendCaller": frozenset({Role.ADMIN}),
    f"{_OPT_OUTS}ReleaseCaller": frozenset({Role.ADMIN}),
    # Probes of Kubernetes and load balancers hold no token; the answer is one word.
    "/grpc.health.v1.Health/Check": EVERYONE,
    "/grpc.health.v1.Health/Watch": EVERYONE,
    "/grpc.health.v1.Health/List": EVERYONE,
    # The contract is no secret, but nobody without a token needs it.
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": ANY_ROLE,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": ANY_ROLE,
}
"""Full method name -> the roles of which one is needed. What is not listed is refused to all."""


def may_call(method: str, roles: frozenset[Role]) -> bool:
    """Say whether a caller with these roles may make a call.

    Args:
        method: Full name, such as ``/wurao.v1.ClassifierService/Classify``.
        roles: Those of the caller's token.
    """
    needed = METHOD_ROLES.get(method)
    return needed is not None and (needed is EVERYONE or not needed.isdisjoint(roles))
