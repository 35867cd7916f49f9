"""`wurao optouts feedback`."""

import click

from classifier.optouts.derived.case_book import CaseKind
from classifier.optouts.records import Intake
from cli.options import OneOf
from cli.optouts.desk import Desk, at_desk, new_request_id, table_or_json_option
from cli.optouts.subject_options import Reader, subject_options


@click.command("feedback")
@click.argument("kind", type=OneOf(CaseKind))
@click.option("--text", required=True, help="What was said; kept encrypted.")
@click.option("--subject", help="Whose it is, where that is known.")
@click.option(
    "--intake",
    type=OneOf(Intake),
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
    kind: CaseKind,
    text: str,
    subject: str | None,
    intake: Intake,
    caller: str,
    campaign: str,
    read: Reader,
    as_json: bool,
) -> None:
    """Open a case for an opinion, a complaint or an objection; the policy says when it is due."""
    from classifier.optouts.desk.case import Feedback
    from classifier.optouts.desk.cases import Cases
    from cli.optouts.case_table import print_cases

    book = Cases(desk.registry, desk.policies)
    case = book.open(
        Feedback(
            tenant=desk.tenant,
            request_id=new_request_id(),
            actor=desk.actor,
            kind=kind,
            text=text,
            intake=intake,
            subject=read(subject) if subject else None,
            caller=caller,
            campaign=campaign,
        )
    )
    print_cases(book, "opened", [case], as_json=as_json)
