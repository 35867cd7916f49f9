"""Encryption, and what is refused without it, asked of a real server."""

import datetime
import json
import signal
import socket
import time
from pathlib import Path

import grpc
import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier import certificates
from classifier.errors import CertificateError, SettingsError
from classifier.loopback import is_loopback
from classifier.server.checkup.file_checks import check_certificate
from classifier.server.checkup.findings import State
from classifier.server.security.certificates import CertificateFiles
from classifier.server.security.transport import refuse_exposure
from classifier.server.settings import Settings
from tests.certificates import Issued, issue
from tests.classifier.server.test_app import failed_start
from tests.server_process import start_server


def model_version(address: str, authority: Issued, client: Issued | None = None) -> str:
    """Return what GetModel says over a new encrypted connection."""
    credentials = grpc.ssl_channel_credentials(
        authority.certificate_pem,
        client.key_pem if client else None,
        client.certificate_pem if client else None,
    )
    # Channels of one process would share a connection that was made before.
    options = (("grpc.use_local_subchannel_pool", 1),)
    with grpc.secure_channel(address, credentials, options) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        return str(stub.GetModel(pb.GetModelRequest(), timeout=5).version)


def is_let_in(address: str, authority: Issued, client: Issued | None = None) -> bool:
    """Say whether a connection comes about."""
    try:
        model_version(address, authority, client)
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return False
        raise
    return True


def test_the_connection_is_encrypted(bundle_folder: Path, tmp_path: Path) -> None:
    """A client that trusts the authority is answered; another authority or plaintext is not."""
    authority, other = issue("authority"), issue("other")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    issue("server", authority).write(certificate, key)
    files = {"WURAO_TLS_CERTIFICATE": str(certificate), "WURAO_TLS_KEY": str(key)}
    with start_server(bundle_folder, **files) as server:
        assert model_version(server.address, authority)
        assert not is_let_in(server.address, other)
        with grpc.insecure_channel(server.address) as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            with pytest.raises(grpc.RpcError) as caught:
                stub.GetModel(pb.GetModelRequest(), timeout=5)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_certificates_change_without_a_restart(bundle_folder: Path, tmp_path: Path) -> None:
    """A re-issued one is shown to new connections; open ones go on; a half-done change waits."""
    first, second = issue("first authority"), issue("second authority")
    certificate, key, client_ca = (tmp_path / name for name in ("c.pem", "k.pem", "ca.pem"))
    issue("server", first).write(certificate, key)
    client_ca.write_bytes(first.certificate_pem)
    old_client, new_client = issue("client", first), issue("client", second)
    files = {
        "WURAO_TLS_CERTIFICATE": str(certificate),
        "WURAO_TLS_KEY": str(key),
        "WURAO_TLS_CLIENT_CA": str(client_ca),
    }
    with start_server(bundle_folder, **files) as server:
        credentials = grpc.ssl_channel_credentials(
            first.certificate_pem, old_client.key_pem, old_client.certificate_pem
        )
        with grpc.secure_channel(server.address, credentials) as open_before:
            stub = classifier_pb2_grpc.ClassifierServiceStub(open_before)
            version = stub.GetModel(pb.GetModelRequest()).version
            assert not is_let_in(server.address, first, None)
            assert not is_let_in(server.address, first, new_client)
            again = issue("server", second)
            certificate.write_bytes(again.certificate_pem)  # the key is still the old one's
            time.sleep(1.1)
            assert is_let_in(server.address, first, old_client)
            key.write_bytes(again.key_pem)
            client_ca.write_bytes(second.certificate_pem)
            deadline = time.monotonic() + 5
            while not is_let_in(server.address, second, new_client):
                assert time.monotonic() < deadline
            assert not is_let_in(server.address, first, old_client)
            assert not is_let_in(server.address, second, old_client)
            assert stub.GetModel(pb.GetModelRequest()).version == version


