"""`wurao optouts` as a person and as a script use it."""

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from classifier.key_file import add_key
from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from classifier.optouts.upkeep.rotation import rotate_keys
from cli.optouts.verbs import VERBS
from tests.cli.optouts.conftest import NUMBER, Run, records
from tests.cli.test_commands import wurao
from tests.conftest import ROOT


def test_every_verb_has_help() -> None:
    """Each says what it does."""
    for verb in VERBS:
        assert f"Usage: wurao optouts {verb}" in wurao("optouts", verb, "--help").stdout


def test_a_number_is_recorded_checked_and_revoked(optouts: Run) -> None:
    """The exit status of a check tells a script; a spoken form is the same number."""
    optouts("add", "13900139000")
    assert optouts("check", NUMBER).stdout.count("yes") == 1
    (made,) = records(optouts("add", "幺三八零零幺三八零零零", "--text", "别打了", "--json"))
    assert made["subject"] == "+86138****8000"
    (answer,) = records(optouts("check", f"+86 {NUMBER}", "--json", status=3))
    assert answer["allowed"] is False
    assert answer["opt_out_id"] == made["opt_out_id"]
    asked_back = optouts("revoke", NUMBER, "--basis", "opted_in", "--reason", "letter", status=1)
    assert "Go on?" in asked_back.stdout
    optouts("check", NUMBER, status=3)
    optouts("revoke", NUMBER, "--basis", "opted_in", "--reason", "letter", "--yes")
    optouts("check", NUMBER)
    (listed,) = records(optouts("list", "--state", "revoked", "--json"))
    assert listed["opt_out_id"] == made["opt_out_id"]


def test_a_list_of_numbers_is_checked_from_a_pipe(optouts: Run) -> None:
    """One a line; an answer for each in order."""
    optouts("add", NUMBER)
    answers = records(optouts("check", "-", "--json", stdin=f"13900139000\n{NUMBER}\n", status=3))
    assert [answer["allowed"] for answer in answers] == [True, False]


def test_show_tells_all_that_happened(optouts: Run) -> None:
    """Records and events of one subject, the number itself nowhere."""
    optouts("add", NUMBER, "--reason", "service_quality", "--only-campaign", "spring")
    shown = optouts("show", NUMBER, "--json").stdout
    (content,) = [json.loads(line) for line in shown.splitlines()]
    assert content["opt_outs"][0]["scope"]["name"] == "spring"
    assert content["events"][0]["kind"] == "opt_out_recorded"
    assert NUMBER not in shown


def test_a_doubtful_turn_is_reviewed(
    optouts: Run, opened: Callable[[], Registry], tmp_path: Path
) -> None:
    """Listed with what was said, claimed, decided; the verdict becomes a line for training."""
    registry = opened()
    subject, said = parse_subject(NUMBER), "这个先不用打了吧"
    asked = OptOutRequest("default", "r1", subject, Intake.VOICE, "bot-7", text=said, doubtful=True)
    registry.record(asked)
    registry.close()
    (waiting,) = records(optouts("reviews", "--json"))
    assert waiting["text"] == said
    review = str(waiting["review_id"])
    assert "anna" in optouts("reviews", "--claim", review, "--actor", "anna").stdout
    assert "has" in optouts("resolve", review, "confirm", "--actor", "ben", status=1).stderr
    optouts("resolve", review, "false_alarm", "--actor", "anna", "--note", "spoke of a parcel")
    optouts("check", NUMBER)
    assert records(optouts("reviews", "--json")) == []
    labels = tmp_path / "labels.jsonl"
    told = records(optouts("export-labels", "-o", labels, "--json"))
    assert told == [{"file": str(labels), "written": 1}]
    (line,) = [json.loads(text) for text in labels.read_text("utf-8").splitlines()]
    assert (line["text"], line["label"]) == (said, "normal")


def test_a_purge_asks_first(optouts: Run) -> None:
    """A dry run changes nothing and needs no answer; the real one does."""
    optouts("add", NUMBER)
    assert "would be removed" in optouts("purge", "--dry-run").stdout
    assert "Go on?" in optouts("purge", status=1).stdout
    optouts("purge", "--yes")
    optouts("check", NUMBER, status=3)


