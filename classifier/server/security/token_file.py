"""The file that holds the tokens of a server: one JSON object a line."""

import json
import logging
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from classifier.errors import TokensError
from classifier.file_owner import keep_owner
from classifier.key_file import append_line, locked
from classifier.server.security.permissions import Role
from classifier.server.security.tokens import Token, find_token
from classifier.server.watched_files import WatchedFiles

_log = logging.getLogger(__name__)
_WRITABLE_BY_ALL = 0o002
_FIELDS = ("id", "name", "roles", "sha256", "expires_at")


def read_tokens(path: Path) -> dict[str, Token]:
    """Return id -> token of a token file: one JSON object a line, as `add_token` writes it.

    Args:
        path: The file.

    Raises:
        TokensError: It cannot be read, anyone may write to it, or a line is wrong; the message
            names file and line.
    """
    tokens = _read(path)
    if not tokens:
        raise TokensError(f"{path}: holds no token; make one with `wurao tokens new`")
    return tokens


def _read(path: Path) -> dict[str, Token]:
    try:
        if not path.is_dir() and path.stat().st_mode & _WRITABLE_BY_ALL:
            raise TokensError(f"{path}: anyone may write to it; `chmod o-w` it")
        lines = path.read_bytes().splitlines()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; make one with `wurao tokens new`"
        raise TokensError(message) from None
    tokens: dict[str, Token] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        token = _token(line, f"{path}:{number}")
        if token.id in tokens:
            raise TokensError(f"{path}:{number}: the id stands there twice")
        tokens[token.id] = token
    return tokens


def add_token(path: Path, token: Token) -> None:
    """Append a token; a new file is readable by its owner alone.

    Args:
        path: The file, which need not be there yet.
        token: What is to be kept of it.

    Raises:
        TokensError: The file cannot be written, or no server could use it; then it is as it was.
    """
    try:
        with locked(path, make=True) as descriptor:
            _read(path)  # else a slip of the path would spoil a file of keys
            append_line(descriptor, _to_line(token))
    except OSError as error:
        raise TokensError(f"{path}: cannot be written: {error.strerror}") from None


def remove_token(path: Path, token_id: str, *, even_last: bool = False) -> Token:
    """Take a token out of a file; servers that read it let its holder in no longer.

    Args:
        path: The file, also through a link; who owns it and who may read it stays as it is.
        token_id: Which.
        even_last: Whether the file may be left without a token.

    Returns:
        What was taken out.

    Raises:
        TokensError: There is none of that id, it is the last one, or the file cannot be used or
            not stay its owner's; then it is as it was.
    """
    try:
        with locked(path) as descriptor:
            tokens = read_tokens(path)
            if token_id not in tokens:
                raise TokensError(f"{path}: holds no such token; `wurao tokens list` names them")
            removed = tokens.pop(token_id)
            if not tokens and not even_last:
                message = "holds only this token; make another one first, or stop serving"
                raise TokensError(f"{path}: {message}")
            _replace(path.resolve(), os.fstat(descriptor), tokens.values())
    except OSError as error:
        raise TokensError(f"{path}: cannot be written: {error.strerror}") from None
    return removed


class TokenFile:
    """The tokens of a file, read anew when it changes."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Args:
            path: The file.

        Raises:
            TokensError: It cannot be used.
        """
        self._path = path
        self._watched = WatchedFiles([path])
        self._tokens = read_tokens(path)
        self._told = ""

    def find(self, text: str) -> Token | None:
        """Return the token that a caller holds, expired or not, or None.

        A change of the file counts within a second or so.

        A file that became unusable is named in the log, and the tokens read before go on: a slip
        of an editor must not stop every call. It is read again until it is usable.

        Args:
            text: What the caller sent.
        """
        if self._watched.changed():
            try:
                self._tokens = read_tokens(self._path)
                self._told = ""
                _log.info("read %d tokens anew from %s", len(self._tokens), self._path)
            except TokensError as error:
                self._watched.look_again()
                if self._told != str(error):
                    self._told = str(error)
                    _log.error("the tokens read before go on: %s", error)
        return find_token(self._tokens, text)


def _replace(path: Path, held: os.stat_result, tokens: Iterable[Token]) -> None:
    descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(_to_line(token) + b"\n" for token in tokens))
            keep_owner(descriptor, held)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _to_line(token: Token) -> bytes:
    content: dict[str, Any] = {
        "id": token.id,
        "name": token.name,
        "roles": sorted(token.roles),
        "sha256": token.sha256,
    }
    if token.expires_at is not None:
        content["expires_at"] = token.expires_at.isoformat()
    return json.dumps(content).encode()


def _token(line: bytes, place: str) -> Token:
    try:
        content: Any = json.loads(line)
        id_, name, sha256 = content["id"], content["name"], content["sha256"]
        roles = frozenset(Role(role) for role in content["roles"])
        expires_at = None
        if "expires_at" in content:
            expires_at = datetime.fromisoformat(content["expires_at"])
        token = Token(id_, name, roles, sha256, expires_at)
    except TokensError as error:
        raise TokensError(f"{place}: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        message = f"{place}: is no line of `wurao tokens new`; roles are {', '.join(Role)}"
        raise TokensError(message) from None
    if content.keys() - _FIELDS:  # a misspelt end would let its holder in for good
        raise TokensError(f"{place}: has other fields than {', '.join(_FIELDS)}")
    return token
