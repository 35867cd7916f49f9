"""The encrypted connection, and what a server may not do without it."""

from pathlib import Path

import grpc

from classifier.errors import SettingsError
from classifier.loopback import is_loopback
from classifier.server.settings import Settings


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


def certificate_and_key(settings: Settings) -> tuple[Path, Path] | None:
    """Return the files that a port is secured with, or None where nothing of TLS is set.

    Args:
        settings: Of the server.

    Raises:
        SettingsError: Only a part of what is needed is set; the message names both parts.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is not None and key is not None:
        return certificate, key
    files = {
        "WURAO_TLS_CERTIFICATE": certificate,
        "WURAO_TLS_KEY": key,
        "WURAO_TLS_CLIENT_CA": settings.tls_client_ca,
    }
    given = [name for name, path in files.items() if path is not None]
    if not given:
        return None
    missing = [name for name in ("WURAO_TLS_CERTIFICATE", "WURAO_TLS_KEY") if name not in given]
    needed, told = " and ".join(missing), " and ".join(given)
    raise SettingsError(f"{told}: nothing is encrypted without {needed}; set that too, or no part")


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
    pair = certificate_and_key(settings)
    if pair is None:
        return None
    # Loaded only where it is needed: it would take a tenth of a plain server's start.
    from classifier.server.security.certificates import CertificateFiles

    files = CertificateFiles(*pair, settings.tls_client_ca)
    return grpc.dynamic_ssl_server_credentials(
        files.read(),
        files.fetch,  # type: ignore[arg-type]  # None says that nothing changed
        require_client_authentication=settings.tls_client_ca is not None,
    )
