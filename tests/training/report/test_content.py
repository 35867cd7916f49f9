"""What a report says, held against figures worked out by hand or another way."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # ruff: ignore[suspicious-xml-etree-import]  # our own file

import numpy as np
import pytest

from classifier.errors import DataError
from classifier.manifest import Thresholds
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action, Channel, ContextTurn, Label, Prediction, Speaker, Turn
from tests.training.report.conftest import HOSTILE
from training.answers import Answer
from training.checks import read_checked
from training.dataset import LabelledTurn, Place
from training.report.conversations import find_conversations, score_conversations
from training.report.curves import histogram, threshold_curves
from training.report.headline import headline, outcomes, rate
from training.report.neighbours import LEAST_LIKENESS, nearest_turns
from training.report.plots import draw_plots
from training.report.slices import slice_scores
from training.report.write import (
    JSON,
    JUNIT,
    ReportOptions,
    build_report,
    write_report,
)

_SCORES = {
    Label.OPT_OUT: (0.9, 0.05, 0.05),
    Label.COMPLAINT: (0.1, 0.8, 0.1),
    Label.NORMAL: (0.02, 0.08, 0.9),
}
_ACTIONS = {
    Label.OPT_OUT: Action.STOP,
    Label.COMPLAINT: Action.HANDOFF,
    Label.NORMAL: Action.CONTINUE,
}


def answer(
    label: Label,
    given: Label,
    text: str = "喂",
    group: str = "g",
    context: Sequence[ContextTurn] = (),
    action: Action | None = None,
    file: str = "plain.jsonl",
) -> Answer:
    """A turn with an answer that nobody had to compute."""
    turn = Turn(text, Channel.VOICE, tuple(context))
    labelled = LabelledTurn(
        f"id-{text}", group, turn, label, "other", False, (), "loan", "hans", Place(file, 1)
    )
    prediction = Prediction(given, _SCORES[given], action or _ACTIONS[given], "v")
    return Answer(labelled, prediction)


def test_headline_counts() -> None:
    """One opt-out of four is stopped; a stop of any other turn is false, ordinary or hard."""
    answers = [
        answer(Label.OPT_OUT, Label.OPT_OUT),
        answer(Label.OPT_OUT, Label.NORMAL, action=Action.CLARIFY),
        answer(Label.OPT_OUT, Label.NORMAL),
        answer(Label.OPT_OUT, Label.COMPLAINT),
        answer(Label.NORMAL, Label.OPT_OUT),
        answer(Label.COMPLAINT, Label.OPT_OUT),
        answer(Label.NORMAL, Label.NORMAL, file="data/test/ordinary_phone.jsonl"),
    ]
    found = headline(answers)
    parts = ("missed", "asked_back", "handed_over", "went_on")
    assert [found[name].per_thousand for name in parts] == [750, 250, 250, 250]
    stops = ("false_stops", "false_stops_ordinary", "false_stops_hard")
    assert [(found[name].hits, found[name].of) for name in stops] == [(2, 3), (0, 1), (2, 2)]
    assert math.isnan(headline(answers[:4])["complaints_missed"].per_thousand)


@pytest.mark.parametrize("counts", [(796, 69, 3, 19), (1, 1, 1, 0), (0, 1, 1, 5), (7, 0, 0, 0)])
def test_parts_of_a_thousand_add_up(counts: tuple[int, ...]) -> None:
    """What becomes of 1,000 opt-outs adds up to 1,000, and what is missed to what is shown."""
    answers = [
        answer(Label.OPT_OUT, Label.NORMAL, action=action)
        for action, count in zip(
            (Action.STOP, Action.CLARIFY, Action.HANDOFF, Action.CONTINUE), counts, strict=True
        )
        for _ in range(count)
    ]
    shown = outcomes(answers)
    assert sum(shown.values()) == 1_000
    assert shown["stop"] == 1_000 - round(headline(answers)["missed"].per_thousand)
    for action, count in zip(("stop", "clarify", "handoff", "continue"), counts, strict=True):
        assert abs(shown[action] - 1_000 * count / sum(counts)) < 1
    assert set(outcomes([]).values()) == {0}


def test_rate_is_honest_about_never() -> None:
    """None in twenty is no proof of none: the interval reaches to 161 of 1,000 (Wilson)."""
    never = rate([False] * 20, [str(i) for i in range(20)])
    assert (never.low, round(never.high)) == (0, 161)


def test_scenes_widen_the_interval() -> None:
    """Turns of one scene stand or fall together, so few scenes say less than many."""
    hits = [True, False] * 50
    alone = rate(hits, [str(i) for i in range(100)])
    together = rate(sorted(hits), [str(i // 25) for i in range(100)])
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_conversation_is_stopped_late() -> None:
    """An opt-out heard one turn later counts once, as a turn late and not as missed."""
    bot = ContextTurn(Speaker.BOT, "您好")
    first = ContextTurn(Speaker.USER, "别打了")
    answers = [
        answer(Label.OPT_OUT, Label.NORMAL, "别打了", "scene", (bot,)),
        answer(Label.OPT_OUT, Label.OPT_OUT, "说了别打了", "scene", (bot, first, bot)),
        answer(Label.NORMAL, Label.OPT_OUT, "喂喂", "other"),
    ]
    conversations = find_conversations(answers)
    assert [len(c.turns) for c in conversations] == [2, 1]
    found = score_conversations(_Unasked(), answers)  # type: ignore[arg-type]
    assert (found.conversations, found.longer, found.unlabelled_turns) == (2, 1, 0)
    assert found.heard_after == {"1": 1, "never": 0}
    assert (found.missed.hits, found.false_stops.hits) == (0, 1)


class _Unasked:
    """Every turn of this test has an answer already."""

    def classify(self, turn: Turn) -> Prediction:
        raise AssertionError(turn)


def test_threshold_curve_agrees_with_counting(content: dict[str, Any]) -> None:
    """At the stop threshold the curve agrees with counting; chosen points are on it."""
    answers = [answer(Label.OPT_OUT, Label.OPT_OUT)] * 3 + [answer(Label.OPT_OUT, Label.NORMAL)]
    answers += [answer(Label.NORMAL, Label.OPT_OUT)]
    curve = threshold_curves(answers, Thresholds(0.5, 0.03, 0.5, 1.0))[0]
    place = curve.thresholds.index(0.5)
    assert (curve.precision[place], curve.recall[place]) == (0.75, 0.75)
    assert curve.recall[0] == 1
    counts = histogram(answers)
    assert (sum(counts.right), sum(counts.wrong)) == (3, 2)
    for found in content["threshold_curves"]:
        assert set(found["chosen"].values()) <= set(found["thresholds"])
        assert found["recall"] == sorted(found["recall"], reverse=True)


def test_names_of_chosen_points_stay_off_the_curves(content: dict[str, Any]) -> None:
    """The name of a threshold in use lies on neither curve, so nobody takes it for the other's."""
    recall = np.linspace(1, 0, 201)

    def curve(label: str, bend: int, **chosen: float) -> dict[str, Any]:
        return {
            "label": label,
            "thresholds": [round(1 - r, 3) for r in recall],
            "precision": list(1 - 0.8 * recall**bend),
            "recall": list(recall),
            "chosen": chosen,
        }

    curves = [
        curve("opt_out", 20, stop=0.1, review=0.02),
        curve("complaint", 8, complaint=0.2),
    ]
    figure = draw_plots(content | {"threshold_curves": curves})["precision_recall"]
    figure.draw_without_rendering()
    names = figure.axes[0].texts
    assert [name.get_text() for name in names] == [
        "plot.at_stop", "plot.at_review", "plot.at_complaint",
    ]  # fmt: skip
    for name in names:
        for line in figure.axes[0].lines:
            path = line.get_transform().transform_path(line.get_path())
            if np.shape(path.vertices)[0] > 1:
                assert not path.intersects_bbox(name.get_window_extent(), filled=False), name


