"""The encrypted connection, and what a server may not do without it."""

import datetime
import ipaddress
import logging
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from classifier.errors import CertificateError, SettingsError
from classifier.server.settings import Settings
from classifier.server.watched_files import WatchedFiles

_log = logging.getLogger(__name__)


def refuse_exposure(settings: Settings) -> None:
    """Make sure that nothing is served to a network without encryption and tokens by oversight.

    Args:
        settings: Of the server to be started.

    Raises:
        SettingsError: The address is not the loopback's, TLS or the token file is missing, and
            nobody asked for that.
    """
    if settings.insecure or is_loopback(settings.address):
        return
    missing = [] if settings.tls_certificate else ["WURAO_TLS_CERTIFICATE and WURAO_TLS_KEY"]
    missing += [] if settings.tokens else ["WURAO_TOKENS"]
    if missing:
        message = f"{settings.address}: others can reach it; set {' and '.join(missing)}"
        raise SettingsError(f"{message}, or ask for less with --insecure or WURAO_INSECURE=true")


def is_loopback(address: str) -> bool:
    """Say whether only this machine can reach an address.

    Args:
        address: ``host:port``.
    """
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """Return what a port is secured with, or None where no certificate is set.

    Certificate, key and authority are looked at again at new connections, at most once a second,
    and a replaced one is used from then on; open connections keep the one they began with.

    Args:
        settings: Of the server.

    Raises:
        SettingsError: Only a part of what is needed is set.
        CertificateError: A file cannot be read or does not fit the others.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None and settings.tls_client_ca is None:
        return None
    if certificate is None or key is None:
        raise SettingsError("WURAO_TLS_CERTIFICATE, WURAO_TLS_KEY: set both, or neither")
    files = CertificateFiles(certificate, key, settings.tls_client_ca)
    return grpc.dynamic_ssl_server_credentials(
        files.read(),
        files.fetch,  # type: ignore[arg-type]  # None says that nothing changed
        require_client_authentication=settings.tls_client_ca is not None,
    )


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

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Return them as gRPC takes them.

        Raises:
            CertificateError: One cannot be read, has run out, or the key is another's.
        """
        chain, key = _read(self._certificate), _read(self._key)
        _check_pair(self._certificate, chain, self._key, key)
        authorities = None
        if self._client_ca is not None:
            authorities = _read(self._client_ca)
            _certificates(self._client_ca, authorities)
        return grpc.ssl_server_certificate_configuration([(key, chain)], authorities)

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """Return them if they changed, else None; gRPC asks at each new connection.

        While they do not fit each other, as between the replacing of one file and the next, the
        old ones go on and the log says so.
        """
        if not self._watched.changed():
            return None
        try:
            configuration = self.read()
        except CertificateError as error:
            _log.error("the certificate read before goes on: %s", error)
            return None
        _log.info("certificates read anew from %s", self._certificate)
        return configuration


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
    if own.not_valid_after_utc <= datetime.datetime.now(datetime.UTC):
        raise CertificateError(f"{certificate_path}: has run out; put a new one there")
