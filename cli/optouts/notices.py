"""`wurao optouts notices`."""

from pathlib import Path

import click

from classifier.turns import Channel
from cli.options import OneOf
from cli.optouts.desk import ID, Desk, at_desk, new_request_id, table_or_json_option
from cli.output import print_json


@click.command("notices")
@click.option("--confirm", type=ID, metavar="ID", help="Give the one confirmation of an opt-out.")
@click.option(
    "--texts",
    envvar="WURAO_NOTICES",
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of notices of your own.  [default: notices.toml of the package]",
)
@click.option(
    "--channel",
    type=OneOf(Channel),
    help="With --confirm: by what way.  [default: sms]",
)
@click.option("--language", default="", help="With --confirm: preferred, such as en.")
@click.option("--company", default="", help="With --confirm: named in the text.")
@click.option("--contact", default="", help="With --confirm: where questions go.")
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    confirm: int | None,
    texts: Path | None,
    channel: Channel | None,
    language: str,
    company: str,
    contact: str,
    as_json: bool,
) -> None:
    """List what people are told about refusing, or give the one confirmation of an opt-out.

    A confirmation is refused after its window, the second time, and where the opt-out is over.
    """
    from classifier.optouts.desk.notice_desk import NoticeDesk, Operator
    from classifier.optouts.policy.notices import read_notices
    from cli.optouts.tables import print_table

    known_texts = read_notices(texts)
    if confirm is not None:
        if not (company and contact):
            raise click.UsageError("--confirm needs --company and --contact")
        notices = NoticeDesk(desk.registry, desk.policies, known_texts, Operator(company, contact))
        way = channel or Channel.SMS
        given = notices.confirm(desk.tenant, new_request_id(), desk.actor, confirm, way, language)
        if as_json:
            named = {"notice": given.notice.id, "version": given.notice.version}
            print_json(named | {"event": given.event.seq, "text": given.text})
        else:
            click.echo(given.text)
        return
    if channel or language or company or contact:
        raise click.UsageError("--channel, --language, --company and --contact need --confirm")
    found = known_texts.of(desk.policies.of(desk.tenant))
    if as_json:
        for notice in found:
            named = {"notice": notice.id, "version": notice.version, "purpose": notice.purpose}
            print_json(named | {"language": notice.language, "text": notice.text})
        return
    rows = ((n.id, n.version, n.purpose.value, n.language, n.text) for n in found)
    print_table("notices", ("id", "version", "purpose", "language", "text"), rows)
