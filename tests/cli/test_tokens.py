"""`wurao tokens` as an operator uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from classifier.server.security.permissions import Role
from classifier.server.security.token_file import read_tokens
from classifier.server.security.tokens import find_token


def tokens(
    *arguments: str, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run one `wurao tokens …`."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "tokens", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | (environment or {}),
    )


def test_a_token_is_made_listed_and_revoked(tmp_path: Path) -> None:
    """It is printed once, alone on standard output; list never shows it; revoke takes it away."""
    file = tmp_path / "tokens.jsonl"
    variable = {"WURAO_TOKENS": str(file)}
    wanted = [Role.CLASSIFY, Role.REGISTRY_READ]
    roles = [word for role in wanted for word in ("--role", role)]
    made = tokens("new", "--name", "bot", *roles, environment=variable)
    assert made.returncode == 0, made.stderr
    text = made.stdout.removesuffix("\n")
    token = find_token(read_tokens(file), text)
    assert token is not None
    assert (token.name, token.roles) == ("bot", frozenset(wanted))
    assert text not in made.stderr
    assert tokens("new", "--name", "qa", "--role", "review", "--file", str(file)).returncode == 0

    listed = tokens("list", "--file", str(file))
    assert f"{token.id}  classify,registry.read" in listed.stdout
    assert text not in listed.stdout
    rows = json.loads(tokens("list", "--json", "--file", str(file)).stdout)
    assert [row["name"] for row in rows] == ["bot", "qa"]

    assert tokens("revoke", token.id, "--file", str(file)).returncode == 0
    assert find_token(read_tokens(file), text) is None


def test_a_wrong_role_is_named(tmp_path: Path) -> None:
    """The message lists the roles; no file is made; a last token is not taken away."""
    file = tmp_path / "tokens.jsonl"
    wrong = tokens("new", "--name", "bot", "--role", "root", "--file", str(file))
    assert wrong.returncode == 2
    assert "registry.write" in wrong.stderr
    assert not file.exists()
    wrong = tokens("new", "--name", "b o t", "--role", "admin", "--file", str(file))
    assert wrong.returncode == 1
    assert "wurao: a token's name" in wrong.stderr
    assert not file.exists()
    assert tokens("list", "--file", str(file)).returncode == 1
