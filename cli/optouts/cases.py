"""`wurao optouts cases`."""

import click

from classifier.optouts.case_book import CaseState
from cli.optouts.desk import Desk, at_desk, json_option


@click.command("cases")
@click.option(
    "--state",
    type=click.Choice([state.value for state in CaseState]),
    default=CaseState.OPEN.value,
    show_default=True,
    help="In which state.",
)
@click.option("--limit", default=50, show_default=True, help="Most cases.")
@json_option
@at_desk
def command(desk: Desk, state: str, limit: int, as_json: bool) -> None:
    """List feedback and complaints, what is due first in front."""
    from classifier.optouts.desk.cases import Cases
    from cli.optouts.case_table import print_cases

    found = Cases(desk.registry, desk.policies).list(desk.tenant, CaseState(state), limit)
    print_cases(desk, f"{state} cases of {desk.tenant}", found, as_json=as_json)
