"""Which keys are taken for TLS."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from classifier.certificates import read_pair
from classifier.errors import CertificateError
from tests.certificates import issue


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65_537, 2_048),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
    ],
    ids=["RSA", "P-256", "P-384"],
)
def test_a_key_that_grpc_can_use_is_taken(
    tmp_path: Path, key: CertificateIssuerPrivateKeyTypes
) -> None:
    """The files come back as they are."""
    issued, paths = issue("server", key=key), (tmp_path / "c.pem", tmp_path / "k.pem")
    issued.write(*paths)
    assert read_pair(*paths) == (issued.certificate_pem, issued.key_pem)


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ec.generate_private_key(ec.SECP224R1()),
    ],
    ids=["Ed25519", "Ed448", "P-521", "secp256k1", "P-224"],
)
def test_a_key_that_grpc_cannot_use_is_named(
    tmp_path: Path, key: CertificateIssuerPrivateKeyTypes
) -> None:
    """Else a server would start, or read it anew, and end every connection."""
    paths = (tmp_path / "c.pem", tmp_path / "k.pem")
    issue("server", key=key).write(*paths)
    with pytest.raises(CertificateError) as caught:
        read_pair(*paths)
    told = "gRPC cannot use a key of this kind; make one of RSA 2048 or of P-256"
    assert str(caught.value) == f"{paths[1]}: {told}"
