"""The report as HTML, CSV and JSON."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.registry import Registry
from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.report.report_formats import ReportFormat, write_report
from classifier.optouts.report.report_month import report_month
from classifier.optouts.report.report_tables import Report
from classifier.optouts.times import moment, now_us

_VOID = {"meta", "br", "hr", "img", "link", "input"}


class StrictParser(HTMLParser):
    """Reads HTML and complains where a tag is not closed, or closed out of order."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        assert len({name for name, _value in attrs}) == len(attrs), f"{tag}: attribute twice"
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last, and no other."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text.append(data)


@pytest.fixture
def report(busy: Registry, policies: Policies) -> Report:
    """The report on a busy month."""
    zone = policies.of("acme").zone
    month = moment(now_us()).astimezone(zone).strftime("%Y-%m")
    assert report_month(month, zone).contains(now_us())
    return monthly_report(busy, policies, "acme", month)


def test_the_page_is_whole_and_runs_nothing(report: Report) -> None:
    """HTML is well formed, holds every table, loads nothing from anywhere and runs no script."""
    file = write_report(report, ReportFormat.HTML)
    page = file.content.decode()
    parser = StrictParser()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh-CN">')
    tags = [tag for tag, _attributes in parser.seen]
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(tags)
    named = [name for _tag, attributes in parser.seen for name in attributes]
    assert not any(name.startswith("on") or name in {"src", "href"} for name in named)
    assert "url(" not in page
    assert "http" not in page.replace("http-equiv", "")
    ids = [attributes["id"] for tag, attributes in parser.seen if tag == "section"]
    assert ids == [table.key for table in report.tables]
    assert "小爱<script>alert(1)</script>" in "".join(parser.text)
    assert tags.count("meter") == sum(
        isinstance(cell, float) for table in report.tables for row in table.rows for cell in row
    )


def test_every_row_of_a_table_has_every_column(report: Report) -> None:
    """No table has a row that is longer or shorter than its head."""
    for table in report.tables:
        assert all(len(row) == len(table.columns) for row in table.rows), table.key


def test_a_spreadsheet_opens_the_csv(report: Report) -> None:
    """CSV begins with the mark of UTF-8, holds the figures and starts no formula."""
    content = write_report(report, ReportFormat.CSV).content
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert ["语音机器人通话", "5", "0.7143"] in lines
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)


def test_programs_read_the_json(report: Report) -> None:
    """JSON holds each table under its key, each cell under that of its column."""
    content = json.loads(write_report(report, ReportFormat.JSON).content)
    assert content["month"] == report.month
    assert content["tables"]["requests_by_channel"]["rows"][0] == {
        "item": "语音机器人通话", "count": 5, "share": 0.7143
    }  # fmt: skip
    assert set(content["tables"]) == {table.key for table in report.tables}
    assert content["tables"]["complaints"]["rows"][0]["closed_unanswered"] == 0


@pytest.mark.parametrize("form", list(ReportFormat))
def test_every_form_says_what_was_closed_without_an_answer(
    report: Report, form: ReportFormat
) -> None:
    """People read its heading, programs its key."""
    text = write_report(report, form).content.decode("utf-8-sig")
    assert ("closed_unanswered" if form is ReportFormat.JSON else "未答复即办结") in text


@pytest.mark.parametrize("form", list(ReportFormat))
def test_no_personal_data_is_in_it(report: Report, form: ReportFormat) -> None:
    """No format holds a number, a text, a note, or the name of whoever worked on it."""
    file = write_report(report, form)
    text = file.content.decode("utf-8-sig")
    for secret in (
        "138000000",
        "别再打了",
        "一天八个电话",
        "来电同意",
        "听过录音",
        "林小姐",
        "bot-7",
    ):
        assert secret not in text
    assert not re.search(r"\+?\d{11,}(?![0-9a-f])", re.sub(r"[0-9a-f]{64}", "", text))
    assert file.name == f"optouts-acme-{report.month}.{form}"
