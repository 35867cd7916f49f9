"""`wurao optouts feedback`."""

import click

from classifier.optouts.case_book import CaseKind
from classifier.optouts.records import Intake
from cli.optouts.desk import Desk, at_desk, new_request_id, table_or_json_option
from cli.optouts.subject_options import Reader, subject_options


@click.command("feedback")
@click.argument("kind", type=click.Choice([kind.value for kind in CaseKind]))
@click.option("--text", required=True, help="What was said; kept encrypted.")
@click.option("--subject", help="Whose it is, where that is known.")
@click.option(
    "--intake",
    type=click.Choice([intake.value for intake in Intake]),
    default=Intake.AGENT.value,
    show_default=True,
    help="How it came.",
)
@click.option("--caller", default="", help="About which bot.")
@click.option("--campaign", default="", help="About which campaign.")
@subject_options
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    kind: str,
    text: str,
    subject: str | None,
    intake: str,
    caller: str,
    campaign: str,
    read: Reader,
    as_json: bool,
) -> None:
    """Open a case for an opinion, a complaint or an objection; the policy says when it is due."""
    from classifier.optouts.desk.case import Feedback
    from classifier.optouts.desk.cases import Cases
    from cli.optouts.case_table import print_cases

    case = Cases(desk.registry, desk.policies).open(
        Feedback(
            tenant=desk.tenant,
            request_id=new_request_id(),
            actor=desk.actor,
            kind=CaseKind(kind),
            text=text,
            intake=Intake(intake),
            subject=read(subject) if subject else None,
            caller=caller,
            campaign=campaign,
        )
    )
    print_cases(desk, "opened", [case], as_json=as_json)
