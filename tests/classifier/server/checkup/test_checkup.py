"""A checkup names what is wrong with a deployment, and how to mend it."""

import os
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.key_file import add_key
from classifier.server.checkup import checkup
from classifier.server.checkup.checkup import check_deployment
from classifier.server.checkup.file_checks import check_decision_log, check_tokens
from classifier.server.checkup.findings import Finding, State
from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token
from classifier.server.security.tokens import new_token
from classifier.server.settings import Settings
from tests.certificates import issue
from tests.classifier.server.test_app import failed_start
from tests.new_registry import new_registry
from tests.server_process import free_port


def checked(bundle: Path, **settings: object) -> dict[str, list[Finding]]:
    """Return check -> findings of a deployment with these settings."""
    environment = {f"WURAO_{name.upper()}": str(value) for name, value in settings.items()}
    address = {"WURAO_ADDRESS": f"127.0.0.1:{free_port()}", "WURAO_BUNDLE": str(bundle)}
    found: dict[str, list[Finding]] = {}
    for finding in check_deployment(address | environment):
        found.setdefault(finding.check, []).append(finding)
    return found


def bad(findings: list[Finding], state: State = State.FAILED) -> Finding:
    """Return the one finding of a state; it has a remedy, as each of them must."""
    (finding,) = (finding for finding in findings if finding.state is state)
    assert finding.remedy
    return finding


def test_sound_deployment_has_nothing_failed(bundle_folder: Path, tmp_path: Path) -> None:
    """TLS, tokens, registry in order: no check fails and each is told of."""
    authority = issue("authority")
    issue("server", authority, days=90).write(tmp_path / "c.pem", tmp_path / "k.pem")
    (tmp_path / "k.pem").chmod(0o600)
    add_token(tmp_path / "tokens", new_token("bot", [Role.CLASSIFY])[1])
    made = new_registry(tmp_path)
    found = checked(
        bundle_folder,
        address=f"0.0.0.0:{free_port()}",
        tls_certificate=tmp_path / "c.pem",
        tls_key=tmp_path / "k.pem",
        tokens=tmp_path / "tokens",
        registry=made["WURAO_REGISTRY"],
        registry_keys=made["WURAO_REGISTRY_KEYS"],
        metrics_address=f"127.0.0.1:{free_port()}",
    )
    assert not [f for findings in found.values() for f in findings if f.state is State.FAILED]
    assert {"settings", "exposure", "bundle", "TLS", "tokens", "port", "store", "keys"} <= set(
        found
    )
    assert "with TLS, tokens" in found["exposure"][0].found
    assert not (tmp_path / "registry.sqlite").exists()  # looked at, not made


def test_misspelt_setting_is_named_with_its_neighbour(bundle_folder: Path) -> None:
    """A typing error does nothing in silence; the checkup says so."""
    finding = bad(checked(bundle_folder, workerz=2)["settings"])
    assert finding.found.startswith("WURAO_WORKERZ: ")
    assert finding.remedy == "did you mean WURAO_WORKERS?"


def test_unreadable_setting_ends_the_checkup(bundle_folder: Path) -> None:
    """Without settings nothing else can be looked at."""
    found = checked(bundle_folder, workers="two")
    assert list(found) == ["settings"]
    assert bad(found["settings"]).found.startswith("WURAO_WORKERS: must be")


