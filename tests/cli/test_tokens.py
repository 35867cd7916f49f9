"""`wurao tokens` as an operator uses it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token, read_tokens
from classifier.server.security.tokens import find_token, new_token


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


def test_a_token_may_expire(tmp_path: Path) -> None:
    """After as many days as were asked for; making it says when, and so does the list."""
    file = tmp_path / "tokens.jsonl"
    named = ("--name", "bot", "--role", "classify", "--file", str(file))
    before = datetime.now(UTC).replace(microsecond=0)
    made = tokens("new", *named, "--days", "30")
    assert made.returncode == 0, made.stderr
    (token,) = read_tokens(file).values()
    assert token.expires_at is not None
    assert before <= token.expires_at - timedelta(30) <= datetime.now(UTC)
    assert f"(expires {token.expires_at:%Y-%m-%d %H:%M} UTC)" in made.stderr

    add_token(file, new_token("old", token.roles, before - timedelta(1))[1])
    assert tokens("new", *named).returncode == 0
    bounded, expired, unbounded = tokens("list", "--file", str(file)).stdout.splitlines()
    assert f"  expires {token.expires_at:%Y-%m-%d %H:%M} UTC  bot" in bounded
    assert "  expired 2" in expired
    assert "  never expires  " in unbounded
    rows = json.loads(tokens("list", "--json", "--file", str(file)).stdout)
    assert rows[0]["expires_at"] == token.expires_at.isoformat()
    assert rows[2]["expires_at"] is None

    for days in ("0", "-1", "3651", "1.5"):
        assert tokens("new", *named, "--days", days).returncode == 2
    assert len(read_tokens(file)) == 3


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


def test_a_token_that_nobody_saw_is_taken_back(tmp_path: Path) -> None:
    """Where it cannot be printed, the file is as it was, even if that is without a token."""
    file = tmp_path / "tokens.jsonl"
    command = [sys.executable, "-m", "cli.main", "tokens", "new", "--name", "bot"]
    command += ["--role", "classify", "--file", str(file)]
    for before in (b"", None):
        if before is None:
            assert subprocess.run(command, capture_output=True, check=True).stdout
            before = file.read_bytes()
        with Path("/dev/full").open("wb") as full:
            made = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        assert made.returncode == 1
        assert b"output cannot be written" in made.stderr
        assert file.read_bytes() == before
