"""`wurao optouts caller`."""

import click

from classifier.optouts.policy.policy_rules import CALLER_KINDS
from cli.optouts.desk import Desk, at_desk, new_request_id, table_or_json_option


@click.command("caller")
@click.argument("step", type=click.Choice(["suspend", "release", "dismiss", "note"]))
@click.argument("kind", type=click.Choice(CALLER_KINDS))
@click.argument("name")
@click.option("--reason", required=True, help="Why, or what is noted; goes into the report.")
@click.option("--notified", multiple=True, help="An office that was told; may be given again.")
@click.option("--data-deleted", default="", help="Which of its data was deleted.")
@click.option("--data-kept", default="", help="Which was kept, and why.")
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    step: str,
    kind: str,
    name: str,
    reason: str,
    notified: tuple[str, ...],
    data_deleted: str,
    data_kept: str,
    as_json: bool,
) -> None:
    """Suspend a bot (`caller`) or campaign, release it, dismiss a proposal, or note a step.

    While it is suspended every check answers no for it.
    """
    from classifier.optouts.desk.caller_desk import Callers, CallerStep
    from cli.optouts.caller_table import print_callers

    about = CallerStep(
        tenant=desk.tenant,
        request_id=new_request_id(),
        actor=desk.actor,
        kind=kind,
        name=name,
        reason=reason,
        notified=notified,
        data_deleted=data_deleted,
        data_kept=data_kept,
    )
    callers = Callers(desk.registry, desk.policies)
    steps = {
        "suspend": callers.suspend,
        "release": callers.release,
        "dismiss": callers.dismiss,
        "note": callers.note,
    }
    print_callers(step, [steps[step](about)], as_json=as_json)