def test_tampering_is_named(optouts: Run, settings: dict[str, str]) -> None:
    """A sound log gives an anchor; a record changed behind its back is found, and mended."""
    optouts("add", NUMBER)
    sound = optouts("verify").stdout
    assert "1 events, one chain" in sound
    anchor = sound.split("anchor ")[1].strip()
    optouts("verify", "--anchor", f" {anchor.upper()} ")
    for half in ("", anchor[:-1], anchor.partition(":")[0], f"{anchor[:-1]}x"):
        refused = optouts("verify", "--anchor", half, status=2)
        assert "NUMBER:HASH" in refused.stderr
    with closing(sqlite3.connect(settings["WURAO_REGISTRY"])) as database, database:
        database.execute("UPDATE opt_outs SET state = 'revoked'")
    optouts("check", NUMBER)
    assert "row_differs" in optouts("verify", status=3).stdout
    assert "rows were other" in optouts("rebuild", "--yes").stdout
    optouts("check", NUMBER, status=3)
    assert records(optouts("verify", "--json"))[0]["findings"] == []
    optouts("verify", "--anchor", anchor.replace(":", ":0")[:-1], status=3)


def test_what_no_rebuild_can_mend_is_named(optouts: Run, settings: dict[str, str]) -> None:
    """No event holds the hash of a number: a rebuild that leaves it lost does not say all is well.

    Without it a check allows whoever opted out.
    """
    optouts("add", NUMBER)
    with closing(sqlite3.connect(settings["WURAO_REGISTRY"])) as database, database:
        database.execute("DELETE FROM subjects")
    optouts("check", NUMBER)
    told = json.loads(optouts("rebuild", "--yes", "--json", status=3).stdout)
    assert told["mended_rows"] == 0
    assert [one["fault"] for one in told["findings"]] == ["subject_lost"]
    table = optouts("rebuild", "--yes", status=3).stdout
    assert "subject_lost" in table
    assert "restore a backup" not in table
    (named,) = re.findall(r'"(.+)" in docs/registry.md', table)
    assert f"### {named}\n" in (ROOT / "docs/registry.md").read_text("utf-8")


def test_a_subject_is_exported_corrected_and_erased(optouts: Run, tmp_path: Path) -> None:
    """They can read what is held; a wrong number is put right; after erasure it still blocks."""
    optouts("add", NUMBER, "--text", "别再打了")
    letter = tmp_path / "letter.html"
    optouts("show", NUMBER, "--letter", letter)
    assert "别再打了" in letter.read_text("utf-8")
    optouts("correct", NUMBER, "13900139000", "--reason", "misheard", "--yes")
    optouts("check", NUMBER)
    optouts("check", "13900139000", status=3)
    erase = ("erase", "13900139000", "--reason", "asked by letter")
    assert "Go on?" in optouts(*erase, status=1).stdout
    (done,) = records(optouts(*erase, "--yes", "--json"))
    assert done["kept"]
    optouts("check", "13900139000", status=3)
    optouts("show", "13900139000", "--letter", letter)
    assert "别再打了" not in letter.read_text("utf-8")
    optouts("verify")


def test_keys_are_rotated(optouts: Run, settings: dict[str, str]) -> None:
    """A new key is added and used; opt-outs hold; on several machines in two steps."""
    optouts("add", NUMBER)
    assert "1 subjects hashed anew" in optouts("rotate-keys").stdout
    optouts("check", NUMBER, status=3)
    optouts("rotate-keys", "--only-add")
    optouts("check", NUMBER, status=3)
    assert "key 3 is in use" in optouts("rotate-keys", "--only-use").stdout
    optouts("check", NUMBER, status=3)
    optouts("verify")
    assert len(Path(settings["WURAO_REGISTRY_KEYS"]).read_text("utf-8").splitlines()) == 3


def test_a_rotation_names_who_did_it(optouts: Run, opened: Callable[[], Registry]) -> None:
    """The audit log has the actor that was given; what writes no event takes none."""
    optouts("add", NUMBER)
    optouts("rotate-keys", "--actor", "anna")
    with closing(opened()) as registry:
        events = registry.store.read(lambda view: view.events([]))
    assert {event.actor for event in events if event.kind != "opt_out_recorded"} == {"anna"}
    for step in ("--new", "--only-add"):
        assert "--actor" in optouts("rotate-keys", step, "--actor", "anna", status=2).stderr


