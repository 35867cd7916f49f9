"""Everything held on one subject, as a page that they can read."""

import html
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from classifier.optouts.events.event import Event
from classifier.optouts.records import Json, OptOut
from classifier.optouts.report.event_words import (
    CHANNELS,
    KINDS,
    REACHES,
    SPEAKERS,
    STATES,
    in_words,
    local_time,
)
from classifier.optouts.report.request_figures import WAYS
from classifier.optouts.rights.subject_rights import SubjectExport
from classifier.optouts.times import now_us

_STYLE = """
body { font-family: sans-serif; margin: 2rem; line-height: 1.5; }
table { border-collapse: collapse; margin-bottom: 2rem; }
th, td { border: 1px solid #999; padding: .3rem .6rem; text-align: left; vertical-align: top; }
td { white-space: pre-line; }
"""
_TITLE = "我们保存的关于您的信息"
_OPT_OUTS = ("编号", "状态", "范围", "渠道", "提出方式", "生效时间", "截止时间")
_EVENTS = ("编号", "时间", "事项", "经办", "提出的内容", "处理", "您的原话或备注")
_TEXTS = ("text", "note", "reason", "answer")
_EXPLANATION = """<h2>自动判断的说明</h2>
<p>以上“识别结果”由程序自动作出:识别模型对您说的话按“拒绝联系”“投诉”“其他”各给出得分,得分越高,越可能是这一类;列有“判定的固定规则”的,
由该规则直接认定。存疑的先停止联系,再由人工复核。登记的范围、期限及后续处理按策略文件确定,见“处理”一栏。您可以要求我们说明理由、由人工复核,
并有权拒绝仅通过自动化决策的方式作出的决定。</p>"""


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
    decided = any("label" in event.asked().get("facts", {}) for event, _secret in export.events)
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
{_EXPLANATION if decided else ""}
</body>
</html>
"""
    return page.encode("utf-8", "replace")


def _opt_out_row(opt_out: OptOut, zone: ZoneInfo) -> tuple[str, ...]:
    scope = opt_out.scope
    return (
        str(opt_out.record_id),
        STATES[opt_out.standing(now_us())],
        f"{REACHES[scope.reach]} {scope.name}".strip(),
        CHANNELS[scope.channel] if scope.channel else "全部",
        WAYS[opt_out.intake],
        local_time(opt_out.since_us, zone),
        local_time(opt_out.until_us, zone) if opt_out.until_us else "长期",
    )


def _event_row(event: Event, secret: Json | None, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(event.seq),
        local_time(event.time_us, zone),
        KINDS.get(event.kind, event.kind),
        event.actor,
        in_words(event.asked(), zone),
        in_words(event.outcome(), zone),
        _said(secret or {}),
    )


def _said(secret: Json) -> str:
    before = [f"{SPEAKERS[turn['speaker']]}:{turn['text']}" for turn in secret.get("context", [])]
    return "\n".join([*before, *(str(secret[name]) for name in _TEXTS if name in secret)])


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
