"""`wurao optouts report`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.optouts.desk import Desk, at_desk


@click.command("report")
@click.option("--month", metavar="YYYY-MM", help="Which month.  [default: the current one]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "csv", "json"]),
    default="html",
    show_default=True,
    help="How it is written.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json -o -.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File, or `-`.  [default: a name with tenant and month]",
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@at_desk
def command(
    desk: Desk, month: str | None, form: str, as_json: bool, output: Path | None, show: bool
) -> None:
    """Write the monthly report, in Chinese, for a regulator or a board; it names no subject."""
    from classifier.errors import OutputError
    from classifier.optouts.report.monthly_report import monthly_report
    from classifier.optouts.report.report_formats import ReportFormat, write_report

    zone = desk.policies.of(desk.tenant).zone
    which = month or datetime.now(UTC).astimezone(zone).strftime("%Y-%m")
    report = monthly_report(desk.registry, desk.policies, desk.tenant, which)
    file = write_report(report, ReportFormat("json" if as_json else form))
    path = Path("-") if as_json and output is None else output or Path(file.name)
    if path == Path("-"):
        sys.stdout.buffer.write(file.content)
        return
    try:
        path.write_bytes(file.content)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    click.echo(f"report on {which}: {path}")
    if show:
        click.launch(str(path))
