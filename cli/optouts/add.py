"""`wurao optouts add`."""

from typing import TYPE_CHECKING

import click

from classifier.optouts.records import Intake, Scope
from classifier.turns import Reason
from cli.options import OneOf
from cli.optouts.desk import Desk, at_desk, new_request_id, table_or_json_option
from cli.optouts.scope_options import scope_options
from cli.optouts.subject_options import Reader, subject_options

if TYPE_CHECKING:
    from classifier.optouts.records import OptOutRequest


@click.command("add")
@click.argument("subject")
@click.option(
    "--intake",
    type=OneOf(Intake),
    default=Intake.AGENT.value,
    show_default=True,
    help="Through what the request came.",
)
@scope_options
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    type=OneOf(Reason),
    help="Why; may be given several times.",
)
@click.option("--text", default="", help="What was said or written; kept encrypted.")
@click.option("--request-id", help="Makes a repeat harmless.  [default: a new one]")
@subject_options
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    subject: str,
    intake: Intake,
    scope: Scope | None,
    reasons: tuple[Reason, ...],
    text: str,
    request_id: str | None,
    read: Reader,
    as_json: bool,
) -> None:
    """Record that SUBJECT (a number, an address, scheme:id or device:id) is not to be contacted."""
    from classifier.optouts.records import OptOutRequest
    from cli.optouts.tables import print_records

    request = OptOutRequest(
        tenant=desk.tenant,
        request_id=request_id or new_request_id(),
        subject=read(subject),
        intake=intake,
        actor=desk.actor,
        scope=scope or Scope(),
        reasons=reasons,
        text=text,
    )
    _refuse_numbers(desk, request)
    record_id = desk.registry.record(request).record_id
    print_records(desk, "recorded, in force now", [record_id], as_json=as_json)


def _refuse_numbers(desk: Desk, request: "OptOutRequest") -> None:
    """Refuse what a server would mask: whoever types it can name it otherwise."""
    from classifier.errors import FieldViolation, InvalidRequestError
    from classifier.optouts.events.open_fields import in_the_open

    clean = in_the_open(request, desk.registry.ring)
    changed = {
        "request_id": clean.request_id != request.request_id,
        "actor": clean.actor != request.actor,
        "scope.name": clean.scope != request.scope,
    }
    problem = "holds the number, and stands where no erasure comes; name it otherwise"
    found = [FieldViolation(field, problem) for field, is_so in changed.items() if is_so]
    if found:
        raise InvalidRequestError(found)
