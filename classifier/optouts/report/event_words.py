"""What an event holds, in Chinese, for the person that it is about."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from classifier.optouts.records import Json
from classifier.optouts.report.desk_figures import CASE_KINDS, CLOSINGS, VERDICTS
from classifier.optouts.report.request_figures import REASONS, WAYS
from classifier.optouts.times import moment

KINDS = {
    "opt_out_recorded": "登记拒绝联系",
    "opt_out_revoked": "撤销登记",
    "opt_out_narrowed": "缩小范围",
    "opt_out_ruled_anew": "因投诉或更正重新适用规则",
    "review_claimed": "人工复核中",
    "review_unclaimed": "退回待复核",
    "review_resolved": "人工复核完毕",
    "case_opened": "受理意见或投诉",
    "case_added": "补充意见或投诉",
    "case_answered": "答复意见或投诉",
    "case_closed": "办结意见或投诉",
    "notice_given": "作出告知",
    "confirmation_given": "发出确认",
    "subject_shown": "工作人员查看号码或地址",
    "subject_exported": "向您提供本页",
    "subject_erased": "删除号码和原话",
}
"""Each kind of event that may be about a subject."""

REACHES = {"all": "全部联系", "campaign": "仅限活动", "purpose": "仅限用途"}
STATES = {"active": "有效", "revoked": "已撤销", "expired": "已到期"}
CHANNELS = {
    "voice": "电话",
    "chat": "在线聊天",
    "sms": "短信",
    "email": "电子邮件",
    "web": "网页",
}
SPEAKERS = {"bot": "机器人", "user": "您", "agent": "客服人员"}

_LABELS = {"opt_out": "拒绝联系", "complaint": "投诉", "normal": "其他"}
_PURPOSES = {
    "opt_out": "听到拒绝时的告知",
    "first_contact": "首次联系时的告知",
    "how_to_refuse": "如何拒绝的告知",
    "clarify": "存疑时的询问",
}
_REVOCATIONS = {
    "opted_in": "本人同意恢复联系",
    "mistake": "登记有误",
    "false_alarm": "复核认定为误判",
    "corrected": "号码或地址更正",
}
_VALUES: dict[str, Mapping[str, str]] = {
    "intake": WAYS,
    "channel": CHANNELS,
    "reach": REACHES,
    "reasons": REASONS,
    "label": _LABELS,
    "purpose": _PURPOSES,
    "reason": _REVOCATIONS,
    "verdict": VERDICTS,
    "kind": CASE_KINDS,
    "closing": CLOSINGS,
}
_FIELDS = {
    "record": "登记编号",
    "records": "涉及的登记",
    "moved": "改登记为",
    "corrects": "更正的登记",
    "case": "案件编号",
    "kind": "类别",
    "raised": "改按个人信息投诉处理",
    "intake": "提出方式",
    "detected_us": "提出时间",
    "came_us": "收到时间",
    "reach": "范围",
    "name": "活动或用途名称",
    "channel": "渠道",
    "language": "语言",
    "reasons": "原因",
    "reason": "依据",
    "caller": "机器人",
    "campaign": "活动",
    "purpose": "用途",
    "call_reference": "通话或消息编号",
    "conversation_id": "会话编号",
    "turn_id": "话语编号",
    "label": "识别结果",
    "also_complaint": "同时识别为投诉",
    "opt_out": "“拒绝联系”得分",
    "complaint": "“投诉”得分",
    "normal": "“其他”得分",
    "model_version": "识别模型版本",
    "rule": "判定的固定规则",
    "doubtful": "存疑,先停止后复核",
    "legal_basis": "到期的依据",
    "until_us": "截止时间",
    "verdict": "复核结果",
    "confirmed_by": "明确拒绝的登记",
    "closing": "办结原因",
    "policy": "策略版本",
    "profiles": "适用法域",
    "due": "最迟停止时间",
    "due_us": "最迟答复时间",
    "profile": "期限所依法域",
    "source": "期限出处",
    "rules": "触发的策略规则",
    "risk": "策略规则增加的复核优先度",
    "open_case": "按策略规则立案",
    "id": "文本编号",
    "version": "文本版本",
    "digest": "文本校验值",
    "operator": "经营者名称及联系方式的校验值",
    "clear_values": "删除的号码或地址数",
    "texts": "删除的原话数",
    "opt_outs": "保留的登记数",
    "in_force": "其中有效的登记数",
    "despite_open_cases": "案件未办结仍要求删除",
    "open_cases": "当时未办结的案件",
    "period": "证据的法定保存期限",
    "events": "删除内容的事项编号",
    "file": "导入文件的校验值",
    "line": "导入文件的行号",
    "recorded_us": "原登记时间",
    "record_id": "原登记编号",
}
_SCORES = {"opt_out", "complaint", "normal"}
_OTHERS = {"right"}
"""Fields that are about somebody else: the subject to which a correction moved records."""


def in_words(fields: Json, zone: ZoneInfo) -> str:
    """Return what an event holds, a field a line; what is empty or not so is left out.

    Args:
        fields: What was asked, or what was decided. A field without a Chinese word keeps its name.
        zone: Of all times.
    """
    places = {name: place for place, name in enumerate(_FIELDS)}
    found = sorted(_flat(fields), key=lambda field: places.get(field[0], len(places)))
    return "\n".join(
        f"{_FIELDS.get(name, name)}:{_value(name, value, zone)}" for name, value in found
    )


def local_time(time_us: int, zone: ZoneInfo) -> str:
    """Return a time as the page writes it.

    Args:
        time_us: Microseconds since 1970.
        zone: Where it is read.
    """
    return _local(moment(time_us), zone)


def _local(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _flat(fields: Json) -> Iterator[tuple[str, object]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _flat(value)
        elif name not in _OTHERS and (value or isinstance(value, float)):
            yield name, value


def _value(name: str, value: object, zone: ZoneInfo) -> str:
    if value is True:
        return "是"
    if isinstance(value, list):
        return "、".join(_value(name, each, zone) for each in value)
    if isinstance(value, int) and name.endswith("_us"):
        return local_time(value, zone)
    if isinstance(value, int | float) and name in _SCORES:
        return f"{value:.1%}"
    if name == "due":
        return _local(datetime.fromisoformat(str(value)), zone)
    return _VALUES.get(name, {}).get(str(value), str(value))