def test_slices_divide_the_test(content: dict[str, Any]) -> None:
    """The parts of each dimension hold every turn once, and the whole agrees with its parts."""
    turns = content["scores"]["test"]["turns"]
    assert set(content["slices"]) >= {"channel", "script", "length", "context", "kind", "noise"}
    for parts in content["slices"].values():
        assert sum(part["turns"] for part in parts) == turns
    for part in content["slices"]["kind"]:
        assert set(part) == {"label", "kind", "turns", "recall"}
        assert part["turns"] > 0
        assert part["recall"]["low"] <= part["recall"]["value"] <= part["recall"]["high"]
    alone = slice_scores([answer(Label.NORMAL, Label.NORMAL)])["channel"]
    assert [(part.value, part.accuracy.value) for part in alone] == [("voice", 1.0)]


def test_nearest_turn_is_itself(tiny_bundle: Path, tiny_data: Path) -> None:
    """A turn that was trained on is its own nearest, with a likeness of one."""
    known = read_checked(tiny_data)["train"][:300]
    asked = [turn.turn for turn in known[5:9]]
    found = nearest_turns(load_bundle(tiny_bundle), asked, known, 3)
    for turn, near in zip(known[5:9], found, strict=True):
        assert near[0].likeness == pytest.approx(1, abs=1e-5)
        assert near[0].turn.turn.text == turn.turn.text
        assert [n.likeness for n in near] == sorted((n.likeness for n in near), reverse=True)
        assert all(n.likeness >= LEAST_LIKENESS for n in near)
    unlike = Turn("天气预报说明天有雷阵雨")
    assert nearest_turns(load_bundle(tiny_bundle), [unlike], known, 3) == [[]]


