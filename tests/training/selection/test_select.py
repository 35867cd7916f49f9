"""Turns picked from transcripts for labelling."""

import csv
import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from classifier.decision_log.decisions import LoggedDecision, decision_to_record
from classifier.errors import DataError, OutputError
from classifier.masking.mask import mask_text
from classifier.model_bundle import Bundle, load_bundle
from classifier.records import Record, turn_from_record
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
from tests.training.exchange.test_intake import write_hard
from training.exchange.formats import READERS, WRITERS
from training.exchange.intake import sort_incoming
from training.exchange.outflow import read_split_records
from training.selection.candidates import answer_of
from training.selection.known import KnownTurns, read_known
from training.selection.options import DEFAULT_SHARES, Criterion, SelectionOptions
from training.selection.select import Selection, select_turns

ORDINARY = "今天明天后天早上下午晚上我们他们去来吃看买卖书车房饭花水山城市天气好坏大小高低快慢"


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    """The tiny model."""
    return load_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def known(tiny_data: Path) -> KnownTurns:
    """What the tiny data set holds."""
    return read_known(tiny_data)


def ordinary(count: int) -> list[Record]:
    """Turns of all kinds of words, none like another."""
    size = len(ORDINARY)
    texts = (
        "".join(ORDINARY[(i * (j + 2) + j * j) % size] for j in range(9)) for i in range(count)
    )
    return [{"text": text, "channel": "chat"} for text in dict.fromkeys(texts)]


def scored(record: Record, bundle: Bundle, opt_out: float, **more: Any) -> Record:
    """A record with a prediction as `wurao classify` writes it."""
    scores = {"opt_out": opt_out, "complaint": 0.0, "normal": 1 - opt_out}
    version = bundle.manifest.version
    told = {"label": "normal", "scores": scores, "rule": "", "model_version": version} | more
    return record | {"prediction": told}


