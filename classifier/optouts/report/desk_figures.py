"""Figures of a month's reviews, complaints, corrections, checks and suspensions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from classifier.masking.mask import mask_text
from classifier.optouts.derived.caller_cases import (
    CALLER_CASES,
    DISMISSED,
    NOTED,
    PROPOSED,
    RELEASED,
    SUSPENDED,
)
from classifier.optouts.derived.case_book import ADDED, CASES, CaseKind
from classifier.optouts.derived.review_queue import DECIDED, REVIEWS
from classifier.optouts.events.event import Event
from classifier.optouts.events.tables import Row, Table, Where
from classifier.optouts.report.desk_rows import Rows
from classifier.optouts.report.report_month import ReportMonth
from classifier.optouts.report.report_tables import (
    Cell,
    ReportTable,
    counted,
    duration,
    lines,
    percentile,
)
from classifier.optouts.times import now_us

VERDICTS = {
    "confirm": "确认为拒绝联系",
    "narrow": "确认,范围缩小",
    "false_alarm": "误判,恢复联系",
    "withdrawn": "登记已撤销或更正,无需复核",
    "subject_confirmed": "本人在同一通话中明确拒绝,无需复核",
}
CASE_KINDS = {
    "complaint": "投诉",
    "privacy": "个人信息投诉",
    "wrong_decision": "对自动判定的异议",
    "opinion": "意见建议",
}
CLOSINGS = {
    "settled": "已解决",
    "unfounded": "不属实",
    "refused": "不予支持",
    "withdrawn": "投诉人撤回",
    "passed_on": "转交其他机构",
    "unreachable": "无法联系到投诉人",
}
_WHYS = {
    "opted_out": "本人已拒绝联系",
    "under_review": "疑似拒绝,待人工复核",
    "caller_suspended": "机器人已被暂停",
    "campaign_suspended": "活动已被暂停",
}
_CALLER_KINDS = {"caller": "机器人", "campaign": "活动"}
_CASE_STATES = {
    "proposed": "已提议,待人工决定",
    "suspended": "暂停中",
    "released": "已恢复",
    "dismissed": "经人工决定不暂停",
}
_STEPS = {
    PROPOSED: "提议暂停",
    SUSPENDED: "暂停",
    NOTED: "记录",
    RELEASED: "恢复",
    DISMISSED: "决定不暂停",
}
STEP_KINDS = tuple(_STEPS)
"""Kinds of events that are steps in the case of a caller."""


def review_tables(desk: Rows, tenant: str, month: ReportMonth) -> list[ReportTable]:
    """Return how reviews went.

    Args:
        desk: To look in.
        tenant: Whose.
        month: Which.
    """
    opened = desk.count(REVIEWS, _between(tenant, "opened_us", month))
    resolved = desk.rows(REVIEWS, _between(tenant, "resolved_us", month))
    waiting = _open_at_end(desk, REVIEWS, "resolved_us", tenant, month)
    by_people = [row for row in resolved if row["verdict"] in DECIDED]
    median = _median(row["resolved_us"] - row["opened_us"] for row in by_people)
    note = (
        f"本月新增 {opened} 件,月末待复核 {waiting} 件;"
        f"复核用时中位数 {median}。复核之前一律先停止联系。"
    )
    verdicts = Counter(row["verdict"] for row in resolved)
    return [counted("reviews", "人工复核结果", verdicts, VERDICTS, note)]


def case_tables(desk: Rows, tenant: str, month: ReportMonth) -> list[ReportTable]:
    """Return how complaints and feedback went.

    Args:
        desk: To look in.
        tenant: Whose.
        month: Which.
    """
    opened, answered, closed = (
        desk.rows(CASES, _between(tenant, column, month))
        for column in ("opened_us", "answered_us", "closed_us")
    )
    unanswered = [row for row in closed if not 0 < row["answered_us"] < month.end_us]
    groups = (opened, answered, _unanswered_at_end(desk, tenant, month), unanswered)
    raised = _raised_later(desk, tenant, month, [row for group in groups for row in group])
    rows: list[tuple[Cell, ...]] = []
    for kind, name in CASE_KINDS.items():
        of_kind = (
            [row for row in group if raised.get(row["case_id"], row["kind"]) == kind]
            for group in groups
        )
        rows.append((name, *_answers(month, *of_kind)))
    columns = (
        ("item", "类别"),
        ("opened", "本月受理"),
        ("in_time", "本月期限内答复"),
        ("late", "本月逾期答复"),
        ("overdue", "月末逾期未答复"),
        ("waiting", "月末期限内待答复"),
        ("closed_unanswered", "本月未答复即办结"),
        ("median", "本月首次答复用时中位数"),
    )
    waiting = _open_at_end(desk, CASES, "closed_us", tenant, month)
    note = (
        "期限按所适用法域中最严者计算;答复、未答复和办结均含以前月份受理的,"
        f"答复以首次为准;月末未结 {waiting} 件。"
    )
    closings = Counter(row["closing"] for row in closed)
    return [
        ReportTable("complaints", "投诉与反馈", columns, tuple(rows), note),
        counted("closings", "本月办结:按办结原因", closings, CLOSINGS),
    ]


def check_table(counts: Sequence[Event]) -> ReportTable:
    """Return how contact attempts were answered.

    Args:
        counts: Events that count checks.
    """
    blocked: Counter[str] = Counter()
    allowed = 0
    for event in counts:
        for entry in event.asked()["counts"]:
            allowed += entry["allowed"]
            blocked.update(entry["blocked"])
    names = {"allowed": "允许联系"} | {why: f"拦截:{name}" for why, name in _WHYS.items()}
    note = "外呼或发送前的检查次数;同一号码检查多次计多次。"
    return counted("contact_attempts", "联系前检查", blocked | {"allowed": allowed}, names, note)


def caller_tables(
    desk: Rows, tenant: str, month: ReportMonth, steps: Sequence[Event]
) -> list[ReportTable]:
    """Return the cases of bots and campaigns, and every step taken in them.

    Args:
        desk: To look in.
        tenant: Whose.
        month: Which.
        steps: Events of `STEP_KINDS` in the month.
    """
    where = [Where("tenant", "=", tenant), Where("opened_us", "<", month.end_us)]
    case_rows = tuple(
        _case(row, month)
        for row in desk.rows(CALLER_CASES, where)
        if not row["closed_us"] or row["closed_us"] >= month.start_us
    )
    columns = (
        ("case", "案号"),
        ("kind", "类别"),
        ("name", "名称"),
        ("cause", "起因"),
        ("state", "状态"),
        ("opened", "立案"),
        ("suspended", "暂停"),
        ("closed", "结案"),
    )
    step_columns = (
        ("time", "时间"),
        ("name", "名称"),
        ("step", "措施"),
        ("reason", "理由"),
        ("notified", "已通知"),
        ("deleted", "已删除的数据"),
        ("kept", "保留的数据及依据"),
    )
    step_rows = tuple(_step(event, month) for event in steps)
    return [
        ReportTable("suspensions", "暂停的机器人与活动", columns, case_rows),
        ReportTable("suspension_steps", "处置经过", step_columns, step_rows),
    ]


def _case(row: Row, month: ReportMonth) -> tuple[Cell, ...]:
    """Return a case as it stood when the month ended."""
    suspended_us, closed_us = (
        row[column] if row[column] < month.end_us else 0 for column in ("suspended_us", "closed_us")
    )
    state = row["state"] if closed_us else "suspended" if suspended_us else "proposed"
    return (
        row["case_id"],
        _CALLER_KINDS[row["kind"]],
        row["name"],
        "人工决定" if row["cause"] == "person" else f"超过限值 {row['cause']}",
        _CASE_STATES[state],
        month.local(row["opened_us"]),
        month.local(suspended_us),
        month.local(closed_us),
    )


def _step(event: Event, month: ReportMonth) -> tuple[Cell, ...]:
    asked, decided = event.asked(), event.outcome()
    counted_text = (
        f"计 {decided['counted']} 次,联系 {decided['contacts']} 次" if "counted" in decided else ""
    )
    reason = asked.get("reason") or lines([f"超过限值 {asked.get('cause', '')}", counted_text])
    told = (reason, lines(asked.get("notified", [])))
    data = (asked.get("data_deleted", ""), asked.get("data_kept", ""))
    return (
        month.local(event.time_us),
        f"{_CALLER_KINDS[asked['kind']]} {asked['name']}",
        _STEPS[event.kind],
        # Of a log that was begun when steps were not held to it so strictly.
        *map(mask_text, (*told, *data)),
    )


def _answers(
    month: ReportMonth,
    opened: Sequence[Row],
    answered: Sequence[Row],
    waiting: Sequence[Row],
    closed: Sequence[Row],
) -> tuple[Cell, ...]:
    late = sum(row["answered_us"] > row["due_us"] for row in answered)
    overdue = sum(row["due_us"] < min(month.end_us, now_us()) for row in waiting)
    median = _median(row["answered_us"] - row["opened_us"] for row in answered)
    in_time, in_wait = len(answered) - late, len(waiting) - overdue
    return len(opened), in_time, late, overdue, in_wait, len(closed), median


def _median(spans: Iterable[int]) -> str:
    times = sorted(max(0, span) for span in spans)  # a clock may be set back
    return duration(percentile(times, 0.5)) if times else "—"


def _unanswered_at_end(desk: Rows, tenant: str, month: ReportMonth) -> list[Row]:
    """Return the cases that were neither answered nor closed when the month ended."""
    begun = [Where("tenant", "=", tenant), Where("opened_us", "<", month.end_us)]
    not_yet = (
        (Where(column, "=", 0), Where(column, ">=", month.end_us))
        for column in ("answered_us", "closed_us")
    )
    return [row for both in product(*not_yet) for row in desk.rows(CASES, [*begun, *both])]


def _raised_later(
    desk: Rows, tenant: str, month: ReportMonth, cases: Sequence[Row]
) -> dict[int, str]:
    """Return what kinds those cases were of that became cases of privacy after the month."""
    privacy = {row["case_id"] for row in cases if row["kind"] == CaseKind.PRIVACY}
    if not privacy:
        return {}
    where = [Where("tenant", "=", tenant), Where("kind", "=", ADDED)]
    later = [Where("seq", ">", min(privacy)), Where("time_us", ">=", month.end_us)]
    added = desk.events([*where, *later])
    raised = [event.asked()["case"] for event in added if event.outcome()["raised"]]
    numbers = [number for number in raised if number in privacy]
    opened = desk.events([Where("seq", "in", numbers)]) if numbers else []
    return {event.seq: event.asked()["kind"] for event in opened}


def _between(tenant: str, column: str, month: ReportMonth) -> list[Where]:
    return [
        Where("tenant", "=", tenant),
        Where(column, ">=", month.start_us),
        Where(column, "<", month.end_us),
    ]


def _open_at_end(desk: Rows, table: Table, ended: str, tenant: str, month: ReportMonth) -> int:
    begun = [Where("tenant", "=", tenant), Where("opened_us", "<", month.end_us)]
    over = [Where(ended, ">", 0), Where(ended, "<", month.end_us)]
    return desk.count(table, begun) - desk.count(table, [*begun, *over])
