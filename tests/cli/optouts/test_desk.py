"""What every verb takes: the registry's own settings, a tenant, and who acts."""

import getpass
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import wurao
from tests.cli.optouts.conftest import NUMBER, Run, records
from tests.new_registry import new_registry

_NO_ACTOR = ("check", "list", "cases", "callers", "report", "verify", "rebuild", "create")
_NO_TENANT = ("verify", "rebuild", "create", "rotate-keys")


@pytest.mark.parametrize(
    ("verb", "option"),
    [*((verb, "--actor") for verb in _NO_ACTOR), *((verb, "--tenant") for verb in _NO_TENANT)],
)
def test_no_verb_takes_what_it_does_not_use(verb: str, option: str) -> None:
    """Whoever verifies one tenant would believe that the others were left out."""
    result = CliRunner().invoke(wurao, ["optouts", verb, option, "acme"])
    assert result.exit_code == 2
    assert f"No such option '{option}'" in result.output


def test_settings_of_a_server_are_no_matter_of_a_verb(optouts: Run) -> None:
    """One that cannot be read stops the server alone; those of the registry stop both."""
    others = {"WURAO_WORKERS": "abc", "WURAO_ACCESS_LOG": "2", "WURAO_ADDRESS": "x"}
    optouts("add", NUMBER, **others)
    optouts("check", NUMBER, status=3, **others)
    optouts("rotate-keys", **others)
    assert "/none.toml" in optouts("list", status=1, WURAO_POLICY="/none.toml").stderr
    assert "WURAO_REGION" in optouts("list", status=1, WURAO_REGION="China").stderr


@pytest.mark.parametrize("error", [KeyError("uid not found: 65532"), OSError("no such uid")])
def test_a_user_without_a_name_is_asked_who_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """As containers run; nothing is recorded for nobody, and whoever only reads needs no name."""

    def nobody() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    made = new_registry(tmp_path)
    keys = Path(made["WURAO_REGISTRY_KEYS"]).read_bytes()

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(wurao, ["optouts", *arguments], env=made)
        return result.exit_code, result.output

    for verb in (["add", NUMBER], ["rotate-keys"]):
        status, said = run(*verb)
        assert status == 2
        assert "say who acts by --actor" in said
    assert Path(made["WURAO_REGISTRY_KEYS"]).read_bytes() == keys
    assert run("list", "--json") == (0, "")
    assert run("add", NUMBER, "--actor", "anna")[0] == 0
    assert run("show", NUMBER, "--json")[0] == 0


def test_a_tenant_without_records_is_no_yes(optouts: Run) -> None:
    """A mistyped tenant is an error in the words of `export`, with no answer beside it."""
    optouts("add", NUMBER)
    for answer in ((), ("--json",)):
        told = optouts("check", NUMBER, "--tenant", "defualt", *answer, status=1)
        assert "tenant defualt: nothing of it is recorded; name another" in told.stderr
        assert told.stdout == ""
    optouts("revoke", NUMBER, "--basis", "opted_in", "--reason", "letter", "--yes")
    (answered,) = records(optouts("check", NUMBER, "--json"))
    assert answered["allowed"] is True
