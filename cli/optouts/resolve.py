"""`wurao optouts resolve`."""

import click

from classifier.optouts.derived.review_queue import DECIDED, Verdict
from classifier.optouts.records import Scope
from classifier.turns import Label
from cli.options import OneOf
from cli.optouts.desk import ID, Desk, at_desk, new_request_id, table_or_json_option
from cli.optouts.scope_options import NARROWING, scope_options


@click.command("resolve")
@click.argument("review", type=ID)
@click.argument("verdict", type=OneOf(DECIDED))
@click.option("--note", default="", help="Why; needed for a false alarm; kept encrypted.")
@scope_options
@click.option(
    "--label",
    type=OneOf([Label.NORMAL, Label.COMPLAINT]),
    default=Label.NORMAL.value,
    show_default=True,
    help="With false_alarm: what the turn is; a complaint gets a case.",
)
@click.option(
    "--etag",
    type=ID,
    help="As `reviews --json` shows it: refused where the review changed since.  [default: decide "
    "it as it stands now]",
)
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    review: int,
    verdict: Verdict,
    note: str,
    scope: Scope | None,
    label: Label,
    etag: int | None,
    as_json: bool,
) -> None:
    """Decide REVIEW: confirm (it stays), false_alarm (the suppression ends), or narrow.

    With narrow, and only with it, --only-campaign, --only-purpose or --only-channel say to what.
    """
    from classifier.optouts.desk.review import ReviewDecision
    from classifier.optouts.desk.reviews import Reviews
    from cli.optouts.tables import print_records

    if verdict is Verdict.NARROW and scope is None:
        raise click.UsageError(f"narrow needs {NARROWING}")
    if verdict is not Verdict.NARROW and scope is not None:
        raise click.UsageError(f"{verdict} takes no {NARROWING}; narrow does")
    queue = Reviews(desk.registry, desk.policies)
    decision = ReviewDecision(
        tenant=desk.tenant,
        request_id=new_request_id(),
        actor=desk.actor,
        record_id=review,
        verdict=verdict,
        etag=queue.get(desk.tenant, review).etag if etag is None else etag,
        note=note,
        scope=scope,
        label=label,
    )
    queue.resolve(decision)
    print_records(desk, f"decided: {verdict}", [review], as_json=as_json)
