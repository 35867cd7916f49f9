"""What a checkup says of a registry is what a start would."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from importlib.resources import files
from itertools import count
from pathlib import Path

import psycopg
import pytest

from classifier.errors import RegistryError
from classifier.key_file import add_key
from classifier.optouts.desk.notice_desk import NoticeDesk, Operator
from classifier.optouts.open_registry import open_registry
from classifier.optouts.policy.notices import Purpose, read_notices
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.sql.database import POSTGRES_SCHEMES
from classifier.optouts.subjects.keys import keys_from_file
from classifier.server.checkup import registry_checks
from classifier.server.checkup.findings import Finding, State
from classifier.server.checkup.registry_checks import check_registry
from classifier.server.settings import Settings
from classifier.turns import Channel
from tests.classifier.server.checkup.test_checkup import bad
from tests.new_registry import new_registry
from tests.postgres_server import postgres_server, schema, setting
from tests.server_process import free_port

_NAMES = count(1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own; where none can be started, its tests fail."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """What names a new registry, on each kind of database."""
    if request.param == "sqlite":
        yield made(tmp_path)
        return
    with schema(request.getfixturevalue("postgres"), f"t{next(_NAMES)}") as url:
        yield made(tmp_path, url)


@pytest.fixture
def role(settings: Settings) -> Iterator[str]:
    """Another role of that server, which may see the schema."""
    change(settings, "CREATE ROLE low LOGIN")
    with psycopg.connect(settings.registry) as postgres:
        postgres.execute(
            "DO $$ BEGIN EXECUTE 'GRANT USAGE ON SCHEMA ' || current_schema() || ' TO low'; END $$"
        )
    yield "low"
    change(settings, "DROP OWNED BY low")
    change(settings, "DROP ROLE low")


def made(folder: Path, place: str = "") -> Settings:
    """Make a registry and return what names it."""
    names = new_registry(folder, place)
    keys = Path(names["WURAO_REGISTRY_KEYS"])
    return Settings(registry=names["WURAO_REGISTRY"], registry_keys=keys)


def change(settings: Settings, statement: str) -> None:
    """Change a store behind the registry's back."""
    if settings.registry.startswith(POSTGRES_SCHEMES):
        with psycopg.connect(settings.registry) as postgres:
            postgres.execute(statement.encode())
        return
    with closing(sqlite3.connect(settings.registry)) as connection, connection:
        connection.execute(statement)


def found(settings: Settings, check: str) -> list[Finding]:
    """Return the findings of one check."""
    return [finding for finding in check_registry(settings) if finding.check == check]


def refusal(settings: Settings) -> str:
    """Return why a start refuses a registry."""
    with pytest.raises(RegistryError) as caught:
        open_registry(settings.registry, keys_from_file(settings.registry_keys))
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no key"])
def test_registry_is_looked_through(tmp_path: Path, content: bytes) -> None:
    """A store that is no database, missing keys, policy and notices are each found."""
    store = tmp_path / "registry.sqlite"
    store.write_bytes(b"this is no database" * 100)
    keys = tmp_path / "keys"
    if content:
        keys.write_bytes(content)
    settings = Settings(
        registry=str(store),
        registry_keys=keys,
        policy=tmp_path / "policy.toml",
        notices=tmp_path / "notices.toml",
    )
    findings = {finding.check: finding for finding in check_registry(settings)}
    assert {name for name, finding in findings.items() if finding.state is State.FAILED} == {
        "store",
        "keys",
        "policy",
        "notices",
    }
    assert all(finding.remedy for finding in findings.values())


@pytest.mark.parametrize("name", ["registry.sqlite", "file/registry.sqlite", "file"])
def test_a_registry_that_is_not_there_is_found(tmp_path: Path, name: str) -> None:
    """A place without a registry is a failure that names how to make one; none is made."""
    (tmp_path / "file").touch()
    finding = bad(found(Settings(registry=str(tmp_path / name)), "store"))
    assert "no registry" in finding.found
    assert "optouts create" in finding.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_whole_registry_is_fine(settings: Settings) -> None:
    """What `optouts create` made is what a server asks for."""
    assert {finding.state for finding in check_registry(settings)} == {State.OK}