def lines(path: Path, records: Sequence[Record]) -> Path:
    """A file of records."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return path


def pick(path: Path, bundle: Bundle, known: KnownTurns, options: SelectionOptions) -> Selection:
    """A selection whose progress nobody watches."""
    return select_turns(path, bundle, known, options, lambda _rows: None)


def by(selection: Selection, criterion: Criterion) -> list[str]:
    """The texts that a criterion picked."""
    return [r["text"] for r in selection.records if r["selection"]["by"] == criterion]


def test_each_criterion_picks_its_own(bundle: Bundle, known: KnownTurns, tmp_path: Path) -> None:
    """Wavering, unheard, typical and random turns come in their shares."""
    records = [scored(record, bundle, 0.01) for record in ordinary(300)]
    doubtful = [
        {"text": t, "channel": "chat"}
        for t in ("你别老这样行不行呀", "我看还是算了吧真的", "这事以后再也休提")
    ]
    records += [scored(record, bundle, 0.49) for record in doubtful]
    unheard = {"text": "退订，行程改了钱退就行", "channel": "sms"}
    records.append(scored(unheard, bundle, 0.02))
    shares = dict.fromkeys(Criterion, 0.25)
    selection = pick(
        lines(tmp_path / "in.jsonl", records), bundle, known, SelectionOptions(12, shares)
    )
    assert len(selection.records) == 12
    assert {r["text"] for r in doubtful} <= {*by(selection, Criterion.UNCERTAINTY)} | {
        *by(selection, Criterion.RANDOM)
    }
    assert by(selection, Criterion.DISAGREEMENT) == [unheard["text"]]
    assert len(by(selection, Criterion.RANDOM)) == 3
    # What the floor could not give, diversity did.
    assert len(by(selection, Criterion.DIVERSITY)) == 5
    assert all(record["selection"]["why"] for record in selection.records)
    assert selection.tally.new == len(records)


def test_personal_data_goes_and_unknown_fields_with_it(
    bundle: Bundle, known: KnownTurns, tmp_path: Path
) -> None:
    """Nothing that is written out holds a number or name of the transcripts, in whatever field."""
    record = {
        "id": "13800138000",
        "group": "call-77",
        "caller": "13800138000",
        "text": "我叫王小明 幺三八零零幺三八零零零",
        "context": [{"speaker": "bot", "text": "请问是王小明先生吗", "number": "13800138000"}],
        "alternatives": [{"text": "我叫王小明 13800138000", "confidence": 0.5}],
    }
    path = lines(tmp_path / "in.jsonl", [record])
    selection = pick(path, bundle, known, SelectionOptions(1, DEFAULT_SHARES))
    [picked] = selection.records
    said = json.dumps(picked, ensure_ascii=False)
    assert "13800138000" not in said
    assert "小明" not in said
    assert picked["text"] == "我叫[NAME] [PHONE]"
    assert picked["group"] == "call-77"
    assert "id" not in picked


def test_a_log_of_decisions_says_what_each_line_stands_for(
    bundle: Bundle, known: KnownTurns, tmp_path: Path
) -> None:
    """What `wurao decisions read` writes is drawn by its `share`, and answers in it are used."""
    rare, common = ordinary(2)
    records = [
        scored(rare, bundle, 0.5, label="opt_out") | {"share": 1.0},
        scored(common, bundle, 0.0) | {"share": 0.001},
        scored(common, bundle, 0.0) | {"share": 5e-324},
    ]
    path = lines(tmp_path / "decided.jsonl", records)
    shares = {by: float(by is Criterion.RANDOM) for by in Criterion}
    drawn = pick(path, bundle, known, SelectionOptions(1, shares))
    assert by(drawn, Criterion.RANDOM) == [common["text"]]
    assert drawn.records[0]["selection"]["why"] == "drawn, 1 of 1,001 new turns"
    assert drawn.tally.problems == [(3, "share: must be 0.000001 or more")]


@pytest.mark.parametrize("score", [10**400, float("inf"), float("nan"), -5, 0.5])
def test_scores_that_are_no_probabilities_are_asked_anew(bundle: Bundle, score: float) -> None:
    """A file of other hands neither ends the selection nor leads it astray."""
    [record] = ordinary(1)
    turn, classifier = turn_from_record(record), TurnClassifier(bundle)
    asked = answer_of(record, turn, classifier)
    given = scored(record, bundle, 0.25)
    assert answer_of(given, turn, classifier).scores == (0.25, 0.0, 0.75)
    given["prediction"]["scores"]["complaint"] = score
    assert answer_of(given, turn, classifier) == asked


def test_what_the_data_set_holds_is_passed_over(
    bundle: Bundle, known: KnownTurns, tiny_data: Path, tmp_path: Path
) -> None:
    """Labelled turns are counted by label and not picked, nor is a frozen text in any context."""
    labelled = list(read_split_records(tiny_data, "train"))[:40]
    frozen = next(
        r for r in read_split_records(tiny_data, "test") if len(r["text"]) > 8 and r["context"]
    )
    records = [{k: r[k] for k in ("channel", "context", "text")} for r in labelled]
    records.append({"text": frozen["text"], "channel": "web"})
    new = {"text": "往后有事写信 千万莫再摇我这电话", "channel": "chat"}
    path = lines(tmp_path / "in.jsonl", [*records, new])
    selection = pick(path, bundle, known, SelectionOptions(10, DEFAULT_SHARES))
    assert [record["text"] for record in selection.records] == [new["text"]]
    assert selection.tally.known.total() == 41
    assert selection.tally.known["frozen_text"] == 1
    labels = {label: [r["label"] for r in labelled].count(label) for label in ("normal", "opt_out")}
    assert {label: selection.tally.known[label] for label in labels} == labels


def test_what_the_data_set_holds_is_known_in_a_log(
    bundle: Bundle, tiny_data: Path, tmp_path: Path
) -> None:
    """A log keeps one line of the context, and masks that and the turn."""
    [path] = (tiny_data / "train").glob("*.jsonl")
    record = json.loads(path.read_text("utf-8").splitlines()[0])
    said = [
        ("user", "喂喂"),
        ("bot", "尾号13800138000的机主您好"),
        ("user", "我是"),
        ("user", "嗯"),
    ]
    record |= {"text": "我不用13800138000了", "label": "normal", "kind": "other", "reasons": []}
    record |= {"context": [{"speaker": speaker, "text": text} for speaker, text in said]}
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    lines(data / "train" / "x.jsonl", [record])
    turn = turn_from_record(record)
    answer = TurnClassifier(bundle).classify(turn)
    logged = decision_to_record(LoggedDecision(0, "", turn, 9, answer, 1.0), mask_text)
    assert len(logged["context"]) == 1
    assert "[PHONE]" in logged["text"]
    source = lines(tmp_path / "log.jsonl", [logged])
    selection = pick(source, bundle, read_known(data), SelectionOptions(1, DEFAULT_SHARES))
    assert selection.tally.known == {"normal": 1}


def test_what_the_reader_alone_learns_is_passed_over_too(small_data: Path) -> None:
    """Nobody is asked again for a label that stands in ``hard``."""
    text = "他说别打了 我没说"
    write_hard(small_data, id="h1", group="h1", text=text, label="normal", kind="reported")
    assert read_known(small_data).label_of(Turn(text)) == "normal"


def test_picked_turns_can_be_labelled_and_come_back(
    bundle: Bundle, known: KnownTurns, tiny_data: Path, tmp_path: Path
) -> None:
    """Each format but Rasa's takes turns without labels; labelled there, they are new turns."""
    path = lines(tmp_path / "in.jsonl", ordinary(30))
    records = pick(path, bundle, known, SelectionOptions(5, DEFAULT_SHARES)).records
    with pytest.raises(OutputError, match="without a label"):
        WRITERS["rasa"](tmp_path / "turns.yml", records)
    for name in ("records", "doccano", "label-studio", "csv", "excel"):
        target = tmp_path / f"turns.{name}"
        WRITERS[name](target, records)
        assert all(
            found.record is None or "label" not in found.record for found in READERS[name](target)
        )
        WRITERS[name](target, [record | {"label": "normal"} for record in records])
        intake = sort_incoming(READERS[name](target), tiny_data, "other")
        assert len(intake.new) == 5, (name, intake.refused)
        assert not intake.refused
        assert all(record["selection"]["why"] for record in intake.new.values())


