"""`wurao tokens`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import json_option
from cli.output import print_json

if TYPE_CHECKING:
    from classifier.server.security.tokens import Token

_file_option = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WURAO_TOKENS",
    required=True,
    help="The token file of the server.  [env var: WURAO_TOKENS]",
)


@click.group("tokens")
def command() -> None:
    """Make, list and revoke the tokens that callers of a server need.

    A running server reads a changed file by itself, within a second or so.
    """


@command.command("new")
@click.option("--name", required=True, help="Who will hold it; records name it as their actor.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    help="May be given several times: classify, registry.write, registry.read, review, admin.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help="How long its holder is let in.  [default: until it is revoked]",
)
@_file_option
def new(name: str, roles: tuple[str, ...], days: int | None, path: Path) -> None:
    """Print a new token, once, and append its hash to the token file."""
    from datetime import UTC, datetime, timedelta

    from classifier.server.security.permissions import Role
    from classifier.server.security.token_file import add_token, remove_token
    from classifier.server.security.tokens import new_token

    unknown = [role for role in roles if role not in list(Role)]
    if unknown:
        raise click.BadParameter(f"choose from {', '.join(Role)}", param_hint="--role")
    now = datetime.now(UTC).replace(microsecond=0)
    expires_at = None if days is None else now + timedelta(days)
    text, token = new_token(name, [Role(role) for role in roles], expires_at)
    add_token(path, token)
    try:
        click.echo(text)
    except OSError:  # nobody saw it
        remove_token(path, token.id, even_last=True)
        raise
    click.echo(
        f"{path} knows it as {token.id} ({_validity(token)}); it is shown only now. "
        "Hand it over as WURAO_TOKEN.",
        err=True,
    )


@command.command("list")
@_file_option
@json_option()
def list_tokens(path: Path, as_json: bool) -> None:
    """List the tokens of a file: id, roles, when it expires, name."""
    from classifier.server.security.token_file import read_tokens

    tokens = read_tokens(path).values()
    if as_json:
        print_json([_row(token) for token in tokens], indent=1)
        return
    for token in tokens:
        roles = ",".join(sorted(token.roles))
        click.echo(f"{token.id}  {roles:<24}  {_validity(token):<28}  {token.name}")


@command.command("revoke")
@click.argument("token_id", metavar="ID")
@_file_option
def revoke(token_id: str, path: Path) -> None:
    """Take the token with this id out of the file."""
    from classifier.server.security.token_file import remove_token

    removed = remove_token(path, token_id)
    click.echo(f"{removed.id} of {removed.name} is let in no longer")


def _row(token: "Token") -> dict[str, object]:
    expires_at = token.expires_at.isoformat() if token.expires_at else None
    roles = sorted(token.roles)
    return {"id": token.id, "name": token.name, "roles": roles, "expires_at": expires_at}


def _validity(token: "Token") -> str:
    if token.expires_at is None:
        return "never expires"
    verb = "expired" if token.has_expired() else "expires"
    return f"{verb} {token.expires_at:%Y-%m-%d %H:%M %Z}"