@pytest.mark.parametrize("workers", ["1", "2"])
def test_broken_handshakes_leave_no_line(tiny_bundle: Path, tmp_path: Path, workers: str) -> None:
    """Who connects and says no TLS writes nothing into the log: each line in it is ours."""
    authority = issue("authority")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    issue("server", authority).write(certificate, key)
    settings = {
        "WURAO_TLS_CERTIFICATE": str(certificate),
        "WURAO_TLS_KEY": str(key),
        "WURAO_LOG_FORMAT": "json",
        "WURAO_WORKERS": workers,
    }
    with start_server(tiny_bundle, **settings) as server:
        host, _colon, port = server.address.rpartition(":")
        for _connection in range(8):
            with socket.create_connection((host, int(port)), timeout=5) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
                while stranger.recv(4096):  # until the server hangs up
                    pass
        with grpc.insecure_channel(server.address) as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            with pytest.raises(grpc.RpcError):
                stub.GetModel(pb.GetModelRequest(), timeout=5)
        assert model_version(server.address, authority)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.stderr is not None
        for line in server.process.stderr.read().splitlines():
            assert "message" in json.loads(line)


def test_a_network_is_not_served_by_oversight(bundle_folder: Path) -> None:
    """The start is refused, with what is missing and how to ask for less."""
    message = failed_start(bundle_folder, "0.0.0.0:0")
    for name in ("WURAO_TLS_CERTIFICATE", "WURAO_TLS_KEY", "WURAO_TOKENS", "WURAO_INSECURE=true"):
        assert name in message


def test_what_protects_a_network_is_tls_and_tokens() -> None:
    """Each alone is not enough; asked for by name, anything goes."""
    file = Path("x")
    for settings in (
        Settings("0.0.0.0:1", tokens=file),
        Settings("10.0.0.1:1", tls_certificate=file, tls_key=file),
        Settings("[::]:1"),
        Settings("example.org:1"),
    ):
        with pytest.raises(SettingsError, match="others can reach it"):
            refuse_exposure(settings)
    refuse_exposure(Settings("0.0.0.0:1", insecure=True))
    refuse_exposure(Settings("0.0.0.0:1", tokens=file, tls_certificate=file, tls_key=file))
    refuse_exposure(Settings())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:1", True),
        ("127.8.9.1:1", True),
        ("localhost:1", True),
        ("[::1]:1", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("localhost.example.org:1", False),
        ("127.0.0.1.example.org:1", False),
    ],
)
def test_loopback_is_told_from_the_rest(address: str, expected: bool) -> None:
    """Names that only look like the loopback are not taken for it."""
    assert is_loopback(address) is expected


def test_wrong_files_stop_the_start(bundle_folder: Path, tmp_path: Path) -> None:
    """A key of another certificate, no PEM, a run-out certificate and half a setting are named."""
    authority = issue("authority")
    certificate, key, ca = (tmp_path / name for name in ("c.pem", "k.pem", "ca.pem"))
    issue("server", authority).write(certificate, key)

    def problem() -> str:
        with pytest.raises(CertificateError) as caught:
            CertificateFiles(certificate, key, ca).read()
        return str(caught.value)

    assert problem() == f"{ca}: cannot be read: No such file or directory"
    ca.write_text("no certificate", "utf-8")
    assert problem() == f"{ca}: holds no PEM certificate"
    key.write_bytes(issue("another").key_pem)
    assert problem() == f"{key}: is not the key of {certificate}"
    key.write_text("no key", "utf-8")
    assert problem() == f"{key}: holds no PEM key without a password"
    issue("server", authority, days=-1).write(certificate, key)
    assert problem() == f"{certificate}: has run out; put a new one there"


