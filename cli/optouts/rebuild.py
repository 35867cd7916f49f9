"""`wurao optouts rebuild`."""

import sys
from dataclasses import asdict

import click

from cli.optouts.desk import Desk, at_registry, table_or_json_option, yes_option
from cli.output import print_json


@click.command("rebuild")
@yes_option
@table_or_json_option
@at_registry
def command(desk: Desk, yes: bool, as_json: bool) -> None:
    """Derive the current list anew from the audit log; checks go on meanwhile, writers wait.

    Then verify: not all can be derived, such as the hash by which a check finds a number. Exit
    status 3: something is still wrong.
    """
    from cli.optouts.tables import print_findings
    from cli.progress import show_count

    if not yes:
        click.confirm("Every derived table will be made anew. Go on?", abort=True)
    with show_count(None, "events") as progress:
        mended = desk.registry.store.rebuild(lambda done, _total: progress(done))
    with show_count(None, "events") as progress:
        left = desk.registry.store.verify(tell=lambda done, _total: progress(done)).findings
    if as_json:
        print_json({"mended_rows": mended, "findings": [asdict(one) for one in left]})
    else:
        click.echo(f"rebuilt; {mended:,} rows were other than the events say")
        if left:
            print_findings("what is still wrong", left)
            click.echo('what helps is under "What a rebuild leaves" in docs/registry.md')
    if left:
        sys.exit(3)
