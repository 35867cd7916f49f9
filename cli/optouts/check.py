"""`wurao optouts check`."""

import sys

import click

from classifier.turns import Channel
from cli.optouts.desk import Desk, at_desk, json_option, read_subject, region_option

BLOCKED_STATUS = 3


@click.command("check")
@click.argument("subjects", nargs=-1, required=True)
@click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    help="By what.  [default: any, the strictest]",
)
@click.option("--campaign", default="", help="For which campaign.  [default: any]")
@click.option("--purpose", default="", help="For what purpose.  [default: any]")
@click.option("--bot", default="", help="By which bot.")
@region_option
@json_option
@at_desk
def command(
    desk: Desk,
    subjects: tuple[str, ...],
    channel: str | None,
    campaign: str,
    purpose: str,
    bot: str,
    region: str,
    as_json: bool,
) -> None:
    """Say whether SUBJECTS may be contacted; `-` reads them from standard input, one a line.

    Exit status 0: all may be. 3: at least one may not. 1: something is wrong.
    """
    from classifier.optouts.records import Contact
    from cli.optouts.tables import iso_time, local_time, print_json, print_table

    written = sys.stdin.read().split("\n") if subjects == ("-",) else subjects
    asked = [text.strip() for text in written if text.strip()]
    contact = Contact(desk.tenant, bot, campaign, purpose, Channel(channel) if channel else None)
    found = [read_subject(text, region) for text in asked]
    decisions = desk.registry.check_many(contact, found) if found else []
    answers = list(zip(asked, decisions, strict=True))
    if as_json:
        for text, decision in answers:
            print_json({
                "subject": text,
                "allowed": decision.allowed,
                "why": decision.why.value,
                "since": iso_time(decision.since_us),
                "opt_out_id": decision.record_id or None,
            })
    else:
        headings = ("subject", "allowed", "why", "since", "record")
        rows = (
            (
                text,
                "yes" if decision.allowed else "no",
                decision.why.value,
                local_time(decision.since_us),
                decision.record_id or "-",
            )
            for text, decision in answers
        )
        print_table("may be contacted", headings, rows)
    if not all(decision.allowed for decision in decisions):
        sys.exit(BLOCKED_STATUS)
