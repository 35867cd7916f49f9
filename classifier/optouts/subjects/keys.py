"""The keys of the registry: where they come from and what is made with them.

A key is 32 random bytes with a version number. They live in a file (`classifier.key_file`), never
in the database.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from classifier.errors import KeyFileError, KeysError
from classifier.key_file import is_missing, read_keys
from classifier.optouts.subjects.subject import Subject

_NONCE_BYTES = 12
_BLOCK_BYTES = 64


class KeyedHash:
    """HMAC-SHA-256 under one key, at less than half of what ``hmac.digest`` costs.

    Its two inner states are made once (RFC 2104). Safe to share between threads.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """Take in the key.

        Args:
            key: At most 64 bytes.

        Raises:
            ValueError: It is longer.
        """
        if len(key) > _BLOCK_BYTES:
            raise ValueError("a key is at most 64 bytes")
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, message: bytes) -> bytes:
        """Return the HMAC of a message, 32 bytes.

        Args:
            message: Any.
        """
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


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
        self._keys = {version: _expanded(key) for version, key in sorted(read().items())}
        self.proven: frozenset[int] = frozenset()
        """Versions that the store uses and has compared with these keys."""

    @property
    def versions(self) -> tuple[int, ...]:
        """Every version at hand, oldest first."""
        return tuple(self._keys)

    def reload(self, check: Callable[["KeyRing"], None]) -> None:
        """Read the keys again, so that a version added meanwhile is known.

        Args:
            check: Given the keys as they are now; where it raises, those of before stay.

        Raises:
            KeysError: They cannot be read.
        """
        fresh = KeyRing(self._read)
        check(fresh)
        self._keys = fresh._keys
        self.proven = fresh.proven  # last: the key of a version that is proven is at hand

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

    def subject_hashes(self, subject: Subject) -> list[bytes]:
        """Return the hashes under which a subject may stand, one for each version at hand.

        Args:
            subject: In its normal form.
        """
        text = subject.key_text
        return [key.subject.digest(text) for key in self._keys.values()]

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
        except (InvalidTag, ValueError):  # too short for a nonce
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
        path: See `classifier.key_file`.

    Raises:
        KeysError: It is not there, or a line cannot be read.
    """

    def read() -> dict[int, bytes]:
        try:
            return read_keys(path)
        except KeyFileError as error:
            remedy = "; make one with `wurao optouts rotate-keys --new`" if is_missing(path) else ""
            raise KeysError(f"{error}{remedy}") from None

    return KeyRing(read)


def subject_tag(ring: KeyRing, number: int, digest: bytes, version: int) -> bytes:
    """Return what binds a number to a hash; without the keys nobody can make it.

    Args:
        ring: The keys.
        number: Of the subject.
        digest: Its hash.
        version: Of the key.
    """
    message = b"subject" + number.to_bytes(8) + digest
    return ring.signature(message, version)[:16]


def _expanded(key: bytes) -> _Key:
    def derive(use: str) -> bytes:
        return hmac.digest(key, f"wurao opt-out registry: {use}".encode(), hashlib.sha256)

    return _Key(
        KeyedHash(derive("subjects")),
        KeyedHash(derive("audit")),
        AESGCM(derive("secrets")),
        derive("proof"),
    )
