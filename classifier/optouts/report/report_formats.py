"""Writes a report as HTML, CSV or JSON."""

import csv
import html
import io
import json
import re
from dataclasses import dataclass
from enum import StrEnum

from classifier.csv_cells import defuse
from classifier.optouts.report.report_tables import Cell, Report, ReportTable

_MARK = "\ufeff"
_STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.6 "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; color: #1c1e21; margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; border-left: .25rem solid #0b6e4f;
  padding-left: .6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0;
  color: #444; }
dt { font-weight: 600; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #d5d9dd; padding: .3rem .5rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
thead th { background: #f0f3f2; border-bottom: 2px solid #0b6e4f; white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; }
th.number { text-align: right; }
td.share { width: 12rem; white-space: nowrap; }
td.share meter { width: 7rem; height: .8rem; vertical-align: middle; }
p.note, p.empty { color: #555; margin: .3rem 0 0; font-size: .9rem; }
footer { margin-top: 2.5rem; border-top: 1px solid #d5d9dd; padding-top: .6rem; color: #555;
  font-size: .9rem; }
@page { size: A4; margin: 18mm 15mm; }
@media print {
  body { font-size: 10pt; max-width: none; padding: 0; }
  section { break-inside: avoid-page; } section.long { break-inside: auto; }
  thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; }
}
"""
_LONG_TABLE = 20


class ReportFormat(StrEnum):
    """How a report is written."""

    HTML = "html"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as a file.

    Attributes:
        media_type: With its character set.
        name: Of the file.
        content: Its bytes.
    """

    media_type: str
    name: str
    content: bytes


def write_report(report: Report, form: ReportFormat) -> ReportFile:
    """Return a report as a file.

    Args:
        report: The figures.
        form: How it is written.
    """
    name = f"optouts-{re.sub(r'[^A-Za-z0-9-]', '_', report.tenant)}-{report.month}.{form}"
    if form is ReportFormat.HTML:
        return ReportFile("text/html; charset=utf-8", name, _html(report).encode())
    if form is ReportFormat.CSV:
        return ReportFile("text/csv; charset=utf-8", name, (_MARK + _csv(report)).encode())
    return ReportFile("application/json", name, _json(report).encode())


def _html(report: Report) -> str:
    title = f"拒绝联系登记月度报告 {report.month}"
    head = {
        "主体": report.tenant,
        "月份": report.month,
        "适用法域": "、".join(report.profiles),
        "策略版本": report.policy,
        "时区": report.zone,
        "制表时间": report.made_at,
    }
    facts = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in head.items()
    )
    sections = "\n".join(_section(table) for table in report.tables)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{html.escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{html.escape(title)}</h1>
<dl>{facts}</dl></header>
<main>
{sections}
</main>
<footer>本报告由登记系统依据不可篡改的事件记录自动生成,不含电话号码、姓名或通话内容。</footer>
</body>
</html>
"""


def _section(table: ReportTable) -> str:
    note = f'<p class="note">{html.escape(table.note)}</p>' if table.note else ""
    kind = ' class="long"' if len(table.rows) > _LONG_TABLE else ""
    if not table.rows:
        body = '<p class="empty">本月没有。</p>'
    else:
        heads = "".join(
            f'<th scope="col"{_kind_of(table, i)}>{html.escape(name)}</th>'
            for i, (_key, name) in enumerate(table.columns)
        )
        rows = "\n".join(
            f"<tr>{''.join(_html_cell(cell) for cell in row)}</tr>" for row in table.rows
        )
        body = f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    title = html.escape(table.title)
    return f'<section id="{table.key}"{kind}><h2>{title}</h2>\n{body}\n{note}</section>'


def _kind_of(table: ReportTable, column: int) -> str:
    whole = all(type(row[column]) is int for row in table.rows)
    return ' class="number"' if whole else ""


def _html_cell(cell: Cell) -> str:
    if isinstance(cell, float):
        share = f"{cell:.1%}"
        return f'<td class="share"><meter value="{cell:.4f}">{share}</meter> {share}</td>'
    if isinstance(cell, int):
        return f'<td class="number">{cell:,}</td>'
    return f"<td>{html.escape(cell)}</td>"


def _csv(report: Report) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["拒绝联系登记月度报告", defuse(report.tenant), report.month])
    writer.writerow(["适用法域", "、".join(report.profiles), "策略版本", report.policy])
    writer.writerow(["时区", report.zone, "制表时间", report.made_at])
    for table in report.tables:
        writer.writerow([])
        writer.writerow([table.title])
        writer.writerow([name for _key, name in table.columns])
        for row in table.rows:
            writer.writerow([_csv_cell(cell) for cell in row])
        if table.note:
            writer.writerow([table.note])
    return out.getvalue()


def _csv_cell(cell: Cell) -> str:
    return f"{cell:.4f}" if isinstance(cell, float) else defuse(str(cell))


def _json(report: Report) -> str:
    tables = {
        table.key: {
            "title": table.title,
            "note": table.note,
            "rows": [
                dict(zip((key for key, _name in table.columns), row, strict=True))
                for row in table.rows
            ],
        }
        for table in report.tables
    }
    whole = {
        "tenant": report.tenant,
        "month": report.month,
        "time_zone": report.zone,
        "made_at": report.made_at,
        "policy": report.policy,
        "profiles": list(report.profiles),
        "tables": tables,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
