"""Tokens of pages, over real channels."""

import base64
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.messages import context_to_wire
from classifier.optouts.subjects.keys import KeyRing
from classifier.server.optouts.pages import _mac, read_page
from classifier.server.optouts.reading import Reading
from classifier.turns import ContextTurn, Speaker
from tests.classifier.server.optouts.conftest import BEFORE
from tests.classifier.server.optouts.test_contacts import record, refusal

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


@pytest.fixture
def first_page(stub: Stub, number: Number, new_id: NewId) -> pb.ListOptOutsRequest:
    """A request for the second of three pages, with the token that the first one gave."""
    request = pb.ListOptOutsRequest(
        tenant=f"tenant-{new_id()}", page_size=1, intakes=[pb.INTAKE_SMS]
    )
    for _ in range(3):
        record(stub, number(), new_id(), tenant=request.tenant, intake=pb.INTAKE_SMS)
    request.page_token = stub.ListOptOuts(request).next_page_token
    return request


def refused(call: Callable[[], object]) -> str:
    """Return what a refused token is answered with."""
    code, fields, message = refusal(call)
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, "page_token")
    return message


def test_a_token_leads_on_everywhere(
    stub: Stub, other_stub: Stub, first_page: pb.ListOptOutsRequest
) -> None:
    """Another server goes on where the first one ended, also with another size of page."""
    first_page.page_size = 5
    page = other_stub.ListOptOuts(first_page)
    assert len(page.opt_outs) == 2
    assert not page.next_page_token
    first_page.page_token = ""
    assert list(stub.ListOptOuts(first_page).opt_outs)[1:] == list(page.opt_outs)


def test_a_token_of_another_filter_is_refused(
    stub: Stub, first_page: pb.ListOptOutsRequest
) -> None:
    """A token is good for its own call, tenant and filters, and the error says so."""
    other_filter = pb.ListOptOutsRequest()
    other_filter.CopyFrom(first_page)
    del other_filter.intakes[:]
    assert "filters" in refused(lambda: stub.ListOptOuts(other_filter))
    other_filter.CopyFrom(first_page)
    other_filter.tenant += "x"
    refused(lambda: stub.ListOptOuts(other_filter))
    other_call = pb.ListEventsRequest(tenant=first_page.tenant, page_token=first_page.page_token)
    refused(lambda: stub.ListEvents(other_call))


def test_a_token_that_was_changed_is_refused(stub: Stub, first_page: pb.ListOptOutsRequest) -> None:
    """Nobody makes a token or moves its place; what is no token at all is refused too."""
    token = first_page.page_token
    assert not token.isdigit()
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        first_page.page_token = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        refused(lambda: stub.ListOptOuts(first_page))
    for nonsense in ("1", "0", "=", "百", token[:-4], token * 20):
        first_page.page_token = nonsense
        refused(lambda: stub.ListOptOuts(first_page))


@pytest.mark.parametrize("place", [b"5", b"5.3.1", b"null", b"{"])
def test_a_token_of_an_older_server_is_refused(place: bytes) -> None:
    """It was signed with the same keys, and its place is written otherwise."""
    ring = KeyRing(lambda: {1: bytes(32)})
    request = pb.ListOptOutsRequest(page_size=1)
    said = b"1." + place
    mac = _mac(ring, read_page(Reading("CN", ring), request).asked, said, 1)
    request.page_token = base64.urlsafe_b64encode(mac + said).decode().rstrip("=")
    reading = Reading("CN", ring)
    assert read_page(reading, request).after == ()
    assert [one.field for one in reading.violations] == ["page_token"]


def pages_of(ask: Callable[[str], Any]) -> list[Any]:
    """Return every page of a list, asked for with the token of the one before."""
    pages = [ask("")]
    while pages[-1].next_page_token:
        pages.append(ask(pages[-1].next_page_token))
    return pages


def test_a_page_of_long_texts_ends_before_it_is_too_large(
    stub: Stub,
    classifier_stub: classifier_pb2_grpc.ClassifierServiceStub,
    number: Number,
    new_id: NewId,
    doubtful: str,
) -> None:
    """A client that takes gRPC's usual 4 MiB gets every review, opt-out and case, page by page."""
    tenant = f"tenant-{new_id()}"
    said = ContextTurn(Speaker.USER, "喂" * 10_000)
    turn = classifier_pb2.Turn(text=doubtful, context=context_to_wire((said,) * 40 + BEFORE))
    for _ in range(6):
        contact = Contact(tenant=tenant, subject=number())
        classifier_stub.Classify(classifier_pb2.ClassifyRequest(turn=turn, contact=contact))
    pages = pages_of(
        lambda token: stub.ListReviews(
            pb.ListReviewsRequest(tenant=tenant, page_size=5, page_token=token)
        )
    )
    assert [len(page.reviews) for page in pages] == [3, 3]
    assert len({one.review_id for page in pages for one in page.reviews}) == 6
    long, asked = "别" * 10_000, 150
    evidence = pb.Evidence(text=long)
    for _ in range(asked):
        record(stub, number(), new_id(), tenant=tenant, evidence=evidence)
        feedback = pb.RecordFeedbackRequest(
            request_id=new_id(), tenant=tenant, kind=pb.FEEDBACK_KIND_COMPLAINT, text=long,
            intake=pb.INTAKE_AGENT,
        )  # fmt: skip
        stub.RecordFeedback(feedback)
    opt_outs = pages_of(
        lambda token: stub.ListOptOuts(
            pb.ListOptOutsRequest(tenant=tenant, page_size=1_000, page_token=token)
        )
    )
    assert len({one.opt_out_id for page in opt_outs for one in page.opt_outs}) == asked + 6
    cases = pages_of(
        lambda token: stub.ListCases(
            pb.ListCasesRequest(tenant=tenant, page_size=1_000, page_token=token)
        )
    )
    assert len({one.case_id for page in cases for one in page.cases}) == asked
    assert len(opt_outs) == len(cases) == 2


def test_callers_are_paged_by_name(stub: Stub, new_id: NewId) -> None:
    """A bot that is suspended between two pages moves none of the others out of them."""
    tenant = f"tenant-{new_id()}"

    def suspend(name: str, kind: "pb.CallerKind.ValueType" = pb.CALLER_KIND_BOT) -> None:
        stub.SuspendCaller(
            pb.SuspendCallerRequest(
                request_id=new_id(),
                tenant=tenant,
                caller=pb.Caller(kind=kind, name=name),
                reason="calls at night",
                actor="anna",
            )
        )

    for name in ("b", "d", "😀" * 128):
        suspend(name)
    suspend("b", pb.CALLER_KIND_CAMPAIGN)
    request = pb.ListCallersRequest(tenant=tenant, page_size=1)
    found = list[str]()
    while not found or request.page_token:
        page = stub.ListCallers(request)
        found += [one.caller.name for one in page.callers]
        request.page_token = page.next_page_token
        if len(found) == 1:
            suspend("a")
    assert found == ["b", "d", "😀" * 128, "b"]
