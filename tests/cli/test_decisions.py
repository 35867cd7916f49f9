"""`wurao decisions` as an operator runs it."""

import json
import subprocess
import sys
from pathlib import Path

from classifier.decision_log.log_writer import DecisionLog, LogPlan
from classifier.records import turn_from_record
from classifier.turns import Action, Channel, ContextTurn, Label, Prediction, Speaker, Turn
from tests.cli.test_commands import wurao

COMMAND = [sys.executable, "-m", "cli.main", "decisions"]


def write_log(folder: Path, keys: Path) -> None:
    """Make a key, and a log of one decision that it encrypts."""
    subprocess.run([*COMMAND, "new-key", "--keys", str(keys)], check=True, capture_output=True)
    log = DecisionLog(LogPlan(folder, keys, 1.0, 1.0, 30), lambda _outcome, _count: None)
    log.note(Turn("别打了"), Prediction(Label.OPT_OUT, (0.9, 0.05, 0.05), Action.STOP, "m"), "")
    log.close()


def test_a_wrong_key_costs_no_earlier_turns(tmp_path: Path) -> None:
    """Where nothing can be opened, that is an error, and the output is what it was."""
    keys, wrong = tmp_path / "keys", tmp_path / "wrong"
    log, out = tmp_path / "log", tmp_path / "turns.jsonl"
    write_log(log, keys)
    write_log(tmp_path / "another", wrong)
    read = [*COMMAND, "read", str(log), "-o", str(out), "--keys"]
    subprocess.run([*read, str(keys)], check=True, capture_output=True)
    before = out.read_bytes()
    refused = subprocess.run([*read, str(wrong)], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"wurao: {log}: none of the 1 lines can be opened; take the key file of this log\n"
    )
    assert out.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_what_people_said_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where an older file let others read."""
    out = tmp_path / "turns.jsonl"
    out.write_text("old", "utf-8")
    out.chmod(0o644)
    write_log(tmp_path / "log", tmp_path / "keys")
    read = [*COMMAND, "read", str(tmp_path / "log"), "--keys", str(tmp_path / "keys")]
    subprocess.run([*read, "-o", str(out)], check=True, capture_output=True)
    assert json.loads(out.read_text("utf-8"))["text"] == "别打了"
    assert out.stat().st_mode & 0o777 == 0o600


def test_key_log_and_records(tmp_path: Path) -> None:
    """A key is made and never shown; a log comes back as records that classify reads."""
    keys, folder, out = tmp_path / "keys", tmp_path / "log", tmp_path / "turns.jsonl"
    made = subprocess.run(
        [*COMMAND, "new-key", "--keys", str(keys)], capture_output=True, text=True, check=True
    )
    assert keys.read_text().split()[1] not in made.stdout
    log = DecisionLog(LogPlan(folder, keys, 1.0, 1.0, 30), lambda _outcome, _count: None)
    said = (ContextTurn(Speaker.BOT, "您好"), ContextTurn(Speaker.USER, "喂"))
    prediction = Prediction(Label.OPT_OUT, (0.9, 0.05, 0.05), Action.STOP, "m", rule="TD")
    log.note(Turn("别打13800138000了", Channel.SMS, said), prediction, "")
    log.close()
    (path,) = folder.iterdir()
    with path.open("ab") as file:
        file.write(b"another line\n")
    read = [*COMMAND, "read", str(folder), "--keys", str(keys)]
    result = subprocess.run([*read, "-o", str(out)], capture_output=True, text=True, check=True)
    assert result.stderr == (
        "1 decisions\n1 lines could not be opened: changed, cut off, or of another log\n"
    )
    record = json.loads(out.read_text("utf-8"))
    expected = Turn("别打[PHONE]了", Channel.SMS, said[:1])
    assert turn_from_record(record) == expected
    assert record["prediction"]["rule"] == "TD"
    # An empty period leaves no earlier one's turns for what reads the file next.
    later = [*read, "--since", "2199-01-01", "-o", str(out)]
    assert subprocess.run(later, capture_output=True, text=True, check=True).stdout == ""
    assert out.read_text("utf-8") == ""
    for wrong, problem in (
        (["-o", str(tmp_path / "none" / "x")], "x: cannot be written"),
        (["--since", "2026-11-20", "--until", "2026-11-10"], "the period ends at 2026-11-10"),
    ):
        told = subprocess.run([*read, *wrong], capture_output=True, text=True, check=False)
        assert told.returncode == 1
        assert problem in told.stderr
        assert len(told.stderr.splitlines()) == 1


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    """A folder that is not there, or no key, is named in one line."""
    for arguments in ([str(tmp_path / "none")], [str(tmp_path), "--keys", str(tmp_path / "k")]):
        keys = tmp_path / "keys"
        subprocess.run([*COMMAND, "new-key", "--keys", str(keys)], check=True, capture_output=True)
        result = subprocess.run(
            [*COMMAND, "read", "--keys", str(keys), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 1
        assert result.stderr.startswith("wurao: ")
        assert len(result.stderr.splitlines()) == 1


def test_an_output_takes_the_place_of_no_key_and_no_log(tmp_path: Path) -> None:
    """Without its key a log is lost, and decisions are told once."""
    keys, folder = tmp_path / "keys", tmp_path / "log"
    write_log(folder, keys)
    [log] = folder.iterdir()
    before = keys.read_bytes(), log.read_bytes()
    for output in (keys, log):
        for verb in (["decisions", "read", folder], ["monitor", folder]):
            told = wurao(*verb, "--keys", keys, "-o", output, status=2).stderr
            assert "would overwrite the input" in told
    assert (keys.read_bytes(), log.read_bytes()) == before