def test_any_archive_will_do(bundle: Bundle, known: KnownTurns, tmp_path: Path) -> None:
    """CSV, Parquet and packed files give what plain lines give; bad rows are named and counted."""
    records = ordinary(40)
    plain = lines(tmp_path / "in.jsonl", records)
    with plain.open("a") as file:
        file.write("{\n" + json.dumps({"text": ""}) + "\n")
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = tmp_path / "in.csv"
    with table.open("w", encoding="utf-8", newline="") as cells:
        writer = csv.DictWriter(cells, ["text", "channel"])
        writer.writeheader()
        writer.writerows(records)
    columns = tmp_path / "in.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), columns)
    options = SelectionOptions(10, DEFAULT_SHARES)
    wanted = pick(plain, bundle, known, options)
    assert wanted.tally.bad == 2
    assert [row for row, _problem in wanted.tally.problems] == [41, 42]
    assert pick(packed, bundle, known, options).records == wanted.records
    for other in (table, columns):
        found = pick(other, bundle, known, options).records
        assert [r["text"] for r in found] == [r["text"] for r in wanted.records]


def test_seeds_draw_and_runs_repeat(bundle: Bundle, known: KnownTurns, tmp_path: Path) -> None:
    """The same seed gives the same turns, another one other random turns."""
    path = lines(tmp_path / "in.jsonl", ordinary(120))
    first, again = (
        pick(path, bundle, known, SelectionOptions(20, DEFAULT_SHARES)) for _ in range(2)
    )
    assert first.records == again.records
    other = pick(path, bundle, known, SelectionOptions(20, DEFAULT_SHARES, seed=1))
    assert by(other, Criterion.RANDOM) != by(first, Criterion.RANDOM)


@pytest.mark.parametrize(
    ("number", "shares", "problem"),
    [
        (10, dict.fromkeys(Criterion, 0.5), r"sum to 1; they are random 0\.5"),
        (10, {Criterion.RANDOM: 1.5, Criterion.DIVERSITY: -0.5}, r"diversity -0\.5"),
        (10, {Criterion.RANDOM: float("nan")}, "they are random nan"),
        (5, {}, "they are random 0, disagreement 0"),
        (0, DEFAULT_SHARES, "number: must be 1 or more"),
    ],
)
def test_options_that_pick_nothing_are_refused(
    number: int, shares: dict[Criterion, float], problem: str
) -> None:
    """Shares that leave something over are refused by name, as is a number of no turns."""
    with pytest.raises(DataError, match=problem):
        SelectionOptions(number, shares)


def test_a_criterion_that_is_left_out_picks_nothing(
    bundle: Bundle, known: KnownTurns, tmp_path: Path
) -> None:
    """Who wants random turns names no other share."""
    path = lines(tmp_path / "in.jsonl", ordinary(30))
    picked = pick(path, bundle, known, SelectionOptions(5, {Criterion.RANDOM: 1}))
    assert len(by(picked, Criterion.RANDOM)) == len(picked.records) == 5