def test_a_broken_off_rotation_goes_on(
    optouts: Run, opened: Callable[[], Registry], settings: dict[str, str]
) -> None:
    """Run again, the command makes no further key, wherever it was broken off."""
    optouts("add", NUMBER)
    keys = Path(settings["WURAO_REGISTRY_KEYS"])
    add_key(keys)  # as far as it came: the key is in the file and not in use
    assert "key 2 is in use" in optouts("rotate-keys").stdout
    add_key(keys)
    registry = opened()

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(registry, "admin", stop)
    registry.close()
    went_on = optouts("rotate-keys").stdout
    assert "going on" in went_on
    assert "key 3 is in use" in went_on
    assert len(keys.read_text("utf-8").splitlines()) == 3
    assert "key 4 is in" in optouts("rotate-keys").stdout


def test_the_monthly_report_is_written(optouts: Run, tmp_path: Path) -> None:
    """In Chinese, as a page by default and as JSON for a program; it names no subject."""
    optouts("add", NUMBER)
    page = tmp_path / "report.html"
    assert str(page) in optouts("report", "-o", page).stdout
    text = page.read_text("utf-8")
    assert "月度报告" in text
    assert NUMBER not in text
    assert json.loads(optouts("report", "--json").stdout)["month"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["add", "1380013800"], 1, "subject: cannot be read as a phone number in CN"),
        (["add", NUMBER, "--only-campaign", "a", "--only-purpose", "b"], 2, "not both"),
        (["revoke", "--basis", "mistake", "--reason", "x", "--yes"], 2, "name a subject"),
        (["revoke", NUMBER, "--basis", "mistake", "--reason", "x", "--yes"], 1, "no active"),
        (["resolve", "7", "confirm"], 1, "wurao: "),
        (["show", NUMBER, "--letter", "x.html", "--json"], 2, "not both"),
        (["rotate-keys", "--new"], 2, "is there already"),
    ],
)
def test_wrong_use_has_a_clear_error(
    optouts: Run, arguments: list[str], status: int, message: str
) -> None:
    """One line says what is wrong, without the number; the exit status is not 0."""
    result = optouts(*arguments, status=status)
    assert message in result.stderr
    assert "1380013" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["add", "a\udcffb@x.com"], "SUBJECT"),
        (["add", NUMBER, "--text", "\udcff"], "--text"),
        (["check", NUMBER, "\udcff"], "SUBJECTS"),
        (["list", "--tenant", "\udcff"], "--tenant"),
        (["add", NUMBER, "--actor", "\udcff"], "--actor"),
        (["revoke", NUMBER, "--basis", "mistake", "--reason", "\udcff", "--yes"], "--reason"),
        (["import", "pyproject.toml", "--encoding", "\udcff"], "--encoding"),
        (["import", "pyproject.toml", "--region", "\udcff"], "--region"),
    ],
)
def test_bytes_that_are_no_text_are_refused(optouts: Run, arguments: list[str], named: str) -> None:
    """What a shell passes on in another encoding ends with the name of the option."""
    result = optouts(*arguments, status=2)
    assert f"'{named}" in result.stderr
    assert "is no UTF-8" in result.stderr


def test_no_registry_and_no_key_say_what_to_do(tmp_path: Path) -> None:
    """The first steps of a newcomer end with the next one."""
    for environment, message in (
        ({"WURAO_REGISTRY": ""}, "WURAO_REGISTRY: is not set"),
        (
            {
                "WURAO_REGISTRY": str(tmp_path / "r"),
                "WURAO_REGISTRY_KEYS": str(tmp_path / "none"),
            },
            "rotate-keys --new",
        ),
    ):
        result = subprocess.run(
            [sys.executable, "-m", "cli.main", "optouts", "list"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | environment,
            check=False,
        )
        assert result.returncode == 1
        assert message in result.stderr


def test_a_terminal_gets_colour(optouts: Run, settings: dict[str, str]) -> None:
    """A blocked number is red for a person; a pipe gets plain text."""
    optouts("add", NUMBER)
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "cli.main", "optouts", "check", NUMBER]
    environment = os.environ | settings | {"TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=child, cwd=ROOT, env=environment) as process:
        os.close(child)
        shown = b""
        try:
            while chunk := os.read(parent, 65_536):
                shown += chunk
        except OSError:  # Linux says so when the other end is closed
            pass
    os.close(parent)
    assert process.returncode == 3
    assert b"\x1b[1;31mno" in shown
    assert "\x1b[" not in optouts("check", NUMBER, status=3).stdout
