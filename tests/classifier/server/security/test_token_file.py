"""The token file: written, read, changed while a server runs."""

import json
import logging
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.errors import TokensError
from classifier.server.security.permissions import Role
from classifier.server.security.token_file import TokenFile, add_token, read_tokens, remove_token
from classifier.server.security.tokens import new_token
from classifier.server.watched_files import WatchedFiles


def test_what_is_added_is_read(tmp_path: Path) -> None:
    """Order, names, roles and ends come back; the file is its owner's alone and holds no secret."""
    path = tmp_path / "tokens"
    roles, soon = [Role.CLASSIFY, Role.REVIEW], datetime.now(UTC) + timedelta(1)
    made = [new_token(name, roles, end) for name, end in (("a", None), ("b", soon), ("a", soon))]
    for _text, token in made:
        add_token(path, token)
    assert list(read_tokens(path).values()) == [token for _text, token in made]
    assert path.stat().st_mode & 0o777 == 0o600
    for text, _token in made:
        assert text.split("_", 2)[2] not in path.read_text("utf-8")


def test_a_revoked_token_is_gone(tmp_path: Path) -> None:
    """The others stay as they are, and who may read the file; the last one cannot be taken away."""
    path = tmp_path / "tokens"
    end = datetime.now(UTC) + timedelta(1)
    first, second = (new_token(name, [Role.ADMIN], end)[1] for name in ("a", "b"))
    add_token(path, first)
    add_token(path, second)
    path.chmod(0o640)
    assert remove_token(path, first.id) == first
    assert read_tokens(path) == {second.id: second}
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(TokensError, match="holds no such token"):
        remove_token(path, first.id)
    with pytest.raises(TokensError, match="holds only this token"):
        remove_token(path, second.id)


def test_a_revocation_keeps_owner_and_group(tmp_path: Path) -> None:
    """Root revokes in a file of the server's user, through a link too; the server still reads."""
    if os.getuid() != 0:
        pytest.skip("not root: that an owner is kept is NOT CHECKED")
    path, link = tmp_path / "tokens", tmp_path / "link"
    link.symlink_to(path)
    first, second = (new_token(name, [Role.ADMIN])[1] for name in ("a", "b"))
    add_token(path, first)
    add_token(path, second)
    os.chown(path, 65534, 65533)
    path.chmod(0o640)
    remove_token(link, first.id)
    state = path.stat()
    assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (65534, 65533, 0o640)
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_an_owner_that_cannot_be_kept_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not hand a file to its owner revokes nothing, and reads why."""
    path = tmp_path / "tokens"
    first, second = (new_token(name, [Role.ADMIN])[1] for name in ("a", "b"))
    add_token(path, first)
    add_token(path, second)

    def refuse(descriptor: int, user: int, group: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchown", refuse)
    with pytest.raises(TokensError, match="owner and group cannot be kept; do this as its owner"):
        remove_token(path, first.id)
    assert list(read_tokens(path)) == [first.id, second.id]
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_revoked_at_once_stays_revoked(tmp_path: Path) -> None:
    """Revocations and new tokens beside each other: none brings back or loses another's."""
    path = tmp_path / "tokens"
    old, new = ([new_token(f"t{n}", [Role.ADMIN])[1] for n in range(24)] for _ in range(2))
    for token in old:
        add_token(path, token)
    with ThreadPoolExecutor(16) as pool:
        added = [pool.submit(add_token, path, token) for token in new[:12]]
        removed = [pool.submit(remove_token, path, token.id) for token in old]
        added += [pool.submit(add_token, path, token) for token in new[12:]]
    for one in added:
        one.result()
    assert all(one.result() for one in removed)
    assert set(read_tokens(path)) == {token.id for token in new}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("content", "mode"), [(b"1 c2VjcmV0\n", 0o600), (b"", 0o666)])
def test_a_file_that_no_server_could_use_takes_no_token(
    tmp_path: Path, content: bytes, mode: int
) -> None:
    """A file of something else, or one that anyone may write to, stays as it was."""
    path = tmp_path / "registry.keys"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(TokensError, match=f"{path}:"):
        add_token(path, new_token("a", [Role.ADMIN])[1])
    assert path.read_bytes() == content


def test_a_file_without_a_last_line_end_takes_a_token(tmp_path: Path) -> None:
    """Such a file comes from an editor; the new token stands on a line of its own."""
    path = tmp_path / "tokens"
    first, second = (new_token(name, [Role.ADMIN])[1] for name in ("a", "b"))
    add_token(path, first)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    add_token(path, second)
    assert list(read_tokens(path)) == [first.id, second.id]


