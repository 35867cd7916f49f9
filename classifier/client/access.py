"""What a client shows to a server, and by what it knows the server."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from classifier.errors import CallError, CertificateError
from classifier.loopback import is_loopback


@dataclass(frozen=True, slots=True)
class ClientAccess:
    """How a client is let in; nothing of it is needed for a server on the loopback interface.

    Attributes:
        token: As `wurao tokens new` printed it; empty sends none.
        tls_ca: PEM file of the authorities that the server's certificate is trusted from; set, the
            connection is encrypted.
        tls_certificate: PEM file of the client's own certificate, where the server wants one.
        tls_key: PEM file of its key.
    """

    token: str = field(default="", repr=False)
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    def metadata(self, address: str) -> tuple[tuple[str, str], ...]:
        """Return what is to be sent with each call.

        Args:
            address: Host and port of the server.

        Raises:
            CallError: The token would go over a network in the clear, or is no token.
        """
        if not self.token:
            return ()
        if self.tls_ca is None and not is_loopback(address):
            message = "the token would be sent in the clear; name the server's authority: --tls-ca"
            raise CallError(f"{address}: {message}")
        if not self.token.isascii() or not self.token.isprintable():
            raise CallError("WURAO_TOKEN: is no token of `wurao tokens new`")
        return (("authorization", f"Bearer {self.token}"),)

    def channel_credentials(self) -> grpc.ChannelCredentials | None:
        """Return what the connection is encrypted with, or None where it is not.

        Raises:
            CallError: A file cannot be read or does not fit the others, only a part of what is
                needed is set, or what reads a certificate is not installed.
        """
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise CallError("--tls-certificate, --tls-key: give both, or neither")
        if self.tls_ca is None:
            if self.tls_certificate is not None:
                raise CallError("--tls-certificate goes with --tls-ca")
            return None
        authorities = _read_authorities(self.tls_ca)
        if self.tls_certificate is None or self.tls_key is None:
            return grpc.ssl_channel_credentials(authorities)
        try:
            # Loaded only where it is needed: it would take longer than a call in the clear.
            from classifier.certificates import read_pair

            certificate, key = read_pair(self.tls_certificate, self.tls_key)
        except ModuleNotFoundError:  # a bot may have no more than most clients need
            message = "--tls-certificate: needs cryptography: `pip install cryptography`"
            raise CallError(message) from None
        except CertificateError as error:
            raise CallError(str(error)) from None
        return grpc.ssl_channel_credentials(authorities, key, certificate)


def _read_authorities(path: Path) -> bytes:
    # By the standard library: of old ones in a system's file, which gRPC takes, the other warns.
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        return path.read_bytes()
    except ssl.SSLError:
        raise CallError(f"{path}: holds no PEM certificate") from None
    except OSError as error:
        raise CallError(f"{path}: cannot be read: {error.strerror}") from None
