"""What people are told, over real channels."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from wurao.v1 import classifier_pb2, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Subject

from tests.classifier.server.optouts.test_contacts import record, refusal

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


@pytest.fixture
def tenant(new_id: NewId) -> str:
    """A tenant that no test has used yet."""
    return f"tenant-{new_id()}"


def occasion(
    tenant: str, request_id: str, purpose: "pb.NoticePurpose.ValueType", **more: object
) -> pb.GiveNoticeRequest:
    """Return a request for a text of a company."""
    return pb.GiveNoticeRequest(
        request_id=request_id,
        tenant=tenant,
        purpose=purpose,
        channel=classifier_pb2.CHANNEL_SMS,
        company="某公司",
        contact="95000",
        **more,  # type: ignore[arg-type]
    )


def test_one_confirmation_and_no_second(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """Of servers that race to confirm the same record one does; its retry gives the same text."""
    opt_out = record(stub, number(), new_id(), tenant=tenant)
    asked = [
        occasion(tenant, new_id(), pb.NOTICE_PURPOSE_CONFIRMATION, opt_out_id=opt_out.opt_out_id)
        for _ in range(8)
    ]

    def give(i: int) -> pb.GiveNoticeResponse | grpc.StatusCode:
        try:
            return (stub, other_stub)[i % 2].GiveNotice(asked[i])
        except grpc.RpcError as error:
            return error.code()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(give, range(8)))
    assert answers.count(grpc.StatusCode.FAILED_PRECONDITION) == 7
    ((winner, first),) = [
        (i, answer) for i, answer in enumerate(answers) if isinstance(answer, pb.GiveNoticeResponse)
    ]
    assert first.text.startswith("【某公司】")
    assert first.given.opt_out_id == opt_out.opt_out_id
    assert other_stub.GiveNotice(asked[winner]) == first
    late = occasion(tenant, new_id(), pb.NOTICE_PURPOSE_CONFIRMATION, opt_out_id=opt_out.opt_out_id)
    assert refusal(lambda: stub.GiveNotice(late))[1] == "ALREADY_DONE"
    asked[winner].company = "另一公司"
    assert refusal(lambda: stub.GiveNotice(asked[winner]))[1] == "REQUEST_ID_REUSED"
    listed = other_stub.ListGivenNotices(pb.ListGivenNoticesRequest(tenant=tenant)).notices
    assert list(listed) == [first.given]


def test_what_was_given_is_listed(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """A first contact and an opt-out leave which text was said, when and by whom; no number."""
    subject = number()
    first = occasion(
        tenant, new_id(), pb.NOTICE_PURPOSE_FIRST_CONTACT, call_reference="c-1", actor="bot-7"
    )
    opening = stub.GiveNotice(first)
    assert "某公司" in opening.text
    assert stub.GiveNotice(first) == opening
    opt_out = record(stub, subject, new_id(), tenant=tenant)
    said = stub.GiveNotice(
        occasion(tenant, new_id(), pb.NOTICE_PURPOSE_OPT_OUT, opt_out_id=opt_out.opt_out_id)
    )
    request = pb.ListGivenNoticesRequest(tenant=tenant, page_size=1)
    page = other_stub.ListGivenNotices(request)
    assert list(page.notices) == [opening.given]
    assert (opening.given.call_reference, opening.given.actor) == ("c-1", "bot-7")
    request.page_token = page.next_page_token
    assert list(other_stub.ListGivenNotices(request).notices) == [said.given]
    of_one = pb.ListGivenNoticesRequest(tenant=tenant, subject=subject)
    assert list(other_stub.ListGivenNotices(of_one).notices) == [said.given]
    for event in stub.ListEvents(pb.ListEventsRequest(tenant=tenant)).events:
        assert "95000" not in event.details


def test_texts_of_the_enabled_profiles_are_listed(stub: Stub, tenant: str) -> None:
    """Every version with its purpose, language and places; filters leave out the rest."""
    every = stub.ListNotices(pb.ListNoticesRequest(tenant=tenant)).notices
    assert {notice.purpose for notice in every} == set(range(1, 6))
    assert {"zh-Hans", "zh-Hant-TW", "zh-Hant-HK", "en"} <= {n.language for n in every}
    assert all(n.text and n.version and n.jurisdictions and n.channels for n in every)
    request = pb.ListNoticesRequest(
        tenant=tenant, purpose=pb.NOTICE_PURPOSE_CONFIRMATION, language="en", page_size=1
    )
    page = stub.ListNotices(request)
    found = [notice for notice in every if notice.purpose == 5 and notice.language == "en"]
    assert list(page.notices) == found[:1]
    assert bool(page.next_page_token) == (len(found) > 1)


def test_the_preferred_language_is_given(
    stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """First contact in Taiwan's Chinese, confirmation in English: also where CN stands first."""
    asked = occasion(tenant, new_id(), pb.NOTICE_PURPOSE_FIRST_CONTACT, language="zh-TW")
    assert "拒收" in stub.GiveNotice(asked).text
    opt_out = record(stub, number(), new_id(), tenant=tenant)
    asked = occasion(tenant, new_id(), pb.NOTICE_PURPOSE_CONFIRMATION, language="EN")
    asked.opt_out_id = opt_out.opt_out_id
    assert "your request has taken effect" in stub.GiveNotice(asked).text
    request = pb.ListNoticesRequest(tenant=tenant, language="zh-tw")
    assert {one.language for one in stub.ListNotices(request).notices} == {"zh-Hant-TW"}


def test_a_confirmation_is_true(stub: Stub, number: Number, new_id: NewId, tenant: str) -> None:
    """A narrowed opt-out is confirmed as what it is, a revoked one not at all."""
    narrow = record(stub, number(), new_id(), tenant=tenant, scope=pb.Scope(campaign="spring"))
    confirm = occasion(tenant, new_id(), pb.NOTICE_PURPOSE_CONFIRMATION, language="en")
    confirm.opt_out_id = narrow.opt_out_id
    assert 'only the campaign "spring"' in stub.GiveNotice(confirm).text
    over = record(stub, number(), new_id(), tenant=tenant)
    stub.RevokeOptOut(
        pb.RevokeOptOutRequest(
            request_id=new_id(), tenant=tenant, opt_out_id=over.opt_out_id,
            basis=pb.REVOCATION_BASIS_MISTAKE, reason="typo", actor="anna", etag=over.etag,
        )
    )  # fmt: skip
    confirm.request_id, confirm.opt_out_id = new_id(), over.opt_out_id
    assert refusal(lambda: stub.GiveNotice(confirm))[1] == "ALREADY_DONE"


def test_a_notice_without_what_it_needs_is_refused(stub: Stub, new_id: NewId, tenant: str) -> None:
    """Each field that is missing is named; an opt-out that is not there is not found."""
    code, fields, _ = refusal(lambda: stub.GiveNotice(pb.GiveNoticeRequest()))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    for field in ("request_id", "purpose", "channel", "company", "contact"):
        assert field in fields
    unknown = occasion(tenant, new_id(), pb.NOTICE_PURPOSE_CONFIRMATION, opt_out_id="999999999")
    assert refusal(lambda: stub.GiveNotice(unknown))[1] == "NOT_FOUND"
