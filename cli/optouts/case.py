"""`wurao optouts case`."""

import click

from classifier.optouts.derived.case_book import Closing
from cli.optouts.desk import ID, Desk, at_desk, new_request_id, table_or_json_option

_ANSWER = "answered"


@click.command("case")
@click.argument("number", type=ID, metavar="CASE")
@click.argument("outcome", type=click.Choice([_ANSWER, *map(str, Closing)]))
@click.option("--text", required=True, help="The answer, or what was done; kept encrypted.")
@click.option(
    "--etag",
    type=ID,
    help="As `cases --json` shows it: refused where the case changed since.  [default: take it as "
    "it stands now]",
)
@table_or_json_option
@at_desk
def command(
    desk: Desk, number: int, outcome: str, text: str, etag: int | None, as_json: bool
) -> None:
    """Note that CASE was answered, which stops its clock, or close it with a reason."""
    from classifier.optouts.desk.cases import Cases
    from cli.optouts.case_table import print_cases

    book = Cases(desk.registry, desk.policies)
    about = (desk.tenant, new_request_id(), desk.actor, number)
    read = book.get(desk.tenant, number).etag if etag is None else etag
    if outcome == _ANSWER:
        case = book.answer(*about, read, text)
    else:
        case = book.close(*about, read, Closing(outcome), text)
    print_cases(book, outcome, [case], as_json=as_json)
