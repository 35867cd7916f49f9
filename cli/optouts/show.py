"""`wurao optouts show`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.optouts.desk import Desk, at_desk, new_request_id, table_or_json_option
from cli.optouts.subject_options import Reader, subject_options
from cli.output import print_json

if TYPE_CHECKING:
    from classifier.optouts.subjects.subject import Subject


_MOST = 1_000


@click.command("show")
@click.argument("subject")
@click.option(
    "--letter",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all of it, texts included, as a page that the subject can read.",
)
@subject_options
@table_or_json_option
@at_desk
def command(desk: Desk, subject: str, letter: Path | None, read: Reader, as_json: bool) -> None:
    """Show what is held on SUBJECT: its opt-outs, and every event about it."""
    from classifier.optouts.listing import Filter, list_events, list_opt_outs
    from cli.optouts.tables import (
        iso_time,
        local_time,
        opt_out_to_dict,
        print_opt_outs,
        print_table,
    )

    if letter is not None and as_json:
        raise click.UsageError("give --letter or --json, not both")
    if letter is not None:
        _write_letter(desk, read.held(subject), letter)
        return
    wanted = Filter(desk.tenant, read.held(subject), limit=_MOST + 1)
    opt_outs = list_opt_outs(desk.registry, wanted)
    events = [event for event, _hash in list_events(desk.registry, wanted)]
    if max(len(opt_outs), len(events)) > _MOST:
        said = f"there is more: the oldest {_MOST:,} opt-outs and events are shown"
        click.echo(f"{said}; --letter has all of it", err=True)
    opt_outs, events = opt_outs[:_MOST], events[:_MOST]
    if as_json:
        print_json({
            "opt_outs": [opt_out_to_dict(one) for one in opt_outs],
            "events": [
                {
                    "sequence": event.seq,
                    "at": iso_time(event.time_us),
                    "kind": event.kind,
                    "actor": event.actor,
                    "asked": event.asked(),
                    "outcome": event.outcome(),
                }
                for event in events
            ],
        })
        return
    print_opt_outs("opt-outs", opt_outs)
    rows = ((event.seq, local_time(event.time_us), event.kind, event.actor) for event in events)
    print_table("events", ("number", "at", "what", "who"), rows)


def _write_letter(desk: Desk, subject: "Subject", path: Path) -> None:
    from classifier.optouts.report.subject_page import subject_page
    from classifier.optouts.rights.subject_rights import SubjectRights
    from cli.whole_file import private_file

    rights = SubjectRights(desk.registry)
    export = rights.export(desk.tenant, new_request_id(), desk.actor, subject)
    with private_file(path) as file:
        file.write(subject_page(export, desk.policies.of(desk.tenant).zone))
    click.echo(f"all that is held on the subject: {path}")
