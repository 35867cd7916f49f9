"""Puts the monthly report together from the events of a month. It holds no personal data."""

from collections import Counter

from classifier.optouts.derived.caller_counts import COUNTED
from classifier.optouts.derived.data_handling import (
    LIST_EXPORTED,
    PURGED,
    SUBJECT_ERASED,
    SUBJECT_EXPORTED,
    SUBJECT_SHOWN,
)
from classifier.optouts.derived.opt_outs import (
    CONFIRMED,
    CORRECTED,
    FALSE_ALARM,
    MISTAKE,
    NOTICE_GIVEN,
    OPTED_IN,
    RECORDED,
    REVOKED,
)
from classifier.optouts.derived.review_queue import NARROWED
from classifier.optouts.events.event import Event
from classifier.optouts.events.tables import EVENTS, Where
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.registry import Registry
from classifier.optouts.report.desk_figures import (
    STEP_KINDS,
    caller_tables,
    case_tables,
    check_table,
    review_tables,
)
from classifier.optouts.report.desk_rows import DeskRows
from classifier.optouts.report.report_month import ReportMonth, events_of, report_month
from classifier.optouts.report.report_tables import Report, ReportTable, counted
from classifier.optouts.report.request_figures import RequestFigures
from classifier.optouts.store import View
from classifier.optouts.times import moment, now_us

_CORRECTIONS = {
    OPTED_IN: "本人同意恢复联系",
    MISTAKE: "登记有误,予以更正",
    FALSE_ALARM: "复核认定为误判",
    NARROWED: "复核缩小范围",
    CORRECTED: "号码或地址更正",
    SUBJECT_ERASED: "应本人要求删除个人信息",
    SUBJECT_EXPORTED: "向本人提供个人信息副本",
    SUBJECT_SHOWN: "查看明文号码",
    LIST_EXPORTED: "导出名单",
    PURGED: "按保存期限清理",
}


class _Sums:
    """What one pass over the events of a month adds up."""

    def __init__(self) -> None:
        self.requests = RequestFigures()
        self.corrections: Counter[str] = Counter()
        self.notices: Counter[str] = Counter()
        self.checks: list[Event] = []
        self.steps: list[Event] = []
        self.first = self.last = 0

    def add(self, event: Event) -> None:
        self.first = self.first or event.seq
        self.last = event.seq
        if event.kind == RECORDED:
            if "corrects" in event.asked():  # the same request, for the right number
                self.requests.move(event)
            else:
                self.requests.add(event)
        elif event.kind == REVOKED:
            self.corrections[event.asked()["reason"]] += len(event.outcome()["records"])
            self.requests.end(event)
        elif event.kind in _CORRECTIONS:
            self.corrections[event.kind] += 1
        elif event.kind == COUNTED:
            self.checks.append(event)
        elif event.kind in STEP_KINDS:
            self.steps.append(event)
        elif event.kind in {NOTICE_GIVEN, CONFIRMED}:
            notice = event.outcome()["notice"]
            self.notices[f"{notice['id']} 第 {notice['version']} 版"] += 1


def monthly_report(registry: Registry, policies: Policies, tenant: str, month: str) -> Report:
    """Return the report of a tenant on a month.

    Args:
        registry: Whose events.
        policies: Give the tenant's time zone and profiles.
        tenant: Whose report.
        month: Such as ``2026-11``.

    Raises:
        InvalidRequestError: That is not a month.
        StoreError: The store cannot be read.
    """
    policy = policies.of(tenant)
    when = report_month(month, policy.zone)
    sums = _Sums()
    for event in events_of(registry, tenant, when):
        sums.add(event)

    def tables(view: View) -> list[ReportTable]:
        desk = DeskRows(view, tenant, sums.first)
        return [
            *review_tables(desk, tenant, when),
            _corrections(sums),
            *case_tables(desk, tenant, when),
            check_table(sums.checks),
            *caller_tables(desk, tenant, when, sums.steps),
            counted("notices", "已作出的告知", sums.notices, {}, _NOTICES_NOTE),
            _evidence(view, sums),
        ]

    rest = registry.store.read(tables)
    return Report(
        tenant=tenant,
        month=month,
        zone=policy.zone.key,
        made_at=moment(now_us()).astimezone(policy.zone).strftime("%Y-%m-%d %H:%M:%S"),
        policy=policy.version,
        profiles=tuple(profile.name for profile in policy.profiles),
        tables=(_overview(sums, rest, when), *sums.requests.tables(), *rest),
    )


_NOTICES_NOTE = "告知文本按编号和版本留存;每项要求至多确认一次。"


def _corrections(sums: _Sums) -> ReportTable:
    return counted("corrections", "更正、删除与查询", sums.corrections, _CORRECTIONS)


def _overview(sums: _Sums, rest: list[ReportTable], month: ReportMonth) -> ReportTable:
    requests, stop = sums.requests, sums.requests.time_to_stop()
    complaints = sum(
        int(row[1]) for table in rest if table.key == "complaints" for row in table.rows
    )
    suspended = sum(len(table.rows) for table in rest if table.key == "suspensions")
    blocked = sum(
        sum(entry["blocked"].values()) for event in sums.checks for entry in event.asked()["counts"]
    )
    rows = (
        ("统计期间", f"{month.local(month.start_us)} 至 {month.local(month.end_us)}(不含)"),
        ("新增拒绝联系要求", requests.requests),
        ("涉及人数", requests.subjects),
        ("重复提出的人数", requests.repeaters),
        ("停止用时中位数", stop["median"]),
        ("停止用时 99 百分位", stop["p99"]),
        ("停止用时最长", stop["longest"]),
        ("拦截的联系次数", blocked),
        ("受理投诉与反馈", complaints),
        ("涉及暂停的机器人与活动案件", suspended),
    )
    return ReportTable("overview", "概览", (("item", "项目"), ("value", "数值")), rows)


def _evidence(view: View, sums: _Sums) -> ReportTable:
    digest = ""
    if sums.last:
        (row,) = view.rows(EVENTS, [Where("seq", "=", sums.last)])
        digest = bytes(row["hash"]).hex()
    rows = (
        ("本月首个事件序号", sums.first),
        ("本月末个事件序号", sums.last),
        ("末个事件的链式校验值(SHA-256)", digest),
    )
    note = "事件只增不改,逐条以散列相连;可用 wurao optouts verify 核验,并与上述校验值比对。"
    columns = (("item", "项目"), ("value", "数值"))
    return ReportTable("evidence", "可核验性", columns, rows, note)
