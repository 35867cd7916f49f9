"""The operator's pages against what the server does."""

import math
import re
from importlib import import_module

from classifier.optouts.derived.whole_state import whole_state
from classifier.server.security.permissions import METHOD_ROLES, Role
from classifier.server.telemetry.figure_families import FAMILIES
from classifier.server.telemetry.figures import Figures
from classifier.server.telemetry.metrics import FiguresCollector
from cli.optouts.verbs import VERBS
from tests.conftest import ROOT

OPERATION = (ROOT / "docs" / "operation.md").read_text("utf-8")


def told_metrics() -> set[str]:
    """Return the names that the page's table tells, as families."""
    rows = re.findall(r"^\| `(wurao_\w+)` \|", OPERATION, re.MULTILINE)
    return {name.removesuffix("_total") for name in rows}


def test_every_metric_is_in_the_table() -> None:
    """No metric without a row, no row without a metric, and each with its labels."""
    exposed = {metric.name for metric in FiguresCollector([Figures()]).collect()}
    assert told_metrics() == exposed
    for family in FAMILIES:
        (row,) = re.findall(rf"^\| `{family.name}(?:_total)?` \| (.*?) \|", OPERATION, re.MULTILINE)
        assert tuple(re.findall(r"`(\w+)`", row)) == family.label_names


def test_queries_speak_of_what_is_exposed() -> None:
    """An operator can paste each of them."""
    exposed = {metric.name for metric in FiguresCollector([Figures()]).collect()}
    for query in re.findall(r"```promql\n(.*?)```", OPERATION, re.DOTALL):
        names = re.findall(r"\bwurao_\w+", query)
        assert names
        assert {re.sub(r"_(total|bucket|count)$", "", name) for name in names} <= exposed


def test_every_kind_of_event_is_named() -> None:
    """Who filters the log of events by kind reads there which kinds there are."""
    part = _section("What events are named")
    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", part)) == set(whole_state().appliers)


def test_every_call_stands_beside_the_roles_that_may_make_it() -> None:
    """As the server's own table has it; what several groups may do is said by their words."""
    words = {
        "those of `registry.read` but the checks": ("GetSubject", "ListOptOuts", "ListCallers",
                                                    "ListNotices", "ListGivenNotices"),
        "all about reviews and cases": ("ListReviews", "ClaimReview", "ReleaseReview",
                                        "ResolveReview", "ListCases", "AnswerCase", "CloseCase"),
    }  # fmt: skip
    table = _section("Who may make which call")
    rows = re.findall(r"^\| `([a-z.]+)` \| (.*) \|$", table, re.MULTILINE)
    assert {name for name, _calls in rows} == set(Role)
    for name, calls in rows:
        told = set(re.findall(r"`([A-Z]\w+)`", calls))
        for said, meant in words.items():
            told |= set(meant) if said in calls else set()
        methods = {m.rpartition("/")[2] for m, roles in METHOD_ROLES.items() if name in roles}
        assert told == methods - {"GetModel", "ServerReflectionInfo"}


def _section(title: str) -> str:
    page = (ROOT / "docs" / "registry.md").read_text("utf-8")
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_links_of_the_pages_lead_somewhere() -> None:
    """Each relative link of a page in docs/ is a file."""
    for page in (ROOT / "docs").glob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_capacity_table_is_the_arithmetic_that_it_says() -> None:
    """Each row follows from the figures above it."""
    page = (ROOT / "docs" / "capacity.md").read_text("utf-8")
    number = r"([\d,.]+)"
    sums = re.search(rf"{number} \+ {number} x {number} = \*\*{number} ms", page)
    assert sums
    linear, share, reading, total = map(float, sums.groups())
    assert f"| {linear} ms |" in page
    assert f"| {reading} ms |" in page
    assert abs(linear + share * reading - total) < 1e-9
    seconds = total / 1000
    rows = re.findall(rf"^\| {' [|] '.join([number] * 6)} \|$", page, re.MULTILINE)
    assert len(rows) == 3
    for row in rows:
        calls, turns, mean, busiest, busy, planned = (float(c.replace(",", "")) for c in row)
        assert turns == calls * 8
        assert mean == round(turns / 86_400)
        assert busiest == round(turns / 86_400 * 3)
        assert abs(busy - turns / 86_400 * 3 * seconds) < 0.006
        assert planned == math.ceil(busy / 0.6)
    alone = re.search(rf"linear model alone \| {number} \| {number}", page)
    both = re.search(rf"with the second reader \| {number} \| {number}", page)
    assert alone
    assert both
    for found, cost in ((alone, linear / 1000), (both, seconds)):
        full, part = (float(c.replace(",", "")) for c in found.groups())
        assert full == round(86_400 / cost)
        assert part == round(0.6 * 86_400 / cost)


def test_the_share_of_second_readings_is_one_figure() -> None:
    """Of ordinary talk the three pages that tell it tell the same."""
    capacity = (ROOT / "docs" / "capacity.md").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    benchmarks = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    (share,) = re.findall(r"share of turns read a second time \| ([\d.]+) ", capacity)
    told = re.findall(r"of ordinary real talk it is asked about (\d+) %", readme)
    told += re.findall(r"of ordinary talk it is some (\d+) %", benchmarks)
    assert told == [f"{float(share) * 100:.0f}"] * 2


def test_the_verbs_without_json_are_named() -> None:
    """A script may ask any other of `wurao optouts` for it."""
    page = (ROOT / "docs" / "registry.md").read_text("utf-8")
    (named,) = re.findall(r"all take `--json` but (.+?)\. ", page)
    without = {
        verb
        for verb, (module, _line) in VERBS.items()
        if not any("--json" in one.opts for one in import_module(module).command.params)
    }
    assert set(re.findall(r"`([\w-]+)`", named)) == without
