"""`wurao monitor` as an operator runs it, from a log to turns for labelling."""

import json
from pathlib import Path

from classifier.key_file import add_key
from tests.cli.test_commands import wurao
from tests.server_process import start_server

LIMITS = "least_turns = 100\n[traffic.shift]\nlabel = 0.2\n[most]\nopt_out = 0.1\n"


def log_answers(bundle: Path, lines: list[bytes], keys: Path, log: Path) -> None:
    """Have a server answer turns and log each decision."""
    settings = {
        "WURAO_DECISION_LOG": str(log),
        "WURAO_DECISION_KEYS": str(keys),
        "WURAO_DECISION_SAMPLE": "1",
    }
    with start_server(bundle, **settings) as server:
        turns = log.with_suffix(".jsonl")
        turns.write_bytes(b"".join(lines))
        wurao("call", turns, "--address", server.address)
        server.process.terminate()
        server.process.wait()


def test_from_a_log_to_an_alert_and_to_labels(
    tiny_bundle: Path, tiny_data: Path, data_folder: Path, tmp_path: Path
) -> None:
    """More of the same, or too little, is status 0, other traffic 3; its turns can be picked."""
    keys, limits = tmp_path / "keys", tmp_path / "limits.toml"
    add_key(keys)
    limits.write_text(LIMITS)
    chat, voice = (
        (data_folder / "test" / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
        for name in ("ordinary_chat", "plain_voice")
    )
    for name, lines in (("before", chat[::2]), ("usual", chat[1::2]), ("shifted", voice)):
        log_answers(tiny_bundle, lines, keys, tmp_path / name)
    before, usual, shifted = (tmp_path / name for name in ("before", "usual", "shifted"))
    options = ("--keys", keys, "--bundle", tiny_bundle)
    judged = (*options, "--thresholds", limits)
    same = wurao("monitor", usual, *judged, "--reference", before)
    assert "nothing is out of bounds" in same.stdout
    assert "\x1b" not in same.stdout

    itself = wurao("monitor", usual, *judged, "--reference", usual, status=2)
    assert "is the log itself; choose other days" in itself.stderr

    few = wurao("monitor", shifted, *options, "--reference", before)
    assert "too few turns to judge" in few.stdout
    assert "nothing is out of bounds" not in few.stdout

    page = tmp_path / "drift.html"
    other = wurao("monitor", shifted, *judged, "--reference", before, "-o", page, status=3)
    assert "ALERT label: distribution moved" in other.stdout
    assert page.read_text("utf-8").startswith("<!doctype html>")
    told = json.loads(wurao("monitor", shifted, *judged, "--json", status=3).stdout)
    assert told["reference"]["kind"] == "frozen_test"
    assert [said.partition(":")[0] for said in told["drift"]["alerts"]] == ["opt_out"]

    turns, picked = tmp_path / "turns.jsonl", tmp_path / "picked.jsonl"
    wurao("decisions", "read", shifted, "--keys", keys, "-o", turns)
    select = ("data", "select", turns, "-o", picked, "-n", "20", *options[2:], "--data", tiny_data)
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


def test_a_reference_stays_and_its_days_are_of_a_log(tmp_path: Path) -> None:
    """A page is not written over it; days of what is no log are not passed over."""
    add_key(tmp_path / "keys")
    week = tmp_path / "week.json"
    week.write_text("{}")
    options = ("monitor", tmp_path, "--keys", tmp_path / "keys")
    told = wurao(*options, "--reference", week, "-o", week, status=2).stderr
    assert "would overwrite the input" in told
    assert week.read_text() == "{}"
    for reference in ((), ("--reference", week)):
        for option in ("--reference-since", "--reference-until"):
            told = wurao(*options, *reference, option, "2026-11-01", status=2).stderr
            assert "choose days of a log" in told
