"""`wurao optouts report`."""

import sys
from pathlib import Path

import click

from cli.options import json_option
from cli.optouts.desk import Desk, at_tenant, refuse_unknown_tenant
from cli.optouts.file_format import format_of

_FORMATS = ("html", "csv", "json")


@click.command("report")
@click.option("--month", metavar="YYYY-MM", help="Which month.  [default: the current one]")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="How it is written.  [default: by the name of the file, else html]",
)
@json_option("The same as --format json -o -.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File, or `-`.  [default: a name with tenant and month]",
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@at_tenant
def command(
    desk: Desk, month: str | None, form: str | None, as_json: bool, output: Path | None, show: bool
) -> None:
    """Write the monthly report, in Chinese, for a regulator or a board; it names no subject."""
    from classifier.optouts.report.monthly_report import monthly_report
    from classifier.optouts.report.report_formats import ReportFormat, write_report
    from classifier.optouts.times import moment, now_us
    from cli.whole_file import STANDARD_OUTPUT, readable_file

    if as_json and form not in {None, "json"}:
        raise click.UsageError(f"--json contradicts --format {form}")
    written_as = ReportFormat(format_of(output, "json" if as_json else form, _FORMATS))
    refuse_unknown_tenant(desk, "No report was written")
    zone = desk.policies.of(desk.tenant).zone
    which = month or moment(now_us()).astimezone(zone).strftime("%Y-%m")
    report = monthly_report(desk.registry, desk.policies, desk.tenant, which)
    file = write_report(report, written_as)
    path = STANDARD_OUTPUT if as_json and output is None else output or Path(file.name)
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(file.content)
        return
    with readable_file(path) as whole:
        whole.write(file.content)
    click.echo(f"report on {which}: {path}")
    if show:
        click.launch(str(path))
