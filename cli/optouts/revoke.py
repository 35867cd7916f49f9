"""`wurao optouts revoke`."""

import click

from cli.optouts.desk import (
    ID,
    Desk,
    at_desk,
    new_request_id,
    reason_option,
    table_or_json_option,
    yes_option,
)
from cli.optouts.subject_options import Reader, subject_options


@click.command("revoke")
@click.argument("subject", required=False)
@click.option("--record", type=ID, default=0, help="One opt-out, instead of a subject.")
@click.option(
    "--basis",
    type=click.Choice(["opted_in", "mistake"]),
    required=True,
    help="The subject opted back in, or the record was a mistake.",
)
@reason_option("How that is known; kept encrypted.")
@subject_options
@yes_option
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    subject: str | None,
    record: int,
    basis: str,
    reason: str,
    read: Reader,
    yes: bool,
    as_json: bool,
) -> None:
    """End every opt-out in force of SUBJECT, or one by its --record: contact is allowed again."""
    from classifier.optouts.recording.changes import Revocation
    from cli.optouts.tables import print_records

    if bool(subject) == bool(record):
        raise click.UsageError("name a subject, or give --record")
    if not yes:
        click.confirm("Contact will be allowed again. Go on?", abort=True)
    revocation = Revocation(
        tenant=desk.tenant,
        request_id=new_request_id(),
        actor=desk.actor,
        reason=basis,
        record_id=record,
        subject=read.held(subject) if subject else None,
        note=reason,
    )
    ended = desk.registry.revoke(revocation)
    print_records(desk, "revoked", [one.record_id for one in ended], as_json=as_json)
