"""`wurao report`."""

from pathlib import Path

import click

from cli.options import bundle_option, data_option


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
    "--learning-curve",
    is_flag=True,
    help="Train on growing shares of the labels too, which takes some minutes.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the report.  [default: report in the bundle's folder]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the JSON too, nothing else.")
def command(
    data: Path,
    bundle: Path,
    against: Path | None,
    gates: Path | None,
    learning_curve: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Write the evaluation report of a bundle: report.html, report.json, report.xml (JUnit).

    With it a model card and a datasheet of the data in English and Chinese.

    Whether it may go live, scores by label and slice, thresholds, calibration, behaviour suites,
    conversations, and every wrong answer with its evidence. A learning curve, once measured, is
    kept in later reports of the same model.
    """
    from cli.progress import show_steps
    from training.gates.rules import DEFAULT_GATES
    from training.report.write import FOLDER, JSON, Wish, build_report, count_steps, write_report

    wish = Wish(against, gates or DEFAULT_GATES, learning_curve)
    with show_steps(count_steps(wish)) as report:
        content = build_report(data, bundle, wish, report)
        written = write_report(content, output or bundle / FOLDER)
    if as_json:
        click.echo(next(path for path in written if path.name == JSON).read_text("utf-8"), nl=False)
        return
    failed = sum(not verdict["passed"] for verdict in content["gates"]["verdicts"])
    judged = len(content["gates"]["verdicts"])
    said = content["gates"]["problem"] or f"{judged - failed} of {judged} gates are open"
    headline = content["headline"]
    for name, what in (("missed", "missed opt-outs"), ("false_stops", "false stops")):
        rate = headline[name]
        if rate["of"]:
            figure = f"{rate['per_thousand']:.0f} ({rate['low']:.0f}-{rate['high']:.0f})"
            click.echo(f"{what} per 1,000: {figure}")
    click.echo(said)
    for path in written:
        click.echo(f"wrote {path}")
