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
from classifier.optouts.keyed_hash import KeyedHash
from classifier.optouts.subjects import Subject

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


def _expanded(key: bytes) -> _Key:
    def derive(use: str) -> bytes:
        return hmac.digest(key, f"wurao opt-out registry: {use}".encode(), hashlib.sha256)

    return _Key(
        KeyedHash(derive("subjects")),
        KeyedHash(derive("audit")),
        AESGCM(derive("secrets")),
        derive("proof"),
    )
