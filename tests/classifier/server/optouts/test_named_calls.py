"""Names of calls may hold a number: what is kept of them, and that it names the same call."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.optouts.listing import Filter, list_events
from classifier.optouts.open_registry import open_registry
from classifier.optouts.subjects.keys import keys_from_file

Classifier = classifier_pb2_grpc.ClassifierServiceStub


def test_the_name_of_a_call_is_not_kept_where_it_can_be_guessed(
    classifier_stub: Classifier, registry_settings: dict[str, str], number: Callable[[], Subject]
) -> None:
    """It may hold a number, and an unkeyed hash of a number is the number."""
    subject = number()
    names = (f"call-{subject.value}", "c-1", "t-3")
    contact = Contact(subject=subject, tenant="named-calls", call_reference=names[0])
    for text in ("以后别再打电话给我了", "我要投诉你们"):
        turn = pb.Turn(text=text, turn_id=names[2])
        classifier_stub.Classify(
            pb.ClassifyRequest(conversation_id=names[1], turn=turn, contact=contact)
        )
    ring = keys_from_file(Path(registry_settings["WURAO_REGISTRY_KEYS"]))
    guesses = {
        hashlib.sha256("\0".join(names[:count]).encode()).hexdigest()[:32] for count in (1, 2, 3)
    }
    with closing(open_registry(registry_settings["WURAO_REGISTRY"], ring)) as registry:
        wanted = Filter(contact.tenant, limit=500)
        kept = {event.request_id for event, _hash in list_events(registry, wanted)}
    assert any(one.startswith("turn-") for one in kept)
    assert any(one.startswith("complaint-") for one in kept)
    assert not [one for one in kept for guess in guesses if guess in one]


def test_a_call_named_by_a_number_has_one_case(
    classifier_stub: Classifier,
    stub: optouts_pb2_grpc.OptOutServiceStub,
    number: Callable[[], Subject],
    doubtful: str,
) -> None:
    """What a reviewer calls a complaint joins what was heard before it, and later ones join too."""
    subject = number()
    contact = Contact(
        subject=subject,
        tenant=f"named-{subject.value}",
        call_reference=f"20261130-{subject.value}",
    )

    def hear(text: str) -> pb.Recorded:
        request = pb.ClassifyRequest(turn=pb.Turn(text=text), contact=contact)
        return classifier_stub.Classify(request).recorded

    case, review = hear("我要投诉你们").case_id, hear(doubtful).review_id
    stub.ResolveReview(
        optouts_pb2.ResolveReviewRequest(
            request_id="q1",
            tenant=contact.tenant,
            review_id=review,
            etag=review,
            actor="anna",
            verdict=optouts_pb2.VERDICT_FALSE_ALARM,
            label=pb.LABEL_COMPLAINT,
            note="听过",
        )
    )
    assert hear("你们服务态度太差了").case_id == case
    found = stub.ListCases(optouts_pb2.ListCasesRequest(tenant=contact.tenant)).cases
    assert [one.case_id for one in found] == [case]
    assert doubtful in found[0].text
