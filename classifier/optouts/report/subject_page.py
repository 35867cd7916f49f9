"""Everything held on one subject, as a page that they can read."""

import html
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from classifier.optouts.events import Event
from classifier.optouts.records import Json, OptOut
from classifier.optouts.subject_rights import SubjectExport

_STYLE = """
body { font-family: sans-serif; margin: 2rem; line-height: 1.5; }
table { border-collapse: collapse; margin-bottom: 2rem; }
th, td { border: 1px solid #999; padding: .3rem .6rem; text-align: left; vertical-align: top; }
"""
_TITLE = "我们保存的关于您的信息"
_OPT_OUTS = ("编号", "状态", "范围", "渠道", "提出方式", "生效时间", "截止时间")
_EVENTS = ("编号", "时间", "事项", "经办", "您的原话或备注")
_WORDS = {
    "active": "有效",
    "revoked": "已撤销",
    "all": "全部联系",
    "campaign": "仅活动",
    "purpose": "仅用途",
    "opt_out_recorded": "登记拒绝联系",
    "opt_out_revoked": "撤销登记",
    "opt_out_narrowed": "缩小范围",
    "review_claimed": "人工复核中",
    "review_resolved": "人工复核完毕",
    "case_opened": "受理意见或投诉",
    "subject_revealed": "工作人员查看号码",
    "subject_exported": "向您提供本页",
    "subject_corrected": "更正号码或地址",
    "subject_erased": "删除号码和原话",
}
_TEXTS = ("text", "note", "reason", "answer")


def subject_page(export: SubjectExport, zone: ZoneInfo) -> bytes:
    """Return an HTML page in Chinese; what has no Chinese word stands as the registry names it.

    Args:
        export: What is held.
        zone: Of all times.
    """
    file = export.file
    clear = file.subject.value if file.subject else "已删除,仅保留不可还原的校验值"
    opt_outs = (_opt_out_row(opt_out, zone) for opt_out in file.opt_outs)
    events = (_event_row(event, secret, zone) for event, secret in export.events)
    page = f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{_TITLE}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{_TITLE}</h1>
<p>号码或地址:{html.escape(clear)}</p>
<h2>拒绝联系登记</h2>
{_table(_OPT_OUTS, opt_outs)}
<h2>经过</h2>
{_table(_EVENTS, events)}
</body>
</html>
"""
    return page.encode("utf-8", "replace")


def _opt_out_row(opt_out: OptOut, zone: ZoneInfo) -> tuple[str, ...]:
    scope = opt_out.scope
    return (
        str(opt_out.record_id),
        _word(opt_out.state),
        f"{_word(scope.reach)} {scope.name}".strip(),
        scope.channel or "全部",
        opt_out.intake,
        _time(opt_out.since_us, zone),
        _time(opt_out.until_us, zone) if opt_out.until_us else "长期",
    )


def _event_row(event: Event, secret: Json | None, zone: ZoneInfo) -> tuple[str, ...]:
    said = "\n".join(str(secret[name]) for name in _TEXTS if name in secret) if secret else ""
    when = _time(event.time_us, zone)
    return str(event.seq), when, _word(event.kind), event.actor, said


def _word(name: str) -> str:
    return _WORDS.get(name, name)


def _time(microseconds: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
