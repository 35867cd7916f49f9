"""`wurao optouts show`."""

import click

from cli.optouts.desk import Desk, at_desk, json_option, read_subject, region_option


@click.command("show")
@click.argument("subject")
@region_option
@json_option
@at_desk
def command(desk: Desk, subject: str, region: str, as_json: bool) -> None:
    """Show what is held on SUBJECT: its opt-outs, and every event about it."""
    from classifier.optouts.listing import Filter, list_events, list_opt_outs
    from cli.optouts.tables import (
        iso_time,
        local_time,
        opt_out_to_dict,
        print_json,
        print_opt_outs,
        print_table,
    )

    wanted = Filter(desk.tenant, read_subject(subject, region), limit=1_000)
    opt_outs = list_opt_outs(desk.registry, wanted)
    events = [event for event, _hash in list_events(desk.registry, wanted)]
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
