"""`wurao optouts erase`."""

from collections.abc import Generator
from contextlib import contextmanager

import click

from cli.optouts.desk import (
    Desk,
    at_desk,
    new_request_id,
    reason_option,
    table_or_json_option,
    yes_option,
)
from cli.optouts.subject_options import Reader, subject_options
from cli.output import print_json

_DESPITE = "--despite-open-cases"


@click.command("erase")
@click.argument("subject")
@reason_option(
    "How it was asked for, such as by letter, and by right of what. No number, address or name: it "
    "outlives the erasure, encrypted."
)
@subject_options
@click.option(
    _DESPITE,
    is_flag=True,
    help="Erase though cases of SUBJECT are open, which then go on without what was said in them; "
    "the log keeps that.",
)
@yes_option
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    subject: str,
    reason: str,
    read: Reader,
    despite_open_cases: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase number and texts of SUBJECT for good; its opt-outs in force still block.

    Refused while a case of SUBJECT is open. A statutory period that runs is told, before and after.
    """
    from dataclasses import asdict

    from classifier.optouts.rights.subject_rights import SubjectRights
    from cli.optouts.tables import print_table

    wanted = read.held(subject)
    rights = SubjectRights(desk.registry, desk.policies)
    if not yes:
        against = rights.obstacles(desk.tenant, wanted)
        with _as_on_the_command_line():
            against.allow(despite_open_cases=despite_open_cases)
        told = [f"{name}: {why}." for name, why in against.in_words().items()]
        click.confirm(
            "\n".join([*told, "What is erased cannot be brought back. Go on?"]), abort=True
        )
    who = (desk.tenant, new_request_id(), desk.actor, wanted)
    with _as_on_the_command_line():
        done = rights.erase(*who, reason, despite_open_cases=despite_open_cases)
    if as_json:
        print_json(asdict(done))
        return
    rows = [("erased", name, f"{count:,}") for name, count in done.erased.items()]
    rows += [("kept", name, why) for name, why in done.kept.items()]
    print_table("erased, and kept", ("", "what", "how many, or why"), rows)


@contextmanager
def _as_on_the_command_line() -> Generator[None]:
    """Name the option where the registry names the field of a request."""
    from dataclasses import replace

    from classifier.errors import InvalidRequestError
    from classifier.optouts.rights.erasure import DESPITE

    try:
        yield
    except InvalidRequestError as error:
        raise InvalidRequestError([
            replace(one, field=_DESPITE) if one.field == DESPITE else one
            for one in error.violations
        ]) from None