def test_a_check_that_breaks_off_hides_no_other(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a finding of its own; its text, which may hold anything, is not told."""

    def broken() -> Finding:
        raise ValueError("secret")

    monkeypatch.setattr(checkup, "check_clock", broken)
    found = checked(tiny_bundle)
    assert bad(found["clock"]).found.startswith("could not be looked at: ValueError at ")
    assert not [f for findings in found.values() for f in findings if "secret" in f.found]
    assert {"bundle", "packages"} <= set(found)


def test_root_is_told_that_no_permission_stops_it(tiny_bundle: Path) -> None:
    """What root may read says nothing of what the server's user may."""
    found = checked(tiny_bundle)
    assert ("user" in found) == (os.geteuid() == 0)
    if os.geteuid() == 0:
        assert "server's user" in bad(found["user"], State.WARNING).found


def test_open_door_is_found(bundle_folder: Path) -> None:
    """A network address without guards fails; asked for by name it is a warning."""
    address = f"0.0.0.0:{free_port()}"
    assert bad(checked(bundle_folder, address=address)["exposure"])
    found = checked(bundle_folder, address=address, insecure="true")["exposure"]
    assert bad(found, State.WARNING).found.endswith("with no guard")


def test_damaged_bundle_is_found(bundle_folder: Path, tmp_path: Path) -> None:
    """A changed file is named, and so is a bundle that is not there."""
    shutil.copytree(bundle_folder, tmp_path / "b")
    with (tmp_path / "b" / "weights.npy").open("ab") as weights:
        weights.write(b"x")
    assert "weights.npy: was truncated or changed" in bad(checked(tmp_path / "b")["bundle"]).found
    assert bad(checked(tmp_path / "none")["bundle"])
    shutil.rmtree(tmp_path / "b")
    shutil.copytree(bundle_folder, tmp_path / "b")
    (tmp_path / "b").chmod(0o777)
    assert "anyone may change" in bad(checked(tmp_path / "b")["bundle"]).found


def test_certificates_are_looked_through(bundle_folder: Path, tmp_path: Path) -> None:
    """One that runs out soon, one that ran out, another's key, a key that all can read."""
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"

    def found() -> list[Finding]:
        return checked(bundle_folder, tls_certificate=certificate, tls_key=key)["TLS"]

    issue("soon", days=3).write(certificate, key)
    key.chmod(0o600)
    assert "runs out in " in bad(found(), State.WARNING).found
    key.chmod(0o644)
    assert bad(found()).remedy == f"chmod 640 {key}"
    key.chmod(0o600)
    issue("late", days=-1).write(certificate, key)
    assert "has run out" in bad(found()).found
    root = issue("root", days=90)
    above, mine = issue("above", root, days=-1), issue("mine", root, days=90)
    mine.write(certificate, key)
    certificate.write_bytes(mine.certificate_pem + above.certificate_pem)
    assert "above the server's that has run out" in bad(found()).found
    issue("mine", days=90).write(certificate, tmp_path / "other.pem")
    assert "is not the key of" in bad(found()).found
    assert bad(checked(bundle_folder, tls_certificate=certificate)["TLS"])


def test_authorities_of_clients_are_looked_through(tiny_bundle: Path, tmp_path: Path) -> None:
    """One that runs out soon locks its clients out; one that is gone beside it says nothing."""
    certificate, key, authorities = (tmp_path / name for name in ("c.pem", "k.pem", "ca.pem"))
    issue("server", days=90).write(certificate, key)
    key.chmod(0o600)

    def found(*days: float) -> list[Finding]:
        authorities.write_bytes(b"".join(issue("ca", days=d).certificate_pem for d in days))
        files = {"tls_certificate": certificate, "tls_key": key, "tls_client_ca": authorities}
        return checked(tiny_bundle, **files)["TLS"]

    told = bad(found(90, 3), State.WARNING)
    assert told.found.startswith(f"{authorities}: an authority of clients runs out in 3 days")
    assert {finding.state for finding in found(90, -1)} == {State.OK}


def test_token_file_is_looked_through(bundle_folder: Path, tmp_path: Path) -> None:
    """One that is not there, and one that others can read."""
    path = tmp_path / "tokens"
    assert "cannot be read" in bad(checked(bundle_folder, tokens=path)["tokens"]).found
    add_token(path, new_token("bot", [Role.CLASSIFY])[1])
    path.chmod(0o644)
    assert bad(checked(bundle_folder, tokens=path)["tokens"]).remedy == f"chmod 640 {path}"


def test_tokens_that_expire_are_found(tmp_path: Path) -> None:
    """Those within 14 days and those that have; later ones and those without a time are fine."""
    path, now = tmp_path / "tokens", datetime.now(UTC)
    ends = {"never": None, "later": 20, "soon": 5, "gone": -3}
    made = {
        name: new_token(name, [Role.CLASSIFY], None if days is None else now + timedelta(days))[1]
        for name, days in ends.items()
    }
    for token in made.values():
        add_token(path, token)
    sound, soon, gone = check_tokens(Settings(tokens=path))
    assert (sound.state, sound.found) == (State.OK, f"{path}: 4 tokens")
    assert soon.found == f"{path}: {made['soon'].id} of soon expires in 5 days"
    assert gone.found == f"{path}: {made['gone'].id} of gone has expired"
    for finding in (soon, gone):
        assert finding.state is State.WARNING
        assert "`wurao tokens new`" in finding.remedy


def test_decision_log_is_looked_through(tmp_path: Path) -> None:
    """What is logged is told; a missing or public key and a folder that cannot be are found."""
    (off,) = check_decision_log(Settings())
    assert off.state is State.OK
    keys, folder = tmp_path / "keys", tmp_path / "log"
    settings = Settings(decision_log=folder, decision_keys=keys)
    assert "decisions new-key" in bad(check_decision_log(settings)).remedy
    add_key(keys)
    (sound,) = check_decision_log(settings)
    assert "0.1 of ordinary and 1 of other turns, masked, for 30 days" in sound.found
    assert not folder.exists()
    keys.chmod(0o644)
    assert bad(check_decision_log(settings)).remedy == f"chmod 640 {keys}"
    keys.chmod(0o600)
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file/log", "file", "link/log", "link", f"{'n' * 300}/log"):
        lost = tmp_path / name
        finding = bad(check_decision_log(Settings(decision_log=lost, decision_keys=keys)))
        assert finding.found == f"{lost}: cannot be written"


def test_folders_that_a_server_makes_are_none_to_complain_of(tmp_path: Path) -> None:
    """What the checkup says of a place under folders that are not there is what a start does."""
    keys, folder = tmp_path / "keys", tmp_path / "not" / "yet" / "log"
    add_key(keys)
    (sound,) = check_decision_log(Settings(decision_log=folder, decision_keys=keys))
    assert sound.state is State.OK
    assert sorted(tmp_path.iterdir()) == [keys]  # looked at, not made


def test_taken_port_and_foreign_address_are_found(bundle_folder: Path) -> None:
    """A port where something answers is a warning, an address of another machine a failure."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        found = checked(bundle_folder, address=address)
        found |= {"metrics port": checked(bundle_folder, metrics_address=address)["metrics port"]}
    assert "answers there already" in bad(found["port"], State.WARNING).found
    assert "WURAO_METRICS_ADDRESS" in bad(found["metrics port"], State.WARNING).remedy
    foreign = checked(bundle_folder, address="192.0.2.1:50051", insecure="true")
    assert bad(foreign["port"])


def test_metrics_on_the_port_of_calls_are_found(tiny_bundle: Path) -> None:
    """One of the two could not be served, whichever way the address is written."""
    port = free_port()
    calls = f"127.0.0.1:{port}"
    for address in (calls, f"localhost:{port}", f"0.0.0.0:{port}"):
        found = checked(tiny_bundle, address=calls, metrics_address=address)["metrics port"]
        assert bad(found).found == f"{address}: is the port of WURAO_ADDRESS"
    failed_start(tiny_bundle, calls, WURAO_METRICS_ADDRESS=calls)
    fine = (("127.0.0.1:0", "127.0.0.1:0"), (calls, f"127.0.0.2:{port}"))
    for address, metrics in fine:
        found = checked(tiny_bundle, address=address, metrics_address=metrics)["metrics port"]
        assert found[0].state is State.OK


def test_metrics_that_others_can_read_are_found(tiny_bundle: Path) -> None:
    """They ask for no token, so their address off the loopback is a warning."""
    for address in (f"0.0.0.0:{free_port()}", f"[::]:{free_port()}"):
        finding = bad(
            checked(tiny_bundle, metrics_address=address)["metrics exposure"], State.WARNING
        )
        assert finding.found == f"{address}: others can read them, without TLS and tokens"
    found = checked(tiny_bundle, metrics_address=f"[::1]:{free_port()}")["metrics exposure"]
    assert found[0].state is State.OK
    assert "metrics exposure" not in checked(tiny_bundle)


def test_an_address_without_its_brackets_is_found(tiny_bundle: Path) -> None:
    """A host with colons and no brackets is not one that a port could follow."""
    for address in ("::1:39471", "[::1]39471", "[::1:39471", "::1]:39471", "http://localhost:1"):
        finding = bad(checked(tiny_bundle, address=address)["settings"])
        assert finding.found.startswith("WURAO_ADDRESS: must be host:port, such as 127.0.0.1:50051")
    assert "[::1]:50051" in failed_start(tiny_bundle, "::1:39471")
    assert checked(tiny_bundle, address=f"[::1]:{free_port()}")["port"][0].state is State.OK


def test_unknown_region_is_found(tiny_bundle: Path) -> None:
    """Two letters that no phone number knows stop the start, and the checkup says so."""
    finding = bad(checked(tiny_bundle, region="ZZ")["region"])
    assert finding.found.startswith("WURAO_REGION: no region of that code has phone numbers")
    assert finding.found in failed_start(tiny_bundle, WURAO_REGION="ZZ")
    assert checked(tiny_bundle, region="tw")["region"][0].state is State.OK


def test_the_second_reader_counts_as_memory(tmp_path: Path) -> None:
    """A worker that reads twice needs more; what it needs is said."""
    (tmp_path / "reader.onnx").touch()
    told = [
        checked(tmp_path, second_reader=asked)["memory"][0].found for asked in ("true", "false")
    ]
    assert "1 workers of 205 MiB" in told[0]
    assert "1 workers of 150 MiB" in told[1]


def test_more_workers_than_cores_is_a_warning(bundle_folder: Path) -> None:
    """It costs memory and answers no more calls."""
    assert bad(checked(bundle_folder, workers=64)["cores"], State.WARNING)
