"""`wurao optouts cases`."""

import click

from classifier.optouts.derived.case_book import CaseState
from cli.options import OneOf
from cli.optouts.desk import Desk, at_tenant, limit_option, table_or_json_option, tell_cut


@click.command("cases")
@click.option(
    "--state",
    type=OneOf(CaseState),
    default=CaseState.OPEN.value,
    show_default=True,
    help="In which state.",
)
@limit_option(50, "cases")
@table_or_json_option
@at_tenant
def command(desk: Desk, state: CaseState, limit: int, as_json: bool) -> None:
    """List feedback and complaints, what is due first in front."""
    from classifier.optouts.desk.cases import Cases
    from cli.optouts.case_table import print_cases

    book = Cases(desk.registry, desk.policies)
    found = book.list(desk.tenant, state, limit + 1)
    print_cases(book, f"{state} cases of {desk.tenant}", found[:limit], as_json=as_json)
    if len(found) > limit:
        tell_cut("a larger --limit shows them")
