"""`wurao monitor` as an operator runs it, from a log to turns for labelling."""

import json
from pathlib import Path

from classifier.decision_log.log_writer import DecisionLog, LogPlan
from classifier.key_file import add_key
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from tests.cli.test_commands import wurao
from training.dataset import read_file

LIMITS = "least_turns = 100\n[traffic.shift]\nlabel = 0.1\n[most]\nopt_out = 0.1\n"


def test_from_a_log_to_an_alert_and_to_labels(
    tiny_bundle: Path, tiny_data: Path, data_folder: Path, tmp_path: Path
) -> None:
    """Status 0 beside itself, 3 with an alert; the logged turns are what `data select` takes."""
    keys, limits = tmp_path / "keys", tmp_path / "limits.toml"
    add_key(keys)
    limits.write_text(LIMITS)
    classifier = TurnClassifier(load_bundle(tiny_bundle))
    for name, file in (("usual", "ordinary_chat"), ("shifted", "plain_voice")):
        log = DecisionLog(LogPlan(tmp_path / name, keys, 1.0, 1.0, 30), lambda _o, _c: None)
        for labelled in read_file(data_folder / "test" / f"{file}.jsonl")[0][:200]:
            log.note(labelled.turn, classifier.classify(labelled.turn), "")
        log.close()
    usual, shifted = tmp_path / "usual", tmp_path / "shifted"
    options = ("--keys", keys, "--bundle", tiny_bundle, "--data", tiny_data)
    judged = (*options, "--thresholds", limits)
    same = wurao("monitor", usual, *judged, "--reference", usual)
    assert "nothing is out of bounds" in same.stdout
    assert "\x1b" not in same.stdout

    page = tmp_path / "drift.html"
    other = wurao("monitor", shifted, *judged, "--reference", usual, "-o", page, status=3)
    assert "ALERT label: distribution moved" in other.stdout
    assert page.read_text("utf-8").startswith("<!doctype html>")
    told = json.loads(wurao("monitor", shifted, *judged, "--json", status=3).stdout)
    assert told["reference"]["kind"] == "training"
    assert [said.partition(":")[0] for said in told["drift"]["alerts"]] == ["opt_out"]

    turns, picked = tmp_path / "turns.jsonl", tmp_path / "picked.jsonl"
    wurao("decisions", "read", shifted, "--keys", keys, "-o", turns)
    select = ("data", "select", turns, "-o", picked, "-n", "20", *options[2:])
    wurao(*select)
    assert 0 < len(picked.read_text("utf-8").splitlines()) <= 20


def test_wrong_bundle_and_key_are_named(tiny_bundle: Path, tmp_path: Path) -> None:
    """An error of ours is one line and status 1."""
    add_key(tmp_path / "keys")
    for arguments in (
        (tmp_path, "--keys", tmp_path / "none"),
        (tmp_path / "none", "--keys", tmp_path / "keys"),
        (tmp_path, "--keys", tmp_path / "keys", "--bundle", tmp_path / "none"),
    ):
        told = wurao("monitor", "--bundle", tiny_bundle, *arguments, status=1).stderr
        assert told.startswith("wurao: ")
        assert len(told.splitlines()) == 1