def test_authorities_none_of_which_is_valid_stop_the_start(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """Nobody would be let in; start and checkup say so. One valid among others is enough."""
    certificate, key, ca = (tmp_path / name for name in ("c.pem", "k.pem", "ca.pem"))
    issue("server").write(certificate, key)
    key.chmod(0o600)
    late, good = issue("late", days=-1).certificate_pem, issue("good").certificate_pem
    settings = Settings(tls_certificate=certificate, tls_key=key, tls_client_ca=ca)
    ca.write_bytes(late)
    told = f"{ca}: no authority in it is valid now, so no client is let in; put a new one there"
    (finding,) = check_certificate(settings)
    assert (finding.state, finding.found) == (State.FAILED, told)
    files = {f"WURAO_{name.upper()}": str(getattr(settings, name)) for name in TLS_FILES}
    assert told in failed_start(tiny_bundle, **files)
    ca.write_bytes(late + good)
    assert CertificateFiles(certificate, key, ca).read()


def test_what_is_not_valid_yet_is_taken_when_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The start refuses it; a running server goes on with what it has until its day has come."""
    monkeypatch.setattr("classifier.server.watched_files._LOOK_EVERY_SECONDS", 0.0)
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    issue("server").write(certificate, key)
    files, again = CertificateFiles(certificate, key, None), issue("again")
    now = datetime.datetime.now(datetime.UTC)
    early = now - datetime.timedelta(days=3)
    monkeypatch.setattr(certificates, "_now", lambda: early)
    again.write(certificate, key)
    begin = f"{again.certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    told = f"{certificate}: is not valid before {begin}; put one there that is, or set the clock"
    with pytest.raises(CertificateError) as caught:
        files.read()
    assert str(caught.value) == told
    assert files.fetch() is None
    monkeypatch.setattr(certificates, "_now", lambda: now)
    assert files.fetch() is None  # looked at no more than once a minute
    assert caplog.messages == [f"the certificate read before goes on: {told}"]
    since = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: since)
    assert files.fetch() is not None
    assert files.fetch() is None


def test_what_runs_out_while_it_is_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a minute at most while somebody connects, until there is another; no file changes."""
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    issued = issue("server")
    issued.write(certificate, key)
    files = CertificateFiles(certificate, key, None)
    since = time.monotonic()
    for minutes, days in ((0, 0), (2, 0), (4, 2), (4, 2), (6, 2)):
        monkeypatch.setattr(time, "monotonic", lambda now=since + 60 * minutes: now)
        end = issued.certificate.not_valid_after_utc + datetime.timedelta(days - 1)
        monkeypatch.setattr(certificates, "_now", lambda now=end: now)
        assert files.fetch() is None
    told = f"the certificate read before goes on: {certificate}: has run out; put a new one there"
    assert caplog.messages == [told] * 2


TLS_FILES = ("tls_certificate", "tls_key", "tls_client_ca")
PARTS_OF_TLS = [
    (["TLS_CERTIFICATE"], ["TLS_KEY"]),
    (["TLS_KEY"], ["TLS_CERTIFICATE"]),
    (["TLS_CLIENT_CA"], ["TLS_CERTIFICATE", "TLS_KEY"]),
    (["TLS_KEY", "TLS_CLIENT_CA"], ["TLS_CERTIFICATE"]),
]


@pytest.mark.parametrize(("given", "missing"), PARTS_OF_TLS)
def test_a_part_of_tls_stops_start_and_checkup(
    tiny_bundle: Path, tmp_path: Path, given: list[str], missing: list[str]
) -> None:
    """What is set and what is missing are named, by the server and by the checkup alike."""
    settings = dict.fromkeys(given, tmp_path / "file")
    told, needed = (" and ".join(f"WURAO_{name}" for name in names) for names in (given, missing))
    message = f"{told}: nothing is encrypted without {needed}; set that too, or no part"
    start = {f"WURAO_{name}": str(path) for name, path in settings.items()}
    assert message in failed_start(tiny_bundle, **start)
    fields = {name.lower(): path for name, path in settings.items()}
    (finding,) = check_certificate(Settings(**fields))  # type: ignore[arg-type]
    assert (finding.state, finding.found) == (State.FAILED, message)
