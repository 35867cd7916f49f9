"""`wurao optouts callers`."""

import click

from cli.optouts.desk import Desk, at_tenant, table_or_json_option


@click.command("callers")
@table_or_json_option
@at_tenant
def command(desk: Desk, as_json: bool) -> None:
    """List bots and campaigns with their suspensions and what was counted in each window."""
    from classifier.optouts.desk.caller_desk import Callers
    from cli.optouts.caller_table import print_callers

    found = Callers(desk.registry, desk.policies).list(desk.tenant)
    print_callers(f"callers of {desk.tenant}", found, as_json=as_json)
