"""A server's certificate files, read again when they change."""

import logging
import time
from pathlib import Path

import grpc

from classifier.certificates import read_authorities, read_pair
from classifier.errors import CertificateError
from classifier.server.watched_files import WatchedFiles

_log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 60.0


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
        self._look_again_at = time.monotonic() + _LOOK_AGAIN_SECONDS
        self._refused = False

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Return them as gRPC takes them.

        Raises:
            CertificateError: One cannot be read or is not valid now, or the key is another's.
        """
        chain, key = read_pair(self._certificate, self._key)
        authorities = None
        if self._client_ca is not None:
            authorities = read_authorities(self._client_ca)
        return grpc.ssl_server_certificate_configuration([(key, chain)], authorities)

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """Return them if they changed, else None; gRPC asks at each new connection.

        While they do not fit each other, as between the replacing of one file and the next, or are
        not valid now, the old ones go on and the log says so.
        """
        changed = self._watched.changed()
        if not changed and time.monotonic() < self._look_again_at:
            return None
        # What is not valid yet will be, and what is will run out, and no file changes then.
        self._look_again_at = time.monotonic() + _LOOK_AGAIN_SECONDS
        try:
            configuration = self.read()
        except CertificateError as error:
            self._refused = True
            _log.error("the certificate read before goes on: %s", error)
            return None
        if not changed and not self._refused:
            return None
        self._refused = False
        _log.info("certificates read anew from %s", self._certificate)
        return configuration
