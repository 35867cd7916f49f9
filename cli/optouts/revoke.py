"""`wurao optouts revoke`."""

import click

from cli.optouts.desk import Desk, at_desk, json_option, new_request_id, reason_option, yes_option
from cli.optouts.subject_options import Reader, subject_options


@click.command("revoke")
@click.argument("subject", required=False)
@click.option("--record", type=int, default=0, help="One opt-out, instead of a subject.")
@click.option(
    "--basis",
    type=click.Choice(["opted_in", "mistake"]),
    required=True,
    help="The subject opted back in, or the record was a mistake.",
)
@reason_option("How that is known; kept encrypted.")
@subject_options
@yes_option
@json_option
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
    from classifier.optouts.changes import Revocation
    from classifier.optouts.listing import get_opt_out
    from cli.optouts.tables import opt_out_to_dict, print_json, print_opt_outs

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
        subject=read(subject) if subject else None,
        note=reason,
    )
    ended = [
        get_opt_out(desk.registry, desk.tenant, opt_out.record_id)
        for opt_out in desk.registry.revoke(revocation)
    ]
    if as_json:
        for one in ended:
            print_json(opt_out_to_dict(one))
    else:
        print_opt_outs("revoked", ended)
