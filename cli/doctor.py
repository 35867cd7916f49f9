"""`wurao doctor`."""

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cli.options import json_option
from cli.output import print_json

if TYPE_CHECKING:
    from classifier.server.checkup.findings import Finding


@click.command("doctor")
@json_option()
def command(as_json: bool) -> None:
    """Check the deployment that the WURAO_ variables describe, and change nothing.

    Settings, exposure, bundle, certificate, tokens, ports, registry, clock, memory. What is wrong
    comes with its remedy. Exit status 1 where the server would not start or stand open; warnings
    leave it 0.
    """
    from classifier.server.checkup.checkup import check_deployment
    from classifier.server.checkup.findings import State

    findings = check_deployment(os.environ)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    elif sys.stdout.isatty():
        _print_table(findings)
    else:  # a line each, for grep and for logs
        for finding in findings:
            parts = (finding.state, finding.check, finding.found, finding.remedy)
            click.echo("\t".join(part for part in parts if part))
    if any(finding.state is State.FAILED for finding in findings):
        sys.exit(1)


def _print_table(findings: "list[Finding]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from classifier.server.checkup.findings import State

    styles = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red"}
    table = Table("", "check", "found", "remedy", box=None, pad_edge=False)
    for finding in findings:
        state = Text(finding.state.value, style=styles[finding.state])
        table.add_row(state, Text(finding.check), Text(finding.found), Text(finding.remedy))
    Console().print(table)
