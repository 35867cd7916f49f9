"""`wurao optouts check`."""

import sys
from typing import TYPE_CHECKING

import click

from classifier.turns import Channel
from cli.options import OneOf
from cli.optouts.desk import (
    Desk,
    at_tenant,
    refuse_unknown_tenant,
    table_or_json_option,
)
from cli.optouts.subject_options import Reader, subject_options
from cli.output import complain, print_json

if TYPE_CHECKING:
    from classifier.errors import InvalidSubjectError
    from classifier.optouts.records import Contact, Decision

BLOCKED_STATUS = 3


@click.command("check")
@click.argument("subjects", nargs=-1, required=True)
@click.option(
    "--channel",
    type=OneOf(Channel),
    help="By what.  [default: any, the strictest]",
)
@click.option("--campaign", default="", help="For which campaign.  [default: any]")
@click.option("--purpose", default="", help="For what purpose.  [default: any]")
@click.option("--bot", default="", help="By which bot.")
@subject_options
@table_or_json_option
@at_tenant
def command(
    desk: Desk,
    subjects: tuple[str, ...],
    channel: Channel | None,
    campaign: str,
    purpose: str,
    bot: str,
    read: Reader,
    as_json: bool,
) -> None:
    """Say whether SUBJECTS may be contacted; `-` reads them from standard input, one a line.

    Exit status 0: all may be. 3: at least one may not. 1: something is wrong, such as a line that
    cannot be read; it is named, not to be contacted, and all others are answered. A tenant that is
    named and of whom nothing is recorded is refused.

    It writes nothing, so the report does not count it: attempts at contact are counted by servers.
    """
    from classifier.optouts.records import Contact

    asked = _asked(subjects)
    if not asked:
        raise click.ClickException("no subject came in: nothing was checked")
    refuse_unknown_tenant(desk, "Nothing was checked")
    contact = Contact(desk.tenant, bot, campaign, purpose, channel)
    decided, unread = _decide(desk, contact, asked, read)
    if as_json:
        _print_json(asked, decided, unread)
    else:
        _print_table(asked, decided)
    for place, error in unread.items():
        complain(f"{place}: {error}")
    if unread:
        sys.exit(1)
    if not all(decision.allowed for decision in decided.values()):
        sys.exit(BLOCKED_STATUS)


def _asked(subjects: tuple[str, ...]) -> dict[str, str]:
    """Return where each subject stands, and how it is written."""
    if subjects == ("-",):
        # A mark of UTF-8 in front is left out; what is not UTF-8 makes its own line unreadable.
        came = sys.stdin.buffer.read().decode("utf-8-sig", "replace")
        what, written = "line", came.split("\n")
    else:
        what, written = "argument", list(subjects)
    places = enumerate(written, 1)
    return {f"{what} {number}": text.strip() for number, text in places if text.strip()}


def _decide(
    desk: Desk, contact: "Contact", asked: dict[str, str], read: Reader
) -> tuple[dict[str, "Decision"], dict[str, "InvalidSubjectError"]]:
    """Return the decision by place, as of one moment, and what is wrong where none could be."""
    from classifier.errors import InvalidSubjectError

    found, unread = {}, {}
    for place, text in asked.items():
        try:
            found[place] = read(text)
        except InvalidSubjectError as error:
            unread[place] = error
    decisions = desk.registry.check_many(contact, list(found.values())) if found else []
    return dict(zip(found, decisions, strict=True)), unread


def _print_json(
    asked: dict[str, str],
    decided: dict[str, "Decision"],
    unread: dict[str, "InvalidSubjectError"],
) -> None:
    from cli.optouts.tables import iso_time

    for place, text in asked.items():
        if place in unread:
            problem = f"{place}: {unread[place]}"
            print_json({"subject": text, "allowed": False, "error": problem})
            continue
        decision = decided[place]
        print_json({
            "subject": text,
            "allowed": decision.allowed,
            "why": decision.why.value,
            "since": iso_time(decision.since_us),
            "opt_out_id": decision.opt_out_id or None,
        })


def _print_table(asked: dict[str, str], decided: dict[str, "Decision"]) -> None:
    from cli.optouts.tables import local_time, print_table

    rows = (
        (
            asked[place],
            "yes" if decision.allowed else "no",
            decision.why.value,
            local_time(decision.since_us),
            decision.opt_out_id or "-",
        )
        for place, decision in decided.items()
    )
    print_table("may be contacted", ("subject", "allowed", "why", "since", "record"), rows)
