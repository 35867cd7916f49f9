"""Figures of a month's opt-out requests: ways, reasons, decisions, time to stop, repeats."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection

from classifier.optouts.derived.opt_outs import NO_REQUEST, OPTED_IN, asked_us
from classifier.optouts.derived.talks import Asked, asked_in, talks
from classifier.optouts.events.event import Event
from classifier.optouts.report.report_tables import (
    ReportTable,
    counted,
    duration,
    percentile,
)

WAYS = {
    "voice": "语音机器人通话",
    "chat": "在线聊天",
    "sms": "短信",
    "email": "电子邮件",
    "web": "网页表单",
    "agent": "人工客服",
    "regulator": "监管及投诉机构转来",
    "import": "名单导入",
}
REASONS = {
    "harassment": "骚扰、过于频繁",
    "privacy": "个人信息与隐私",
    "service_quality": "服务质量",
    "legal": "法律与投诉",
    "none": "未说明(不要求说明)",
}
_DECISIONS = {
    "opt_out": "明确拒绝",
    "opt_out_and_complaint": "明确拒绝并投诉",
    "doubtful": "存疑,先停止后复核",
}
_DECIDERS = {"rule": "固定规则", "model": "识别模型", "person": "人工或外部登记"}
_REACHES = {"all": "全部联系", "campaign": "指定活动", "purpose": "指定用途"}
_SPANS = (
    (1_000_000, "1 秒以内"),
    (10_000_000, "1 至 10 秒"),
    (60_000_000, "10 至 60 秒"),
    (3_600_000_000, "1 至 60 分钟"),
    (1 << 62, "超过 1 小时"),
)


class RequestFigures:
    """Adds up the requests of a month."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.requests = 0
        self._ways: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._decisions: Counter[str] = Counter()
        self._deciders: Counter[str] = Counter()
        self._reaches: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._asked: dict[int, tuple[int, Asked]] = {}  # record to whose it is, and when
        self._mistaken: set[int] = set()  # records that nobody asked for
        self._taken_back: dict[int, int] = {}  # record to the event by which its subject opted in
        self._stops = array("q")
        self._imported = 0

    def add(self, event: Event) -> None:
        """Count a request.

        Args:
            event: Of a new record.
        """
        asked, decided = event.asked(), event.outcome()
        facts = asked["facts"]
        self.requests += 1
        self._ways[asked["intake"]] += 1
        self._reasons.update(asked["reasons"] or ["none"])
        self._decisions[_decision(asked["doubtful"], bool(facts.get("also_complaint")))] += 1
        decider = "rule" if facts.get("rule") else "model" if "model_version" in facts else "person"
        self._deciders[decider] += 1
        self._reaches[decided["scope"]["reach"]] += 1
        self._rules.update(decided["facts"].get("rules", ()))
        self._asked[event.seq] = (event.subject, asked_in(event))
        if "imported" in facts:
            self._imported += 1
        else:
            self._stops.append(max(0, event.time_us - asked_us(event)))

    def move(self, event: Event) -> None:
        """Count a request of the month for the right subject, and no more for the wrong one.

        Args:
            event: Of the record that corrects another.
        """
        if self._asked.pop(event.asked()["corrects"], None):
            self._asked[event.seq] = (event.subject, asked_in(event))

    def end(self, event: Event) -> None:
        """Count records that were ended no more, or what is asked from then on as another matter.

        Args:
            event: Of their revocation.
        """
        reason, records = event.asked()["reason"], event.outcome()["records"]
        if reason in NO_REQUEST:
            self._mistaken.update(records)
        elif reason == OPTED_IN:
            self._taken_back |= dict.fromkeys(records, event.seq)

    @property
    def subjects(self) -> int:
        """How many people were put on record."""
        return len({subject for subject, _asked in self._asked.values()})

    @property
    def repeaters(self) -> int:
        """How many people asked in more than one talk in the month."""
        return sum(count > 1 for count in self._times_asked())

    def time_to_stop(self) -> dict[str, str]:
        """Return median, 99th percentile and longest time to stop, in words."""
        stops = sorted(self._stops)
        return {
            "median": duration(percentile(stops, 0.5)),
            "p99": duration(percentile(stops, 0.99)),
            "longest": duration(stops[-1] if stops else 0),
        }

    def tables(self) -> list[ReportTable]:
        """Return the tables of requests."""
        several = "一项要求可有多个原因;占比以要求总数为基数。"
        return [
            counted("requests_by_channel", "拒绝联系要求:按渠道", self._ways, WAYS),
            counted(
                "requests_by_reason",
                "拒绝联系要求:按原因",
                self._reasons,
                REASONS,
                several,
                self.requests,
            ),
            counted("requests_by_label", "拒绝联系要求:按识别结果", self._decisions, _DECISIONS),
            counted("requests_by_decider", "拒绝联系要求:按判定方式", self._deciders, _DECIDERS),
            counted("requests_by_scope", "停止范围(经策略处理后)", self._reaches, _REACHES),
            self._stop_table(),
            self._repeat_table(),
        ]

    def _stop_table(self) -> ReportTable:
        spans: Counter[str] = Counter()
        for stop in self._stops:
            spans[next(name for limit, name in _SPANS if stop <= limit)] += 1
        note = (
            "自听到或收到要求起,至所有外呼检查一律拒绝为止。"
            f"名单导入的 {self._imported} 条不计入,其要求在导入之前提出。"
        )
        names = {name: name for _limit, name in _SPANS}
        return counted("time_to_stop", "停止用时", spans, names, note)

    def _repeat_table(self) -> ReportTable:
        times: Counter[str] = Counter()
        names = {"1": "提出 1 次", "2": "提出 2 次", "3": "提出 3 次", "4+": "提出 4 次及以上"}
        for count in self._times_asked():
            times["4+" if count > 3 else str(count)] += 1
        rules = "、".join(f"{name} {count} 次" for name, count in sorted(self._rules.items()))
        note = (
            "按人数统计;同一通话或会话中(无编号的,一小时内)多次提出的计一次;登记有误和复核误判的不计;"
            f"本人同意恢复联系的,此后重新计次。触发策略规则:{rules or '无'}。"
        )
        return counted("repeats", "重复提出要求的人数", times, names, note)

    def _times_asked(self) -> Collection[int]:
        """Return in how many talks each person asked, those left out who did not."""
        asked = [entry for entry in self._asked.items() if entry[0] not in self._mistaken]
        times = Counter(subject for _record, (subject, _asked) in asked)
        again: defaultdict[tuple[int, int], list[Asked]] = defaultdict(list)
        for record, (subject, request) in asked:
            if times[subject] > 1:
                again[subject, self._taken_back.get(record, 0)].append(request)
        most = Counter[int]()
        for (subject, _opted_in), requests in again.items():
            most[subject] = max(most[subject], len(talks(requests)))
        return {**times, **most}.values()


def _decision(doubtful: bool, complaint: bool) -> str:
    if doubtful:
        return "doubtful"
    return "opt_out_and_complaint" if complaint else "opt_out"
