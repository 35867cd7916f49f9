"""`wurao monitor`."""

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from cli.decisions import DAY_OR_TIME, files_of_log, log_options, warn_of_damage
from cli.options import bundle_option, json_option
from cli.output import print_json
from cli.overwriting import refuse_overwriting

_ALERT_STATUS = 3


@click.command("monitor")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@log_options
@click.option(
    "--reference",
    type=click.Path(exists=True, path_type=Path),
    help="What to compare with: a decision log, or JSON that --json printed of an earlier period.  "
    "[default: the frozen test, as the bundle answers it]",
)
@click.option("--reference-since", type=DAY_OR_TIME, help="First day or moment of that log.")
@click.option("--reference-until", type=DAY_OR_TIME, help="First moment of it left out.")
@click.option(
    "--thresholds",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="When drift is an alert.  [default: training/monitor/thresholds.toml]",
)
@bundle_option
@json_option("Print JSON instead of a table.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as an HTML page too.",
)
def command(
    folder: Path,
    keys: Path,
    since: datetime | None,
    until: datetime | None,
    reference: Path | None,
    reference_since: datetime | None,
    reference_until: datetime | None,
    thresholds: Path | None,
    bundle: Path,
    as_json: bool,
    output: Path | None,
) -> None:
    """Hold what a server decided (WURAO_DECISION_LOG) against a reference; alert where it drifts.

    Labels, scores, length, channel, unknown words; shares that were stopped, asked back, read twice
    or decided by a rule. Exit status 3 when an alert fires; of too few turns, which it says, none
    does.
    """
    from classifier.decision_log.log_keys import read_log_keys
    from training.monitor.report import Watch, build_drift_report, write_page
    from training.monitor.thresholds import DEFAULT_THRESHOLDS

    if reference_since is not None or reference_until is not None:
        _refuse_days(reference)
    if reference is not None and (since, until) == (reference_since, reference_until):
        _refuse_itself(folder, reference)
    if output is not None:
        _refuse_inputs((folder, keys, reference, thresholds), output)
    watch = Watch(
        log=folder,
        keys=read_log_keys(keys),
        period=(since, until),
        bundle=bundle,
        reference=reference,
        reference_period=(reference_since, reference_until),
        thresholds=thresholds or DEFAULT_THRESHOLDS,
    )
    report = build_drift_report(watch)
    warn_of_damage(report.damaged_lines)
    if as_json:
        print_json(report.to_dict(), indent=1)
    else:
        from cli.monitor_table import print_drift

        print_drift(report)
    if output is not None:
        write_page(report, output)
        click.echo(f"wrote {output}", err=True)
    if report.drift.alerts:
        sys.exit(_ALERT_STATUS)


def _refuse_days(reference: Path | None) -> None:
    if reference is None or not reference.is_dir():
        message = "choose days of a log; name its folder with --reference"
        raise click.UsageError(f"--reference-since and --reference-until {message}")


def _refuse_itself(log: Path, reference: Path) -> None:
    if reference.resolve() == log.resolve():
        message = "is the log itself; choose other days by --reference-since, --reference-until"
        raise click.UsageError(f"--reference {message}")


def _refuse_inputs(sources: Iterable[Path | None], output: Path) -> None:
    for source in filter(None, sources):
        for read in files_of_log(source) if source.is_dir() else [source]:
            refuse_overwriting(read, output)
