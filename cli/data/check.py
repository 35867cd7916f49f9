"""`wurao data check`."""

import sys
from pathlib import Path

import click

from cli.data.formats import sheet_option
from cli.options import data_option, encoding_option, json_option
from cli.output import print_json
from cli.overwriting import refuse_among_turns, refuse_overwriting


@click.command("check")
@data_option
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the findings as an HTML page.",
)
@click.option(
    "--new",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Hold the turns of this file, labelled or not, against the other training turns.",
)
@sheet_option
@encoding_option
@click.option(
    "--suspects",
    is_flag=True,
    help="Look for labels that a model would give otherwise; takes as long as training.",
)
@json_option("Print the findings as JSON.")
def command(
    data: Path,
    page: Path | None,
    new: Path | None,
    sheet: str,
    encoding: str,
    suspects: bool,
    as_json: bool,
) -> None:
    """Check schema, labels, duplicates, leaks between the splits and the frozen test.

    With --new and --suspects also what no check can decide: whether new turns are like those
    before, and which labels look wrong. The exit status is 1 where a check found a problem, or an
    entry of --new cannot be read.
    """
    from cli.data.findings import print_findings
    from cli.progress import show_steps
    from training.exchange.source import LabelFile
    from training.inspection.inspection import InspectionOptions, inspect_data
    from training.recipe import DEFAULT_RECIPE

    if page is not None:
        refuse_among_turns(data, page, "--page")
        if new is not None:
            refuse_overwriting(new, page, "--page")
    if (sheet or encoding) and new is None:
        raise click.UsageError("--sheet and --encoding are of the file of --new; name it too")
    held = LabelFile(new, None, sheet, encoding) if new else None
    options = InspectionOptions(held, DEFAULT_RECIPE if suspects else None)
    if new is None and not suspects:
        content = inspect_data(data, options)
    else:
        with show_steps(1 + (new is not None) + 2 * suspects) as report:
            content = inspect_data(data, options, report)
    if page is not None:
        # matplotlib is imported only where a page is drawn.
        from training.inspection.page import write_inspection

        write_inspection(content, page)
    if as_json:
        print_json(content)
    else:
        print_findings(content, data, page)
    unread = content["drift"] is not None and content["drift"]["unreadable_places"]["count"]
    if content["problem_count"] or unread:
        sys.exit(1)
