"""`wurao optouts list`."""

from datetime import datetime

import click

from classifier.optouts.records import Intake, OptOutState
from classifier.optouts.times import microseconds
from cli.options import OneOf
from cli.optouts.desk import ID, Desk, at_tenant, limit_option, table_or_json_option, tell_cut


def _microseconds(
    _context: click.Context, _option: click.Parameter, moment: datetime | None
) -> int:
    try:
        return microseconds(moment.astimezone()) if moment else 0
    except (ValueError, OverflowError):  # in UTC it may be a year before the first or after 9999
        raise click.BadParameter("is out of range; name a time from 1970 to 9998") from None


@click.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=OneOf(OptOutState),
    help="Only these.  [default: all]",
)
@click.option(
    "--intake",
    "intakes",
    multiple=True,
    type=OneOf(Intake),
    help="Only these.  [default: all]",
)
@click.option(
    "--since",
    type=click.DateTime(),
    callback=_microseconds,
    help="Recorded at or after, local time.",
)
@click.option(
    "--until", type=click.DateTime(), callback=_microseconds, help="Recorded before, local time."
)
@click.option("--after", type=ID, default=0, help="Begin after this id.")
@limit_option(100, "records")
@table_or_json_option
@at_tenant
def command(
    desk: Desk,
    states: tuple[OptOutState, ...],
    intakes: tuple[Intake, ...],
    since: int,
    until: int,
    after: int,
    limit: int,
    as_json: bool,
) -> None:
    """List opt-outs, oldest first. Numbers are masked; `export` writes them in the clear."""
    from classifier.optouts.listing import Filter, list_opt_outs
    from cli.optouts.tables import print_opt_outs

    wanted = Filter(
        tenant=desk.tenant,
        states=states,
        intakes=intakes,
        since_us=since,
        until_us=until,
        after=after,
        limit=limit + 1,
    )
    found = list_opt_outs(desk.registry, wanted)
    shown = found[:limit]
    print_opt_outs(f"opt-outs of {desk.tenant}", shown, as_json=as_json)
    if len(found) > limit:
        tell_cut(f"--after {shown[-1].opt_out.record_id}")
