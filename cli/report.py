"""`wurao report`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.options import bundle_option, data_option, json_option

_SHOWN = {
    "missed": "missed opt-outs",
    "false_stops_ordinary": "false stops on ordinary turns",
    "false_stops_hard": "false stops on hard turns",
}
"""Rate of the headline -> how it is called."""


@click.command("report")
@data_option
@bundle_option
@click.option(
    "--against",
    type=click.Path(file_okay=False, path_type=Path),
    help="Another bundle to compare with, such as the champion's.",
)
@click.option(
    "--gates",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file of gates.  [default: training/gates/gates.toml]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the report.  [default: report in the bundle's folder]",
)
@json_option("Print report.json instead of the summary; the files are written all the same.")
def command(
    data: Path,
    bundle: Path,
    against: Path | None,
    gates: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Write the evaluation report of a bundle: report.html, report.json, report.xml (JUnit).

    With it a model card and a datasheet of the data in English and Chinese.

    Whether it may go live, scores by label and slice, thresholds, calibration, behaviour suites,
    conversations, every wrong answer with its evidence, and whether more labels would help.
    """
    from cli.progress import show_steps
    from training.beside_bundle import REPORT_FOLDER
    from training.gates.rules import DEFAULT_GATES
    from training.report.write import (
        JSON,
        ReportOptions,
        build_report,
        count_steps,
        write_report,
    )

    options = ReportOptions(against, gates or DEFAULT_GATES)
    folder = output or bundle / REPORT_FOLDER
    with show_steps(count_steps(options)) as report:
        content = build_report(data, bundle, options, report)
        written = write_report(content, folder)
    if as_json:
        click.echo((folder / JSON).read_text("utf-8"), nl=False)
        return
    _print_summary(content)
    for path in written:
        click.echo(f"wrote {path}")


def _print_summary(content: Mapping[str, Any]) -> None:
    gates = content["gates"]
    limits = gates["headline"]
    for name, what in _SHOWN.items():
        rate = content["headline"][name]
        if rate["of"]:
            figure = f"{rate['per_thousand']:.1f} ({rate['low']:.1f}-{rate['high']:.1f})"
            limit = f", its gate allows {limits[name]['per_thousand']:g}" if name in limits else ""
            click.echo(f"{what} per 1,000: {figure}{limit}")
    judged = len(gates["verdicts"])
    failed = sum(not verdict["passed"] for verdict in gates["verdicts"])
    click.echo(gates["problem"] or f"{judged - failed} of {judged} gates are open")
    if gates["left_out"]:
        click.echo(f"{gates['left_out']} gates that compare with another model were left out")