def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole file on a disk without room for the next opt-out is no sound store."""
    settings = made(tmp_path)
    whole = Finding("store", State.OK, f"{settings.registry}: whole")
    assert found(settings, "store") == [whole]
    monkeypatch.setattr(registry_checks, "_LEAST_FREE_BYTES", 1 << 62)  # as if every disk were full
    assert "MiB left" in bad(found(settings, "store")).found


def test_the_keys_of_another_registry_are_found(settings: Settings) -> None:
    """They have the same versions; what tells them apart is in the registry."""
    settings.registry_keys.unlink()
    add_key(settings.registry_keys)
    told = "key version 1 is not the one that this registry was made with"
    assert bad(found(settings, "keys")).found == told == refusal(settings)


def test_a_key_that_is_missing_is_found(settings: Settings) -> None:
    """A version in use is not at hand."""
    line = settings.registry_keys.read_text("utf-8")
    settings.registry_keys.write_text(line.replace("1 ", "2 ", 1), "utf-8")
    assert bad(found(settings, "keys")).found == refusal(settings)


def test_a_newer_registry_is_found(settings: Settings) -> None:
    """A store with a step that this program does not know is not opened by it."""
    change(settings, "INSERT INTO schema_versions VALUES (99, '0099_later.sql')")
    finding = bad(found(settings, "store"))
    assert "has schema 0099_later.sql, which this program does not know" in finding.found
    assert finding.found == refusal(settings)


@pytest.mark.parametrize("table", ["events", "secrets", "subjects", "key_checks", "chain_head"])
def test_a_table_that_is_gone_is_found(settings: Settings, table: str) -> None:
    """Those that cannot be derived anew."""
    change(settings, f"DROP TABLE {table}")
    finding = bad(found(settings, "store"))
    assert f"the table {table} is gone" in finding.found
    assert finding.found == refusal(settings)


def test_an_older_registry_is_fine_and_stays_as_it_is(settings: Settings) -> None:
    """A start would bring it up to date; the checkup takes no step."""
    change(settings, "DELETE FROM schema_versions WHERE version > 1")
    for _time in range(2):
        assert {finding.state for finding in check_registry(settings)} == {State.OK}
    change(settings, "INSERT INTO schema_versions VALUES (10, '0010_desk.sql')")  # not there yet


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
def test_a_table_that_a_crash_would_empty_is_found(settings: Settings) -> None:
    """As a start refuses it."""
    change(settings, "ALTER TABLE opt_outs SET UNLOGGED")
    finding = bad(found(settings, "store"))
    assert f"{finding.found}; {finding.remedy}" == refusal(settings)


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("fsync", State.FAILED),
        ("full_page_writes", State.FAILED),
        ("synchronous_commit", State.WARNING),
    ],
)
def test_a_server_that_may_lose_commits_is_found(
    settings: Settings, name: str, state: State
) -> None:
    """What was acknowledged must be on the disk; connections ask for a commit's by themselves."""
    with setting(settings.registry, name, "off"):
        finding, clock = found(settings, "store")
    assert (finding.state, clock.state) == (state, State.OK)
    assert f"{name} is off" in finding.found
    assert f"SET {name} = on" in finding.remedy


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
def test_what_a_role_may_not_do_is_found(settings: Settings, role: str) -> None:
    """The remedy is what the owner grants: with it all is well, and nobody may make a table."""
    theirs = replace(settings, registry=settings.registry.replace("wurao@", f"{role}@"))
    finding = bad(found(theirs, "store"))
    assert "rights are missing: " in finding.found
    assert "SELECT, INSERT on events" in finding.found
    assert refusal(theirs).startswith("PostgreSQL: permission denied for table schema_versions; ")
    change(settings, finding.remedy.split("`")[1])
    assert {one.state for one in check_registry(theirs)} == {State.OK}
    open_registry(theirs.registry, keys_from_file(theirs.registry_keys)).close()
    change(settings, f"REVOKE UPDATE ON chain_head FROM {role}")
    assert bad(found(theirs, "store")).found.endswith(": UPDATE on chain_head")


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
def test_a_server_that_takes_no_writes_is_found(settings: Settings) -> None:
    """A standby, or a role for readers: a start refuses it with the same words."""
    options = "%20-cdefault_transaction_read_only%3Don"
    theirs = replace(settings, registry=settings.registry + options)
    finding = bad(found(theirs, "store"))
    assert "takes no writes" in finding.found
    assert f"{finding.found}; {finding.remedy}" == refusal(theirs)


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "a%3Fb.db", "号 码.db"])
def test_any_name_of_a_file_will_do(tmp_path: Path, name: str) -> None:
    """What is special in a URI is none in a path: a server opens it, and so does the checkup."""
    settings = made(tmp_path, str(tmp_path / name))
    open_registry(settings.registry, keys_from_file(settings.registry_keys)).close()
    assert {finding.state for finding in check_registry(settings)} == {State.OK}


