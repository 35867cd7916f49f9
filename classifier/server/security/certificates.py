"""Certificate files: read, checked against each other, read again when they change."""

import datetime
import logging
import math
import time
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from classifier.errors import CertificateError
from classifier.server.watched_files import WatchedFiles

_log = logging.getLogger(__name__)
_TRY_AGAIN_SECONDS = 60.0


class CertificateFiles:
    """A server's certificate, its key and the authority of its clients, as they stand on disk."""

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None) -> None:
        """Watch the files.

        Args:
            certificate: PEM, the server's own first, then those that lead to its authority.
            key: PEM, not encrypted.
            client_ca: PEM, the authorities whose clients are let in; None lets in everyone.
        """
        self._certificate, self._key, self._client_ca = certificate, key, client_ca
        paths = (certificate, key) if client_ca is None else (certificate, key, client_ca)
        self._watched = WatchedFiles(paths)
        self._try_again_at = math.inf  # monotonic seconds

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Return them as gRPC takes them.

        Raises:
            CertificateError: One cannot be read or is not valid now, or the key is another's.
        """
        chain, key = read_pair(self._certificate, self._key)
        authorities = None
        if self._client_ca is not None:
            authorities = _read(self._client_ca)
            _check_authorities(self._client_ca, authorities)
        return grpc.ssl_server_certificate_configuration([(key, chain)], authorities)

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """Return them if they changed, else None; gRPC asks at each new connection.

        While they do not fit each other, as between the replacing of one file and the next, or are
        not valid yet, the old ones go on and the log says so.
        """
        if not self._watched.changed() and time.monotonic() < self._try_again_at:
            return None
        try:
            configuration = self.read()
        except CertificateError as error:
            # What is not valid yet will be, and no file changes then.
            self._try_again_at = time.monotonic() + _TRY_AGAIN_SECONDS
            _log.error("the certificate read before goes on: %s", error)
            return None
        self._try_again_at = math.inf
        _log.info("certificates read anew from %s", self._certificate)
        return configuration


def read_pair(certificate: Path, key: Path) -> tuple[bytes, bytes]:
    """Return a certificate with those that lead to its authority, and its key.

    Args:
        certificate: PEM, the own one first.
        key: PEM, not encrypted.

    Raises:
        CertificateError: One cannot be read or is not valid now, or the key is another's.
    """
    chain, secret = _read(certificate), _read(key)
    _check_pair(certificate, chain, key, secret)
    return chain, secret


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from None


def _certificates(path: Path, content: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        raise CertificateError(f"{path}: holds no PEM certificate") from None


def _check_pair(certificate_path: Path, chain: bytes, key_path: Path, key: bytes) -> None:
    own = _certificates(certificate_path, chain)[0]
    try:
        private = load_pem_private_key(key, password=None)
        fits = private.public_key() == own.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CertificateError(f"{key_path}: holds no PEM key without a password") from None
    if not fits:
        raise CertificateError(f"{key_path}: is not the key of {certificate_path}")
    now = _now()
    if own.not_valid_after_utc <= now:
        raise CertificateError(f"{certificate_path}: has run out; put a new one there")
    if own.not_valid_before_utc > now:
        begin = f"{own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        message = f"is not valid before {begin}; put one there that is, or set the clock"
        raise CertificateError(f"{certificate_path}: {message}")


def _check_authorities(path: Path, content: bytes) -> None:
    now = _now()
    if not any(
        authority.not_valid_before_utc <= now < authority.not_valid_after_utc
        for authority in _certificates(path, content)
    ):
        message = "no authority in it is valid now, so no client is let in; put a new one there"
        raise CertificateError(f"{path}: {message}")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
