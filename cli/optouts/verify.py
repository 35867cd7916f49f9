"""`wurao optouts verify`."""

import re
import sys
from dataclasses import asdict

import click

from cli.optouts.desk import Desk, at_registry, table_or_json_option
from cli.output import print_json, warn

_LABELLED = (
    "are of chat accounts by a label, such as phone:13800001111, as older code took them down: no "
    "check finds them. `wurao optouts export` names them; move each by `wurao optouts correct "
    "phone:13800001111 13800001111 --subject-kind chat --reason …`"
)


@click.command("verify")
@click.option(
    "--anchor",
    metavar="NUMBER:HASH",
    help="An earlier end of the chain, kept elsewhere, that must be part of it.",
)
@table_or_json_option
@at_registry
def command(desk: Desk, anchor: str | None, as_json: bool) -> None:
    """Check the audit log and all that derives from it; name what was changed, removed or moved.

    Keep the printed anchor apart from the database: it proves later that nothing was rewritten.
    Exit status 3: something is wrong.
    """
    from classifier.optouts.audit.findings import Anchor
    from cli.optouts.tables import print_findings
    from cli.progress import show_count

    earlier = None
    if anchor is not None:
        parts = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", anchor.strip().lower())
        if parts is None:
            problem = "must be NUMBER:HASH, whole, as verify prints it"
            raise click.BadParameter(problem, param_hint="--anchor")
        earlier = Anchor(int(parts[1]), parts[2])
    with show_count(None, "events") as progress:
        found = desk.registry.store.verify(earlier, lambda done, _total: progress(done))
    if as_json:
        print_json(asdict(found))
    elif found.findings:
        print_findings("what is wrong", found.findings)
    else:
        click.secho(f"{found.anchor.seq:,} events, one chain, every table as they say", fg="green")
        if found.erased:
            click.echo(f"{found.erased:,} of them had texts that were erased or purged")
        click.echo(f"anchor {found.anchor.seq}:{found.anchor.hash}")
    if found.labelled:
        warn(f"{found.labelled:,} opt-outs in force {_LABELLED}")
    if found.findings:
        sys.exit(3)
