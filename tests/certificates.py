"""Certificates as an operator would have them issued, made for a test."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as a file holds it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as a file holds it, without a password."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def write(self, certificate: Path, key: Path) -> None:
        """Write both files."""
        certificate.write_bytes(self.certificate_pem)
        key.write_bytes(self.key_pem)


def issue(
    name: str,
    by: Issued | None = None,
    days: float = 1,
    key: CertificateIssuerPrivateKeyTypes | None = None,
) -> Issued:
    """Return a certificate for 127.0.0.1; without `by`, an authority of its own."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    signing = by.key if by else key
    edwards = isinstance(signing, (ed448.Ed448PrivateKey, ed25519.Ed25519PrivateKey))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)
    certificate = (
        x509
        .CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=2 + days))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(signing, None if edwards else hashes.SHA256())
    )
    return Issued(certificate, key)
