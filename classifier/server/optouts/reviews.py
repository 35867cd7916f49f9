"""The calls of people who decide doubtful turns."""

from wurao.v1 import optouts_pb2 as pb

from classifier.messages import context_to_wire
from classifier.optouts.derived.review_queue import ReviewState, Verdict
from classifier.optouts.desk.review import Review, ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.listing import RecordedOptOut, get_opt_out, with_opt_outs
from classifier.optouts.records import MAX_REASON_CHARACTERS
from classifier.server.optouts.actors import may_read_texts, person_of
from classifier.server.optouts.answers import (
    evidence_to_wire,
    recorded_to_wire,
    timestamp,
)
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.enums import (
    DECIDED_VERDICTS,
    FALSE_ALARM_LABELS,
    REVIEW_STATES,
    VERDICTS,
    inverse,
)
from classifier.server.optouts.pages import Page, fitting, read_page
from classifier.server.optouts.reading import Reading
from classifier.turns import Label

_Step = pb.ClaimReviewRequest | pb.ReleaseReviewRequest
_Found = tuple[Review, RecordedOptOut]
_STATES = {pb.REVIEW_STATE_UNSPECIFIED: ReviewState.OPEN, **REVIEW_STATES}
_VERDICTS = inverse(VERDICTS)


class ReviewCalls(Door):
    """Lists, claims, releases and resolves reviews."""

    async def ListReviews(
        self, request: pb.ListReviewsRequest, context: Context
    ) -> pb.ListReviewsResponse:
        """Return a page of the queue, the riskiest first.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (tenant, state, page) = await self._read(context, _page, request)

        def work() -> tuple[list[_Found], list[Review]]:
            queue = Reviews(desk.registry, desk.policies)
            last = queue.get(tenant, page.last) if page.last else None
            listed = queue.list(tenant, state, last, page.limit)
            return with_opt_outs(desk.registry, listed), listed

        found, listed = await desk.work(context, work)
        texts = may_read_texts()
        sent = fitting(_review_to_wire(review, recorded, texts) for review, recorded in found)
        left = found[len(sent) :]
        reached = listed.index(left[0][0]) if left else len(listed)
        return pb.ListReviewsResponse(
            reviews=sent,
            next_page_token=page.after_all(listed, lambda one: (one.record_id,), reached),
        )

    async def ClaimReview(
        self, request: pb.ClaimReviewRequest, context: Context
    ) -> pb.ClaimReviewResponse:
        """Take a review.

        Args:
            request: As it came.
            context: Of the call.
        """
        return pb.ClaimReviewResponse(review=await self._step(request, context))

    async def ReleaseReview(
        self, request: pb.ReleaseReviewRequest, context: Context
    ) -> pb.ReleaseReviewResponse:
        """Give a review back.

        Args:
            request: As it came.
            context: Of the call.
        """
        return pb.ReleaseReviewResponse(review=await self._step(request, context))

    async def ResolveReview(
        self, request: pb.ResolveReviewRequest, context: Context
    ) -> pb.ResolveReviewResponse:
        """Decide a review.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, decision = await self._read(context, _decision, request)

        def work() -> _Found:
            return _with_opt_out(desk, Reviews(desk.registry, desk.policies).resolve(decision))

        review, recorded = await desk.work(context, work)
        texts = may_read_texts()
        return pb.ResolveReviewResponse(
            review=_review_to_wire(review, recorded, texts),
            opt_out=recorded_to_wire(recorded, with_text=texts),
        )

    async def _step(self, request: _Step, context: Context) -> pb.Review:
        desk, asked = await self._read(context, _step, request)

        def work() -> _Found:
            queue = Reviews(desk.registry, desk.policies)
            take = isinstance(request, pb.ClaimReviewRequest)
            return _with_opt_out(desk, (queue.claim if take else queue.release)(*asked))

        review, recorded = await desk.work(context, work)
        return _review_to_wire(review, recorded, may_read_texts())


def _with_opt_out(desk: Desk, review: Review) -> _Found:
    return review, get_opt_out(desk.registry, review.tenant, review.record_id)


def _page(reading: Reading, request: pb.ListReviewsRequest) -> tuple[str, ReviewState, Page]:
    page = read_page(reading, request)
    state = reading.choice("state", request.state, _STATES, ReviewState.OPEN)
    return reading.tenant(request.tenant), state, page


def _step(reading: Reading, request: _Step) -> tuple[str, str, str, int]:
    return (
        reading.tenant(request.tenant),
        reading.request_id(request.request_id),
        person_of(reading, request.actor),
        reading.number("review_id", request.review_id),
    )


def _decision(reading: Reading, request: pb.ResolveReviewRequest) -> ReviewDecision:
    asked = (
        reading.tenant(request.tenant),
        reading.request_id(request.request_id),
        person_of(reading, request.actor),
        reading.number("review_id", request.review_id),
        reading.choice("verdict", request.verdict, DECIDED_VERDICTS, Verdict.CONFIRM),
        reading.number("etag", request.etag),
        reading.text("note", request.note, MAX_REASON_CHARACTERS),
        reading.scope("scope", request.scope) if request.HasField("scope") else None,
        reading.choice("label", request.label, FALSE_ALARM_LABELS, Label.NORMAL),
    )
    reading.finish()
    return ReviewDecision(*asked)


def _review_to_wire(review: Review, recorded: RecordedOptOut, with_text: bool) -> pb.Review:
    wire = pb.Review(
        review_id=str(review.record_id),
        tenant=review.tenant,
        opt_out_id=str(review.record_id),
        state=_state(review),
        risk=review.risk,
        opened_at=timestamp(review.opened_us),
        due_at=timestamp(review.due_us),
        claimed_by=review.claimed_by,
        resolved_by=review.resolved_by,
        etag=str(review.etag),
        evidence=evidence_to_wire(recorded.facts, recorded.text if with_text else ""),
        context=context_to_wire(recorded.context) if with_text else (),
    )
    if review.claimed_until_us:
        wire.claimed_until.CopyFrom(timestamp(review.claimed_until_us))
    if review.verdict is not None:
        wire.verdict = _VERDICTS[review.verdict]
        wire.resolved_at.CopyFrom(timestamp(review.resolved_us))
    return wire


def _state(review: Review) -> "pb.ReviewState.ValueType":
    if review.state is ReviewState.RESOLVED:
        return pb.REVIEW_STATE_RESOLVED
    return pb.REVIEW_STATE_CLAIMED if review.claimed_by else pb.REVIEW_STATE_OPEN
