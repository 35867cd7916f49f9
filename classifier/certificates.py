"""Certificates: read from PEM files and checked against each other."""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import PublicKeyAlgorithmOID

from classifier.errors import CertificateError

_LEAST_RSA_BITS = 1024
_CURVES = frozenset({ec.SECP256R1.name, ec.SECP384R1.name})


def read_pair(certificate: Path, key: Path) -> tuple[bytes, bytes]:
    """Return a certificate with those that lead to its authority, and its key.

    Args:
        certificate: PEM, the own one first.
        key: PEM, not encrypted.

    Raises:
        CertificateError: One cannot be read or is not valid now, gRPC cannot use it, or the key is
            another's.
    """
    chain, secret = _read(certificate), _read(key)
    _check_pair(certificate, chain, key, secret)
    return chain, secret


def read_authorities(path: Path) -> bytes:
    """Return the authorities whose clients are let in.

    Args:
        path: PEM.

    Raises:
        CertificateError: It cannot be read, or none in it is valid now.
    """
    content, now = _read(path), _now()
    if not any(
        authority.not_valid_before_utc <= now < authority.not_valid_after_utc
        for authority in _certificates(path, content)
    ):
        message = "no authority in it is valid now, so no client is let in; put a new one there"
        raise CertificateError(f"{path}: {message}")
    return content


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
    if not _is_usable(own):
        message = "gRPC cannot use a key of this kind; make one of RSA 2048 or of P-256"
        raise CertificateError(f"{key_path}: {message}")
    now = _now()
    if own.not_valid_after_utc <= now:
        raise CertificateError(f"{certificate_path}: has run out; put a new one there")
    if own.not_valid_before_utc > now:
        begin = f"{own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        message = f"is not valid before {begin}; put one there that is, or set the clock"
        raise CertificateError(f"{certificate_path}: {message}")


def _is_usable(certificate: x509.Certificate) -> bool:
    # BoringSSL, which gRPC is built with, takes others too, and then no handshake comes about.
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        kind = certificate.public_key_algorithm_oid
        return kind == PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5 and public.key_size >= _LEAST_RSA_BITS
    return isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _CURVES


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
