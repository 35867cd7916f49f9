"""The file of gates is read whole or refused with the remedy."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from classifier.errors import DataError
from training.gates.rules import DEFAULT_GATES, Measure, read_gates
from training.gates.slices import ORDINARY

LAW = json.dumps({"id": "l1", "text": "TD", "channel": "sms", "source": "a law"})
GATE = '[[gate]]\nname = "g"\nmeasure = "opt_out_recall"\nat_least = 0.5\n'


def write(folder: Path, gates: str, law: str = LAW, pinned: str | None = None) -> Path:
    """Write a file of gates beside its statutory words."""
    (folder / "law.jsonl").write_text(law, "utf-8")
    digest = pinned or hashlib.sha256(law.encode()).hexdigest()
    path = folder / "gates.toml"
    path.write_text(f'[statutory]\nfile = "law.jsonl"\nsha256 = "{digest}"\n{gates}', "utf-8")
    return path


def test_the_gates_of_the_repository_are_sound() -> None:
    """They pin their statutory words, among them every word that 47 CFR 64.1200(a)(10) names."""
    gates = read_gates()
    words = {s.turn.text.lower() for s in gates.statutory}
    assert {"stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"} <= words
    assert {"退订", "别再打了", "唔好再打嚟"} <= words
    assert all(s.source for s in gates.statutory)
    assert len({s.id for s in gates.statutory}) == len(gates.statutory)


def test_nothing_that_can_be_measured_goes_without_a_limit() -> None:
    """Each measure is bounded by itself and beside the champion, complaints by slice too."""
    gates = read_gates().gates
    bounded = {g.measure for g in gates if g.at_least is not None or g.at_most is not None}
    compared = {g.measure for g in gates if g.may_lose is not None}
    assert bounded == set(Measure)
    assert compared == set(Measure) - {Measure.OPT_OUT_HEARD}  # what is stopped is compared
    sliced = {g.each for g in gates if g.measure is Measure.COMPLAINT_RECALL and g.each}
    assert sliced == {"channel", "script"}
    ordinary = [g for g in gates if g.measure is Measure.ASKED_BACK]
    assert all(g.where == ORDINARY for g in ordinary)


def test_other_gates_add_to_the_law_and_are_told(tmp_path: Path) -> None:
    """No file takes a statutory word away; a copy of the repository's file is the same gates."""
    built_in = read_gates()
    assert built_in.built_in
    path = write(tmp_path, GATE)
    own = read_gates(path)
    assert not own.built_in
    assert own.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert own.statutory[:-1] == built_in.statutory
    assert own.statutory[-1].id == "l1"
    path.write_text(GATE, "utf-8")
    assert read_gates(path).statutory == built_in.statutory
    for name in (DEFAULT_GATES.name, "statutory.jsonl"):
        shutil.copy(DEFAULT_GATES.with_name(name), tmp_path)
    assert read_gates(tmp_path / DEFAULT_GATES.name) == built_in


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("opt_out_recall", "luck"), "needs a name, and a measure"),
        (("at_least = 0.5", "at_least = 2"), "each from 0 to 1"),
        (("at_least = 0.5", ""), "needs at_least, at_most, may_lose or significance"),
        (("at_least = 0.5", 'at_least = 0.5\nsplit = "train"'), "split: must be one of test"),
        (("at_least = 0.5", 'at_least = 0.5\njudge = "me"'), "judge: must be"),
        (("at_least = 0.5", 'at_least = 0.5\neach = "mood"'), "each: must be one of channel"),
        (("at_least = 0.5", "at_least = 0.5\nwhere = {mood = 1}"), "where: may have channel"),
        (("at_least = 0.5", "at_last = 0.5"), "at_last: must be one of"),
        (("at_least = 0.5", "at_least = true"), "each from 0 to 1"),
        (("at_least = 0.5", "at_least = nan"), "each from 0 to 1"),
        (("at_least = 0.5", 'at_least = "all"'), "each from 0 to 1"),
        (("at_least = 0.5", 'at_least = 0.5\neach = ["label"]'), "each: must be one of channel"),
        (("at_least = 0.5", "at_least = 0.5\neach = {a = 1}"), "each: must be one of channel"),
        (("at_least = 0.5", "at_least = 0.5\nsplit = []"), "split: must be one of test"),
        (("at_least = 0.5", 'at_least = 0.5\nhard = "no"'), "hard: must be true or false"),
        (
            ("at_least = 0.5", 'at_least = 0.5\nwhere = {characters_at_least = "5"}'),
            "where: may have .*; characters_at_least a number",
        ),
        (("at_least = 0.5", "at_least = 0.5\nwhere = {kind = 5}"), "where: may have channel"),
        (("at_least = 0.5", "at_least = 0.5\nat_most = 0.4"), "at_least: is above at_most"),
        ((GATE, GATE + GATE), "g: is the name of two gates"),
        (("law.jsonl", r"law\u0000.jsonl"), "file: no file has such a name"),
        (('"g"', "5"), "name: must be a string"),
        (("opt_out_recall", "cases_passed"), "needs split = behaviour"),
        ((GATE, ""), r"one \[\[gate\]\] or more"),
        (("[[gate]]", "[gate]"), r"one \[\[gate\]\] or more"),
        (("[[gate]]", "[[statutry]]\n[[gate]]"), r"may hold \[statutory\], no more"),
        ((GATE, "[gate]"), r"one \[\[gate\]\] or more"),
        ((GATE, "[[gate]]"), "needs a name"),
    ],
)
def test_wrong_gate_is_named(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """A slip in the file opens no gate by accident."""
    path = write(tmp_path, GATE)
    path.write_text(path.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(DataError, match=problem):
        read_gates(path)


def test_changed_statutory_words_are_refused(tmp_path: Path) -> None:
    """Nobody drops a word of the law without a line in the gates that a reviewer sees."""
    with pytest.raises(DataError, match=r"law\.jsonl: was changed"):
        read_gates(write(tmp_path, GATE, pinned="0" * 64))
    with pytest.raises(DataError, match=r"law\.jsonl: holds no turns"):
        read_gates(write(tmp_path, GATE, law=""))
    with pytest.raises(DataError, match=r"law\.jsonl:1: source: is missing"):
        read_gates(write(tmp_path, GATE, law='{"id": "l1", "text": "TD"}'))
