"""No option is taken and then ignored, and the help names the variables that stand for one."""

import os

import pytest

from tests.cli.test_commands import wurao
from tests.command_line import run_command
from tests.conftest import ROOT

SAMPLE = ROOT / "data" / "sample_conversation.jsonl"
OF_ONE_TEXT = "the records of a file name their own channel and context"
OF_TABLES = "only `wurao classify FILE -o FILE` takes tables"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classify", SAMPLE, "--channel", "sms"], OF_ONE_TEXT),
        (["classify", "-", "--channel", "voice"], OF_ONE_TEXT),
        (["call", SAMPLE, "--bot", "您好"], OF_ONE_TEXT),
        (["classify", SAMPLE, "--text-column", "内容"], OF_TABLES),
        (["classify", SAMPLE, "-o", "-", "--encoding", "gb18030"], OF_TABLES),
        (["classify", "--text", "好", "--encoding", "gb18030"], OF_TABLES),
        (["evaluate", SAMPLE, "--split", "test"], "leave out one of them"),
        (["data", "export", "x.csv", "--from", SAMPLE, "--split", "train"], "leave out one of"),
    ],
)
def test_an_option_without_effect_is_refused(arguments: list[object], message: str) -> None:
    """Whoever gives it expects something of it."""
    assert message in wurao(*arguments, status=2).stderr


@pytest.mark.parametrize(
    ("verb", "variable"),
    [
        ("classify", "WURAO_BUNDLE"),
        ("classify", "WURAO_SECOND_READER"),
        ("call", "WURAO_ADDRESS"),
        ("monitor", "WURAO_DECISION_KEYS"),
        ("decisions read", "WURAO_DECISION_KEYS"),
        ("train", "MLFLOW_TRACKING_URI"),
    ],
)
def test_help_names_variables(verb: str, variable: str) -> None:
    """An option that a variable gives is no surprise."""
    shown = "".join(wurao(*verb.split(), "--help").stdout.split())
    assert f"envvar:{variable}" in shown


@pytest.mark.parametrize("value", ["yes", "1", ""])
def test_a_switch_is_read_as_a_server_reads_it(value: str) -> None:
    """What `wurao serve` refuses is refused here; what the command line says goes first."""
    environment = os.environ | {"WURAO_SECOND_READER": value}
    verb = ["classify", "--text", "好", "--bundle", "nowhere"]
    refused = run_command(verb, environment=environment)
    told = "wurao: WURAO_SECOND_READER: must be true or false\n"
    assert (refused.returncode, refused.stderr) == (1, told)
    said = run_command([*verb, "--no-second-reader"], environment=environment)
    assert "nowhere: no model bundle here" in said.stderr
    said = run_command(verb, environment=environment | {"WURAO_SECOND_READER": "False"})
    assert "nowhere: no model bundle here" in said.stderr
