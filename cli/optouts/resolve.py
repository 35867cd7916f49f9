"""`wurao optouts resolve`."""

import click

from classifier.optouts.review_queue import Verdict
from classifier.turns import Channel, Label
from cli.optouts.desk import Desk, at_desk, json_option, new_request_id


@click.command("resolve")
@click.argument("review", type=int)
@click.argument(
    "verdict", type=click.Choice([v.value for v in Verdict if v is not Verdict.WITHDRAWN])
)
@click.option("--note", default="", help="Why; needed for a false alarm; kept encrypted.")
@click.option("--only-campaign", help="With narrow: stop only this campaign.")
@click.option("--only-purpose", help="With narrow: stop only this purpose.")
@click.option(
    "--only-channel",
    type=click.Choice([channel.value for channel in Channel]),
    help="With narrow: stop only this channel.",
)
@click.option(
    "--label",
    type=click.Choice([Label.NORMAL.value, Label.COMPLAINT.value]),
    default=Label.NORMAL.value,
    show_default=True,
    help="With false_alarm: what the turn is.",
)
@json_option
@at_desk
def command(
    desk: Desk,
    review: int,
    verdict: str,
    note: str,
    only_campaign: str | None,
    only_purpose: str | None,
    only_channel: str | None,
    label: str,
    as_json: bool,
) -> None:
    """Decide REVIEW: confirm (it stays), false_alarm (the suppression ends), or narrow."""
    from classifier.optouts.desk.review import Decision
    from classifier.optouts.desk.reviews import Reviews
    from classifier.optouts.listing import get_opt_out
    from classifier.optouts.records import Reach, Scope
    from cli.optouts.tables import opt_out_to_dict, print_json, print_opt_outs

    scope = None
    if only_campaign or only_purpose or only_channel:
        reach = Reach.CAMPAIGN if only_campaign else Reach.PURPOSE if only_purpose else Reach.ALL
        channel = Channel(only_channel) if only_channel else None
        scope = Scope(reach, only_campaign or only_purpose or "", channel)
    queue = Reviews(desk.registry, desk.policies)
    decision = Decision(
        tenant=desk.tenant,
        request_id=new_request_id(),
        actor=desk.actor,
        record_id=review,
        verdict=Verdict(verdict),
        etag=queue.get(desk.tenant, review).etag,
        note=note,
        scope=scope,
        label=Label(label),
    )
    queue.resolve(decision)
    recorded = get_opt_out(desk.registry, desk.tenant, review)
    if as_json:
        print_json(opt_out_to_dict(recorded))
    else:
        print_opt_outs(f"decided: {verdict}", [recorded])
