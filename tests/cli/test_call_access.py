"""`wurao call` to a server that wants TLS, a client certificate and a token."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from classifier.client.access import ClientAccess
from classifier.errors import CallError
from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token
from classifier.server.security.tokens import new_token
from tests.certificates import issue
from tests.server_process import start_server


@dataclass(frozen=True)
class Fortress:
    """A server that wants everything, and what it wants."""

    address: str
    folder: Path
    token: str
    weak_token: str


@pytest.fixture(scope="module")
def fortress(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortress]:
    """A server with mTLS and tokens; the folder holds ca.pem, client.pem and client.key."""
    folder = tmp_path_factory.mktemp("fortress")
    authority = issue("authority")
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    (folder / "other.pem").write_bytes(issue("another").certificate_pem)
    for name in ("server", "client"):
        issue(name, authority).write(folder / f"{name}.pem", folder / f"{name}.key")
    text, token = new_token("bot", [Role.CLASSIFY])
    weak_text, weak = new_token("auditor", [Role.REGISTRY_READ])
    add_token(folder / "tokens", token)
    add_token(folder / "tokens", weak)
    with start_server(
        bundle_folder,
        WURAO_TOKENS=str(folder / "tokens"),
        WURAO_TLS_CERTIFICATE=str(folder / "server.pem"),
        WURAO_TLS_KEY=str(folder / "server.key"),
        WURAO_TLS_CLIENT_CA=str(folder / "ca.pem"),
    ) as server:
        yield Fortress(server.address, folder, text, weak_text)


def call(
    fortress: Fortress, *options: str, token: str = "", address: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run one `wurao call`; options that end in .pem or .key are taken from the folder."""
    words = [
        str(fortress.folder / word) if word.endswith((".pem", ".key")) else word for word in options
    ]
    where = ["--address", address or fortress.address, "--timeout-seconds", "3"]
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "call", "--text", "以后别再打了", *where, *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"WURAO_TOKEN": token},
    )


OWN = ("--tls-certificate", "client.pem", "--tls-key", "client.key")
IN_VAIN = ("--timeout-seconds", "1")
"""Where no connection comes about, however long one waits."""


def test_with_everything_it_is_answered(fortress: Fortress) -> None:
    """Authority, own certificate and token: the answer comes as from an open server."""
    result = call(fortress, "--tls-ca", "ca.pem", *OWN, token=fortress.token)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("opt_out")


def test_what_is_missing_is_named(fortress: Fortress) -> None:
    """Each refusal says what to do; the token is in none of them."""
    everything = ("--tls-ca", "ca.pem", *OWN)
    for options, token, message in (
        (everything, "", "UNAUTHENTICATED: send a token"),
        (everything, fortress.token[:-1], "UNAUTHENTICATED: the token is not known"),
        (everything, fortress.weak_token, "PERMISSION_DENIED: the token's roles"),
        (("--tls-ca", "ca.pem", *IN_VAIN), fortress.token, "no server is reached over TLS"),
        (IN_VAIN, fortress.token, "give --tls-ca if it wants TLS"),
        (OWN, fortress.token, "--tls-certificate goes with --tls-ca"),
        (("--tls-ca", "ca.pem", *OWN[:2]), fortress.token, "give both, or neither"),
        (("--tls-ca", "none.pem"), fortress.token, "none.pem: cannot be read"),
        (("--tls-ca", "client.key", *OWN), fortress.token, "client.key: holds no PEM certificate"),
        (
            ("--tls-ca", "other.pem", *OWN, *IN_VAIN),
            fortress.token,
            "no server is reached over TLS",
        ),
        (
            ("--tls-ca", "ca.pem", *OWN[:3], "server.key"),
            fortress.token,
            "server.key: is not the key of",
        ),
    ):
        result = call(fortress, *options, token=token)
        assert result.returncode == 1, message
        assert message in result.stderr
        assert "Traceback" not in result.stderr
        assert "ssl_transport_security" not in result.stderr
        assert fortress.token[18:] not in result.stderr + result.stdout


def test_a_token_is_never_sent_over_a_network_in_the_clear(fortress: Fortress) -> None:
    """The client refuses before it connects, and never shows the token by accident."""
    result = call(fortress, token=fortress.token, address="192.0.2.1:50051")
    assert result.returncode == 1
    assert "the token would be sent in the clear" in result.stderr
    assert fortress.token not in repr(ClientAccess(fortress.token))


def test_what_reads_a_certificate_is_named_where_it_is_missing(
    fortress: Fortress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot's environment may have no more than a client without a certificate needs."""
    monkeypatch.delitem(sys.modules, "classifier.certificates", raising=False)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    names = ("ca.pem", "client.pem", "client.key")
    authority, certificate, key = (fortress.folder / name for name in names)
    access = ClientAccess("", authority, certificate, key)
    with pytest.raises(CallError, match="--tls-certificate: needs cryptography: `pip install "):
        access.channel_credentials()
