"""`wurao optouts correct`."""

import click

from cli.optouts.desk import (
    Desk,
    at_desk,
    new_request_id,
    reason_option,
    table_or_json_option,
    yes_option,
)
from cli.optouts.subject_options import Reader, subject_options


@click.command("correct")
@click.argument("wrong")
@click.argument("right")
@reason_option("How that is known, without any number or name; kept encrypted.")
@subject_options
@yes_option
@table_or_json_option
@at_desk
def command(
    desk: Desk, wrong: str, right: str, reason: str, read: Reader, yes: bool, as_json: bool
) -> None:
    """Move the opt-outs in force of WRONG to RIGHT: the number had been taken down wrongly.

    --subject-kind is about WRONG alone.
    """
    from classifier.optouts.rights.correction import Correction
    from classifier.optouts.rights.subject_rights import SubjectRights
    from cli.optouts.tables import print_records

    subjects = read.held(wrong), Reader(read.region)(right)
    if subjects[0] == subjects[1]:
        raise click.UsageError("RIGHT is the same subject as WRONG; there is nothing to correct")
    if not yes:
        click.confirm("The wrong one may be contacted again. Go on?", abort=True)
    correction = Correction(
        tenant=desk.tenant,
        request_id=new_request_id(),
        actor=desk.actor,
        wrong=subjects[0],
        right=subjects[1],
        reason=reason,
    )
    moved = SubjectRights(desk.registry).correct(correction)
    print_records(desk, "corrected", [one.record_id for one in moved], as_json=as_json)
