"""`wurao optouts purge`."""

from dataclasses import asdict

import click

from classifier.optouts.policy.profiles import RecordKind
from cli.options import OneOf
from cli.optouts.desk import (
    Desk,
    at_desk,
    refuse_unknown_tenant,
    table_or_json_option,
    yes_option,
)
from cli.output import print_json


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option(
    "--kind",
    "kinds",
    type=OneOf(RecordKind),
    multiple=True,
    help="Only this record kind; may be given again.",
)
@yes_option
@table_or_json_option
@at_desk
def command(
    desk: Desk, dry_run: bool, kinds: tuple[RecordKind, ...], yes: bool, as_json: bool
) -> None:
    """Remove, by record kind, what has been kept long enough. What blocks is never removed."""
    from classifier.optouts.upkeep.retention import Retention
    from cli.optouts.tables import print_table

    refuse_unknown_tenant(desk, "Nothing was removed")
    if not (dry_run or yes):
        click.confirm("What is removed cannot be brought back. Go on?", abort=True)
    retention = Retention(desk.registry, desk.policies)
    purged = retention.purge(desk.tenant, desk.actor, dry_run, kinds or tuple(RecordKind))
    if as_json:
        print_json([asdict(kind) for kind in purged])
        return
    title = "would be removed" if dry_run else "removed"
    rows = ((one.kind, f"{one.count:,}", one.keep, one.profile, one.source) for one in purged)
    print_table(title, ("record kind", "records", "kept for", "profile", "source"), rows)