def test_postgres_address_never_shows_its_password() -> None:
    """Nobody answers there; the finding says so without the address."""
    place = f"postgresql://wurao:geheim@127.0.0.1:{free_port()}/registry"
    finding = bad(found(Settings(registry=place), "store"))
    assert "geheim" not in f"{finding}"


def test_a_profile_without_notices_is_told(tmp_path: Path) -> None:
    """A profile of one's own is in force, and no text of the package can be given in it."""
    shipped = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
    policy = tmp_path / "policy.toml"
    policy.write_text(shipped.replace("[profiles.HK", "[profiles.MO").replace('"HK"', '"MO"'))
    shipped_alone = made(tmp_path)
    (finding,) = found(replace(shipped_alone, policy=policy), "notices")
    assert (finding.state, finding.found[:16]) == (State.WARNING, "none serves MO: ")
    assert [one.state for one in found(shipped_alone, "notices")] == [State.OK]


def test_a_profile_without_a_text_for_a_first_contact_is_told(tmp_path: Path) -> None:
    """Where the policy asks for one, nothing could be said at a first contact."""
    shipped = (files("classifier.optouts.policy") / "notices.toml").read_text(encoding="utf-8")
    notices, policy = tmp_path / "notices.toml", tmp_path / "policy.toml"
    begin, *texts = shipped.split("[[notices]]")
    of_taiwan = 'id = "tw.first_contact'
    kept = [text for text in texts if of_taiwan not in text]
    assert len(texts) - len(kept) == 2
    notices.write_text("[[notices]]".join([begin, *kept]), "utf-8")
    settings = replace(made(tmp_path), notices=notices)
    (finding,) = found(settings, "notices")
    told = "none is for a first contact in TW, where the policy asks for it"
    assert (finding.state, finding.found) == (State.WARNING, told)
    asked = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
    head, taiwan = asked.split("[profiles.TW]")
    policy.write_text(
        f"{head}[profiles.TW]{taiwan.replace('contact_notice = true', 'contact_notice = false', 1)}"
    )
    assert [one.state for one in found(replace(settings, policy=policy), "notices")] == [State.OK]


def test_a_text_reworded_under_its_version_is_told(settings: Settings, tmp_path: Path) -> None:
    """Once it was given, another text under the same version is refused; the next one is not."""
    shipped = (files("classifier.optouts.policy") / "notices.toml").read_text(encoding="utf-8")
    notices = tmp_path / "notices.toml"
    notices.write_text(shipped.replace("回复", "请回复"), "utf-8")
    own = replace(settings, notices=notices)
    assert [one.state for one in found(own, "notices")] == [State.OK]
    policies, operator = read_policies(), Operator("某公司", "95000")
    ring = keys_from_file(settings.registry_keys)
    with closing(open_registry(settings.registry, ring)) as registry:
        desk = NoticeDesk(registry, policies, read_notices(), operator)
        given = desk.give("acme", "q1", "bot", Purpose.FIRST_CONTACT, Channel.SMS).notice
    (finding,) = found(own, "notices")
    assert finding.state is State.WARNING
    assert f"{notices}: " in finding.found
    assert f"given: {given.id} version 1; they are refused" in finding.found
    assert "next version" in finding.remedy
    assert [one.state for one in found(settings, "notices")] == [State.OK]
