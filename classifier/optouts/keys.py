"""The keys of the registry: where they come from and what is made with them.

A key is 32 random bytes with a version number. They live in a file, one ``version base64`` a
line, or in an environment variable with the same pairs between commas; never in the database.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from classifier.errors import KeysError
from classifier.optouts.keyed_hash import KeyedHash
from classifier.optouts.subjects import Subject

KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Key:
    subject: KeyedHash
    audit: KeyedHash
    cipher: AESGCM
    proof: bytes


class KeyRing:
    """Key versions, and all that is hashed, signed and encrypted with them."""

    def __init__(self, read: Callable[[], dict[int, bytes]]) -> None:
        """Read the keys.

        Args:
            read: Gives version to key; asked again by `reload`.

        Raises:
            KeysError: They cannot be read.
        """
        self._read = read
        self._keys = _expand(read())

    @property
    def versions(self) -> tuple[int, ...]:
        """Every version at hand, oldest first."""
        return tuple(self._keys)

    def reload(self) -> None:
        """Read the keys again, so that a version added meanwhile is known.

        Raises:
            KeysError: They cannot be read.
        """
        self._keys = _expand(self._read())

    def proof(self, version: int) -> bytes:
        """Return what tells this key from any other without saying anything about it.

        Args:
            version: Of the key.

        Raises:
            KeysError: That version is not at hand.
        """
        return self._key(version).proof

    def subject_hash(self, subject: Subject, version: int) -> bytes:
        """Return the HMAC-SHA-256 under which a subject is stored, 32 bytes.

        Args:
            subject: In its normal form.
            version: Of the key.

        Raises:
            KeysError: That version is not at hand.
        """
        return self._key(version).subject.digest(subject.key_text)

    def signature(self, message: bytes, version: int) -> bytes:
        """Return an HMAC-SHA-256 that only a holder of the key can make, 32 bytes.

        Args:
            message: What is signed.
            version: Of the key.

        Raises:
            KeysError: That version is not at hand.
        """
        return self._key(version).audit.digest(message)

    def seal(self, plain: bytes, place: int, version: int) -> bytes:
        """Encrypt with AES-256-GCM; the nonce stands in front.

        Args:
            plain: What to hide.
            place: Number of the event that it belongs to; it opens nowhere else.
            version: Of the key.

        Raises:
            KeysError: That version is not at hand.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._key(version).cipher.encrypt(nonce, plain, str(place).encode())

    def unseal(self, sealed: bytes, place: int, version: int) -> bytes:
        """Decrypt what `seal` made.

        Args:
            sealed: Nonce and ciphertext.
            place: As it was sealed.
            version: Of the key.

        Raises:
            KeysError: That version is not at hand, or what was sealed was changed.
        """
        nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._key(version).cipher.decrypt(nonce, encrypted, str(place).encode())
        except InvalidTag:
            message = f"the encrypted part of event {place} was changed, or key {version} is wrong"
            raise KeysError(message) from None

    def _key(self, version: int) -> _Key:
        try:
            return self._keys[version]
        except KeyError:
            message = f"key version {version} is in use and not at hand; add it to the key file"
            raise KeysError(message) from None


def keys_from_file(path: Path) -> KeyRing:
    """Return a ring over a key file, which `KeyRing.reload` reads again.

    Args:
        path: One ``version base64`` a line; lines that begin with # are left out.

    Raises:
        KeysError: It is not there, or a line cannot be read.
    """

    def read() -> dict[int, bytes]:
        try:
            lines = path.read_text("utf-8").splitlines()
        except OSError:
            message = f"{path}: cannot be read; make one with `wurao optouts rotate-keys --new`"
            raise KeysError(message) from None
        return _parse([line for line in lines if line.strip() and line[0] != "#"], str(path))

    return KeyRing(read)


def keys_from_text(text: str, name: str) -> KeyRing:
    """Return a ring over the value of an environment variable.

    Args:
        text: ``1:base64,2:base64``.
        name: Of the variable, for the errors.

    Raises:
        KeysError: It cannot be read.
    """
    pairs = [pair.replace(":", " ", 1) for pair in text.split(",")]
    return KeyRing(lambda: _parse(pairs, name))


def add_key(path: Path) -> int:
    """Add a new random key to a key file, which is made where it is not there.

    Args:
        path: Of the file; readable by its owner alone when made.

    Returns:
        The new version.

    Raises:
        KeysError: What is there cannot be read.
    """
    version = max(keys_from_file(path).versions) + 1 if path.exists() else 1
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(f"{version} {key}\n")
        file.flush()
        os.fsync(file.fileno())
    return version


def _parse(lines: list[str], source: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for number, line in enumerate(lines, 1):
        version, _, encoded = line.strip().partition(" ")
        try:
            key = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error:
            key = b""
        if not (version.isascii() and version.isdigit() and int(version)) or len(key) != KEY_BYTES:
            message = f"{source}: key {number} must be a version from 1 and 32 bytes in base64"
            raise KeysError(message)
        if found.setdefault(int(version), key) != key:
            raise KeysError(f"{source}: has two keys of version {version}")
    if not found:
        raise KeysError(f"{source}: holds no key")
    return found


def _expand(keys: dict[int, bytes]) -> dict[int, _Key]:
    return {version: _expanded(key) for version, key in sorted(keys.items())}


def _expanded(key: bytes) -> _Key:
    def derive(use: str) -> bytes:
        return hmac.digest(key, f"wurao opt-out registry: {use}".encode(), hashlib.sha256)

    return _Key(
        KeyedHash(derive("subjects")),
        KeyedHash(derive("audit")),
        AESGCM(derive("secrets")),
        derive("proof"),
    )