def test_a_token_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """On a full disk, here a limit on the size of files, nothing half-written stays."""
    path = tmp_path / "tokens"
    add_token(path, new_token("a", [Role.ADMIN])[1])
    before = path.read_bytes()
    program = (
        "import resource, signal, sys\nfrom cli.main import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 9},) * 2)\n"
        "sys.argv[1:] = ['tokens', 'new', '--name=b', '--role=admin', '--file', sys.argv[1]]\n"
        "main()"
    )
    made = subprocess.run(
        [sys.executable, "-B", "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    told = f"wurao: {path}: cannot be written: File too large\n"
    assert (made.returncode, made.stdout, made.stderr) == (1, "", told)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"roles": ["king"]}, "roles are classify"),
        ({"roles": []}, "needs a role"),
        ({"roles": "admin"}, "roles are classify"),
        ({"roles": [["admin"]]}, "roles are classify"),
        ({"name": 7}, "is no line of"),
        ({"name": "a b"}, "name has 1 to 64"),
        ({"sha256": "00"}, "its hash 64"),
        ({"id": "../x"}, "id has 12"),
        ({"expires_at": None}, "is no line of"),
        ({"expires_at": "soon"}, "is no line of"),
        ({"expires_at": 1767225600}, "is no line of"),
        ({"expires_at": "2026-12-31T00:00:00"}, "with a time zone"),
        ({"expire_at": "2026-12-31T00:00:00Z"}, "has other fields than id, .*expires_at"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    """File, line and what is wrong; nothing of the line itself."""
    path = tmp_path / "tokens"
    add_token(path, new_token("a", [Role.ADMIN])[1])
    content = json.loads(path.read_text("utf-8")) | {"id": "0123456789ab"} | change
    path.write_text(path.read_text("utf-8") + json.dumps(content) + "\n", "utf-8")
    with pytest.raises(TokensError, match=rf"tokens:2: .*{problem}"):
        read_tokens(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]", b"\xff\xfe", b"{" * 100_000, b"null\n"])
def test_what_holds_no_token_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty or broken file never means that everyone is let in."""
    path = tmp_path / "tokens"
    path.write_bytes(content)
    with pytest.raises(TokensError, match=r"tokens.*: (holds no token|is no line of)"):
        read_tokens(path)


def test_a_file_that_anyone_may_write_is_refused(tmp_path: Path) -> None:
    """Whoever can write the file can let himself in."""
    path = tmp_path / "tokens"
    add_token(path, new_token("a", [Role.ADMIN])[1])
    path.chmod(0o602)
    with pytest.raises(TokensError, match="anyone may write to it"):
        read_tokens(path)
    tmp_path.chmod(0o1777)
    with pytest.raises(TokensError, match="cannot be read: Is a directory"):
        read_tokens(tmp_path)
    with pytest.raises(TokensError, match="cannot be read: No such file"):
        read_tokens(tmp_path / "none")
    with pytest.raises(TokensError, match="cannot be written"):
        add_token(tmp_path / "none" / "tokens", new_token("a", [Role.ADMIN])[1])


def test_a_change_counts_and_a_slip_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Added tokens are let in, revoked ones not; after a broken edit the tokens before go on."""
    monkeypatch.setattr("classifier.server.watched_files._LOOK_EVERY_SECONDS", 0.0)
    caplog.set_level(logging.INFO)
    path = tmp_path / "tokens"
    (old_text, old), (new_text, new) = (new_token(name, [Role.ADMIN]) for name in ("a", "b"))
    add_token(path, old)
    tokens = TokenFile(path)
    assert tokens.find(new_text) is None
    add_token(path, new)
    assert tokens.find(new_text) == new
    remove_token(path, old.id)
    assert tokens.find(old_text) is None
    path.write_text("oops", "utf-8")
    assert tokens.find(new_text) == new
    assert "the tokens read before go on" in caplog.text
    path.unlink()
    assert tokens.find(new_text) == new
    add_token(path, old)
    assert tokens.find(old_text) == old


def test_a_revocation_that_could_not_be_read_counts_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What stood in the way is told once, and passes without another change of the content."""
    monkeypatch.setattr("classifier.server.watched_files._LOOK_EVERY_SECONDS", 0.0)
    path = tmp_path / "tokens"
    (old_text, old), (_, new) = (new_token(name, [Role.ADMIN]) for name in ("a", "b"))
    for token in (old, new):
        add_token(path, token)
    tokens = TokenFile(path)
    remove_token(path, old.id)
    least = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, least[1]))
    try:
        assert [tokens.find(old_text) for _ in range(3)] == [old] * 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, least)
    assert caplog.text.count("Too many open files") == 1
    assert tokens.find(old_text) is None


def test_files_are_looked_at_once_a_second(tmp_path: Path) -> None:
    """Between looks a question costs no system call and says no; each change is told once."""
    path, now = tmp_path / "file", [0.0]
    watched = WatchedFiles([path], lambda: now[0])
    path.write_text("1", "utf-8")
    assert not watched.changed()
    now[0] = 1.0
    assert watched.changed()
    now[0] = 2.0
    assert not watched.changed()
    path.unlink()
    now[0] = 3.0
    assert watched.changed()
    watched.look_again()
    now[0] = 4.0
    assert watched.changed()
    now[0] = 5.0
    assert not watched.changed()