def test_comparison_names_what_changed(content: dict[str, Any], tiny_bundle: Path) -> None:
    """Turns that the two models answer differently are listed, and no other."""
    changed = content["comparison"]["changed"]
    assert changed
    assert all(turn["old"] != turn["new"] for turn in changed)
    recall = content["comparison"]["rows"][0]["change"]
    counted = [t for t in changed if t["split"] == "test" and t["label"] == "opt_out"]
    assert recall["come"] == sum(t["new"] == "opt_out" for t in counted)
    assert recall["gone"] == sum(t["old"] == "opt_out" for t in counted)


def test_json_and_junit_hold_the_same(content: dict[str, Any], page: Path) -> None:
    """The three files agree; what XML can't hold is replaced, not left out."""
    written = json.loads((page.parent / JSON).read_text("utf-8"))
    assert written["mistakes"] == content["mistakes"]
    text = (page.parent / JUNIT).read_bytes()
    root = ElementTree.fromstring(text)  # ruff: ignore[suspicious-xml-element-tree-usage]
    _gates, suite = root
    assert root.get("failures") == "1", "gates that can't be held let no model pass"
    told = "".join(suite.itertext())
    failed = sum(len(suite["failures"]) for suite in content["behaviour"])
    assert told.count("behaviour case failed:") == failed
    assert "hostile-behaviour-2" in told
    properties = {p.get("name", ""): p.get("value", "") for p in root.iter("property")}
    assert "None" not in properties.values()
    error = content["calibration"]["error"]
    assert float(properties["test.calibration_error"]) == pytest.approx(error)
    assert any(name.startswith("test.channel.voice.opt_out.") for name in properties)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_cards_tell_the_figures(content: dict[str, Any], page: Path, language: str) -> None:
    """Model card and datasheet are there in both languages and quote the report, no transcript."""
    card = (page.parent / f"model_card.{language}.md").read_text("utf-8")
    sheet = (page.parent / f"datasheet.{language}.md").read_text("utf-8")
    recall = content["scores"]["test"]["labels"]["opt_out"]["recall"]["value"]
    assert f"| {100 * recall:.1f} |" in card
    assert content["model"]["data_digest"] in card
    turns = sum(content["data"]["splits"]["train"])
    assert f"| {turns:,} |" in sheet
    assert turns == content["model"]["turns"]["train"]
    assert not any(text in card + sheet for text in HOSTILE)


def test_changed_data_is_told(content: dict[str, Any], small_data: Path, page: Path) -> None:
    """A report on other data than the model learnt from says so; one on its own does not."""
    assert content["model"]["data_unchanged"]
    assert "changed since this model" not in page.read_text("utf-8")
    other = dict(content) | {"model": content["model"] | {"data_unchanged": False}}
    written = write_report(other, small_data / "report")[0]
    assert "changed since this model" in written.read_text("utf-8")


def test_broken_gates_are_refused(small_data: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """A gates file that can't be read right is an error of its own, no verdict on the model."""
    broken = tmp_path / "gates.toml"
    broken.write_text("[[gate]]\nname = 'g'\nmeasure = 'opt_out_recall'\n", "utf-8")
    with pytest.raises(DataError, match=r"gates\.toml"):
        build_report(small_data, tiny_bundle, ReportOptions(gates=broken), lambda _step: None)


def test_one_turn_is_enough(small_data: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """A data set of single turns gives a page that says what can't be judged, not a failure."""
    content = build_report(small_data, tiny_bundle, ReportOptions(), lambda _step: None)
    assert content["gates"]["problem"]
    assert not content["model"]["data_unchanged"]
    page = write_report(content, tmp_path / "report")[0].read_text("utf-8")
    assert "Not judged" in page
    assert TurnClassifier(load_bundle(tiny_bundle)).manifest.version in page
