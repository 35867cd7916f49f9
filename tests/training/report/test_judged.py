"""What a report makes of the gates: page, card, JUnit file, and gates that can't be read."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # ruff: ignore[suspicious-xml-etree-import]  # our own file

import pytest
from click.testing import CliRunner

from classifier.errors import OutputError, WuraoError
from classifier.turns import Label
from cli.main import wurao
from tests.training.gates.test_rules import write
from training.dataset import read_split
from training.report.write import JUNIT, ReportOptions, build_report, write_report

GATES = """
[[gate]]
name = "heard"
measure = "opt_out_recall"
at_least = 0.99
judge = "interval"

[[gate]]
name = "calm"
measure = "false_stops"
where = { file = "ordinary*" }
at_most = 0.25

[[gate]]
name = "no loss"
measure = "opt_out_recall"
each = "channel"
may_lose = 0.0
"""


@pytest.fixture(scope="module")
def judged(
    tiny_data: Path, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """A report on the tiny model by gates of its own, of which one stays shut."""
    gates = write(tmp_path_factory.mktemp("gates"), GATES)
    return build_report(tiny_data, tiny_bundle, ReportOptions(gates=gates))


def test_a_build_fails_where_a_gate_does(judged: dict[str, Any], tmp_path: Path) -> None:
    """Each gate is a case and nothing else is, so a model that may go live turns no build red."""
    shut = [verdict["gate"] for verdict in judged["gates"]["verdicts"] if not verdict["passed"]]
    assert shut == ["statutory words", "heard"]
    write_report(judged, tmp_path)
    root = ElementTree.parse(tmp_path / JUNIT).getroot()  # ruff: ignore[suspicious-xml-element-tree-usage]
    assert [suite.get("name") for suite in root] == ["gates", "behaviour"]
    cases = {case.get("name"): case for case in root[0].iter("testcase")}
    assert list(cases) == ["statutory words", "heard", "calm"]
    assert [name for name, case in cases.items() if case.find("failure") is not None] == shut
    assert (root[0].get("tests"), root[0].get("failures")) == ("3", "2")
    capabilities = {suite["capability"] for suite in judged["behaviour"]}
    assert {case.get("name") for case in root[1].iter("testcase")} == capabilities
    assert (root[1].get("failures"), root.get("failures")) == ("0", "2")


def test_a_capability_fails_where_its_gate_does(
    tiny_data: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Its case is red by the gate on it alone, with the cases that went wrong; others tell them."""
    own = '[[gate]]\nname = "each"\nmeasure = "cases_passed"\nsplit = "behaviour"\n'
    gates = write(tmp_path, f'{own}each = "capability"\nat_least = 1.0\n')
    content = build_report(tiny_data, tiny_bundle, ReportOptions(gates=gates))
    write_report(content, tmp_path)
    root = ElementTree.parse(tmp_path / JUNIT).getroot()  # ruff: ignore[suspicious-xml-element-tree-usage]
    wrong = {s["capability"]: s["failures"] for s in content["behaviour"] if s["failures"]}
    assert wrong
    for case in root[1].iter("testcase"):
        name = case.get("name", "")
        failure = case.find("failure")
        assert (failure is not None) == (name in wrong)
        told = case.findtext("system-out") if failure is None else failure.text
        assert "cases failed" in (told or "")
        assert all(
            f"{one['id']}: {one['label']} answered" in (told or "") for one in wrong.get(name, [])
        )
        assert failure is None or f"each: {name}: " in failure.get("message", "")


def test_the_headline_has_the_figures_that_are_gated(
    judged: dict[str, Any], tmp_path: Path
) -> None:
    """What a gate judges stands beside its limit, with the gate's own figure and interval."""
    verdicts = {verdict["gate"]: verdict for verdict in judged["gates"]["verdicts"]}
    heard, recall = verdicts["heard"], judged["scores"]["test"]["labels"]["opt_out"]["recall"]
    missed, calm = judged["headline"]["missed"], judged["headline"]["false_stops_ordinary"]
    assert (heard["low"], heard["high"]) == (recall["low"], recall["high"])
    assert missed["low"] == pytest.approx(1_000 * (1 - heard["high"]))
    assert calm["of"] == verdicts["calm"]["turns"]
    assert calm["high"] == pytest.approx(1_000 * verdicts["calm"]["high"])
    limits = judged["gates"]["headline"]
    assert limits["missed"]["per_thousand"] == pytest.approx(10)
    assert limits["false_stops_ordinary"]["passed"]
    page = write_report(judged, tmp_path)[0].read_text("utf-8")
    for said in ("the interval may reach 10.", "at most 250.", "No gate judges this.", "≥ 99 %"):
        assert said in page
    assert verdicts["statutory words"]["low"] is None, "all of a list is no sample"


def test_gates_that_were_left_out_are_counted(
    judged: dict[str, Any], tiny_data: Path, tmp_path: Path
) -> None:
    """Without another model, page and card say how many gates had nothing to compare with.

    A gate that is repeated for each channel counts as often as it would be judged.
    """
    turns = read_split(tiny_data, "test")[0]
    channels = len({turn.turn.channel for turn in turns if turn.label is Label.OPT_OUT})
    assert channels > 1
    assert judged["gates"]["left_out"] == channels
    page = write_report(judged, tmp_path)[0]
    assert f"another model were left out: {channels}." in page.read_text("utf-8")
    card = (tmp_path / "model_card.en.md").read_text("utf-8")
    assert f"{channels} more compare with another model and were left out" in card


def test_a_report_that_is_cut_off_leaves_the_old_one(
    judged: dict[str, Any], tmp_path: Path
) -> None:
    """A folder where the last of its files belongs stands for a disk that filled up."""
    old = write_report(judged, tmp_path)
    before = {path: path.read_bytes() for path in old[:-1]}
    (old[-1].with_name(f".{old[-1].name}.part")).mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(judged | {"made": "2031-01-01T00:00:00+00:00"}, tmp_path)
    assert {path: path.read_bytes() for path in old[:-1]} == before
    assert sorted(tmp_path.glob(".*")) == [old[-1].with_name(f".{old[-1].name}.part")]


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--gates", None, "cannot be read"),
        ("--gates", "[[gate]", "is not TOML"),
        ("--gates", "a = " + "[" * 3_000, "is not TOML: brackets are nested too deep"),
        ("--against", None, "no model bundle here"),
    ],
)
def test_a_wrong_file_is_told_before_the_work(
    tiny_data: Path, tiny_bundle: Path, tmp_path: Path, option: str, text: str | None, said: str
) -> None:
    """Gates that can't be read, and a bundle that is not there, stop the verb before it begins."""
    wrong, output = tmp_path / "wrong", tmp_path / "report"
    if text is not None:
        wrong.write_text(text, "utf-8")
    arguments = ["report", "--data", str(tiny_data), "--bundle", str(tiny_bundle)]
    result = CliRunner().invoke(wurao, [*arguments, option, str(wrong), "-o", str(output)])
    assert isinstance(result.exception, WuraoError)
    assert f"{wrong}: {said}" in str(result.exception)
    assert "reading the data" not in result.output
    assert not output.exists()
