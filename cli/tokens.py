"""`wurao tokens`."""

import json
from pathlib import Path

import click

file_option = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WURAO_TOKENS",
    required=True,
    help="The token file of the server.  [default: WURAO_TOKENS]",
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
@file_option
def new(name: str, roles: tuple[str, ...], path: Path) -> None:
    """Print a new token, once, and append its hash to the token file."""
    from classifier.server.security.permissions import Role
    from classifier.server.security.token_file import add_token
    from classifier.server.security.tokens import new_token

    unknown = [role for role in roles if role not in list(Role)]
    if unknown:
        raise click.BadParameter(f"choose from {', '.join(Role)}", param_hint="--role")
    text, token = new_token(name, [Role(role) for role in roles])
    add_token(path, token)
    click.echo(text)
    click.secho(
        f"{path} knows it as {token.id}; it is shown only now. Hand it over as WURAO_TOKEN.",
        err=True,
    )


@command.command("list")
@file_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(path: Path, as_json: bool) -> None:
    """List the tokens of a file: id, roles, name."""
    from classifier.server.security.token_file import read_tokens

    tokens = read_tokens(path).values()
    if as_json:
        rows = [{"id": t.id, "name": t.name, "roles": sorted(t.roles)} for t in tokens]
        click.echo(json.dumps(rows, indent=1))
        return
    for token in tokens:
        click.echo(f"{token.id}  {','.join(sorted(token.roles)):<24}  {token.name}")


@command.command("revoke")
@click.argument("token_id", metavar="ID")
@file_option
def revoke(token_id: str, path: Path) -> None:
    """Take the token with this id out of the file."""
    from classifier.server.security.token_file import remove_token

    removed = remove_token(path, token_id)
    click.echo(f"{removed.id} of {removed.name} is let in no longer")
