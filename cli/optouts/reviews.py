"""`wurao optouts reviews`."""

from typing import TYPE_CHECKING

import click

from cli.optouts.desk import (
    ID,
    Desk,
    at_desk,
    limit_option,
    new_request_id,
    table_or_json_option,
    tell_cut,
)
from cli.output import print_json

if TYPE_CHECKING:
    from classifier.optouts.desk.review import Review
    from classifier.optouts.listing import RecordedOptOut


@click.command("reviews")
@click.option("--resolved", is_flag=True, help="Those decided, instead of those that wait.")
@click.option("--claim", type=ID, metavar="ID", help="Take a review for yourself first.")
@click.option("--release", type=ID, metavar="ID", help="Give a review back first.")
@limit_option(50, "reviews")
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    resolved: bool,
    claim: int | None,
    release: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List doubtful turns, the riskiest first; their subjects are not contacted meanwhile."""
    from classifier.optouts.derived.review_queue import ReviewState
    from classifier.optouts.desk.reviews import Reviews
    from classifier.optouts.listing import with_opt_outs
    from cli.optouts.tables import local_time, print_table

    queue = Reviews(desk.registry, desk.policies)
    if claim:
        queue.claim(desk.tenant, new_request_id(), desk.actor, claim)
    if release:
        queue.release(desk.tenant, new_request_id(), desk.actor, release)
    state = ReviewState.RESOLVED if resolved else ReviewState.OPEN
    listed = queue.list(desk.tenant, state, limit=limit + 1)
    if len(listed) > limit:
        tell_cut("a larger --limit shows them")
    found = with_opt_outs(desk.registry, listed[:limit])
    if as_json:
        for review, recorded in found:
            print_json(_record(review, recorded))
        return
    headings = ("id", "risk", "state", "what was said", "opened", "due", "with", "verdict")
    rows = (
        (
            review.record_id,
            f"{review.risk:.2f}",
            review.state.value,
            "\n".join(_lines(recorded)) or "erased",
            local_time(review.opened_us),
            local_time(review.due_us),
            review.resolved_by or review.claimed_by or "-",
            review.verdict.value if review.verdict else "-",
        )
        for review, recorded in found
    )
    print_table(f"reviews of {desk.tenant}", headings, rows)


def _lines(recorded: "RecordedOptOut") -> list[str]:
    """Return the turn below what was said before it, each of which names who spoke."""
    # In one line each, so that none passes for another's words.
    lines = [f"{turn.speaker}: {_in_one_line(turn.text)}" for turn in recorded.context]
    return [*lines, _in_one_line(recorded.text)] if recorded.text else lines


def _in_one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _record(review: "Review", recorded: "RecordedOptOut") -> dict[str, object]:
    from cli.optouts.tables import iso_time

    return {
        "review_id": review.record_id,
        "risk": review.risk,
        "state": review.state.value,
        "text": recorded.text,
        "context": [
            {"speaker": turn.speaker.value, "text": turn.text} for turn in recorded.context
        ],
        "facts": recorded.facts.to_json(),
        "opened_at": iso_time(review.opened_us),
        "due_at": iso_time(review.due_us),
        "claimed_by": review.claimed_by or None,
        "verdict": review.verdict and review.verdict.value,
        "resolved_by": review.resolved_by or None,
        "etag": review.etag,
    }
