"""Personal data in what people say, and what only looks like it. All of it is made up."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.masking.mask import find_personal, mask_record, mask_text, mask_turn
from classifier.records import parse_line, turn_from_record
from classifier.turns import Alternative, Channel, ContextTurn, Speaker, Turn

TraceFunction = Callable[[FrameType, str, Any], Any]

PERSONAL = [
    # Phone numbers, as written
    ("我电话13800138000别再打了", "我电话[PHONE]别再打了"),
    ("138 0013 8000", "[PHONE]"),
    ("138-0013-8000", "[PHONE]"),
    ("+86 138 0013 8000 是我的", "[PHONE] 是我的"),
    ("008613800138000", "[PHONE]"),
    ("８６１３８００１３８０００", "[PHONE]"),
    ("+886912345678", "[PHONE]"),
    ("打0912-345-678找我", "打[PHONE]找我"),
    ("+852 9123 4567", "[PHONE]"),
    ("852-91234567", "[PHONE]"),
    ("我電話9123 4567", "我電話[PHONE]"),
    ("覆我 61234567 啦", "覆我 [PHONE] 啦"),
    ("澳門 +853 6612 3456", "澳門 [PHONE]"),
    ("座机021-62345678", "座机[PHONE]"),
    ("家里0571 8765 4321", "家里[PHONE]"),
    ("(02)2345-6789", "([PHONE]"),
    ("+1 415 555 0100", "[PHONE]"),
    ("号码是62345678", "号码是[PHONE]"),
    # Phone numbers, as said
    ("幺三八零零幺三八零零零", "[PHONE]"),
    ("我是一三八 零零一三 八零零零", "我是[PHONE]"),
    ("一三八，零零一三，八零零零", "[PHONE]"),
    ("幺三八洞洞幺三八洞洞洞", "[PHONE]"),
    ("一三九三个八一二三四五", "[PHONE]"),
    ("1三八零零1三八零零零", "[PHONE]"),
    ("零九一二三四五六七八", "[PHONE]"),
    ("九一二三 四五六七", "[PHONE]"),
    ("加八六一三八零零一三八零零零", "加[PHONE]"),
    # Identity papers
    ("身份证11010519491231002X", "身份证[ID]"),
    ("110105194912310021", "[ID]"),
    ("110105 19491231 002x 对吗", "[ID] 对吗"),
    ("一一零一零五一九四九一二三一零零二叉", "[ID]"),
    ("身份证后六位幺二三四五六", "身份证后六位[ID]"),
    ("身分證字號A123456789", "身分證字號[ID]"),
    ("A123456789", "[ID]"),
    ("我嘅身份證係A123456(3)", "我嘅身份證係[ID]"),
    ("护照E12345678", "护照[ID]"),
    # Cards
    ("卡号6222021234567890128", "卡号[CARD]"),
    ("4111 1111 1111 1111", "[CARD]"),
    ("6222 0212 3456 7890 128", "[CARD]"),
    ("银行卡一二三四五六七八九零一二三四五六", "银行卡[CARD]"),
    ("6228 4800 1234 5678 915", "[CARD]"),
    ("卡6228480012345678915对吗", "卡[CARD]对吗"),
    ("六二二八 四八零零 一二三四 五六七八 九一五", "[CARD]"),
    ("3712 345678 90123", "[CARD]"),
    ("13800138000 13900139000", "[PHONE] [PHONE]"),
    # Addresses on the net
    ("写信到 zhang.san+x@example.com.cn 吧", "写信到 [EMAIL] 吧"),
    ("ａ@example.com", "[EMAIL]"),
    ("zhangsan艾特qq点com", "[EMAIL]"),
    ("看 https://example.com/u?id=5 就懂", "看 [LINK] 就懂"),
    ("戳 t.cn/Ab3x 领取", "戳 [LINK] 领取"),
    ("我微信号zhang_san88", "我微信号[ACCOUNT]"),
    ("加V：dh88866", "加V：[ACCOUNT]"),
    ("微信13800138000", "微信[ACCOUNT]"),
    ("QQ 123456789", "QQ [ACCOUNT]"),
    ("Line ID: amy.chen", "Line ID: [ACCOUNT]"),
    ("@豆豆妈 看一下", "[ACCOUNT] 看一下"),
    # Doors
    ("我住湖滨路12号", "我住[ADDRESS]"),
    ("寄到锦绣花园7栋1单元502", "寄到[ADDRESS]"),
    ("浙江省杭州市西湖区文三路100号3楼", "[ADDRESS]"),
    ("三号楼二单元一六零二", "[ADDRESS]"),
    ("台北市大安區忠孝東路四段12號3樓", "[ADDRESS]"),
    ("觀塘成業街10號七樓B室", "[ADDRESS]"),
    ("您是滨河花园七栋的业主", "您是[ADDRESS]的业主"),
    ("寄到上海市徐汇区漕溪北路18号", "寄到[ADDRESS]"),
    ("寄到上海浦东新区世纪大道100号", "寄到[ADDRESS]"),
    ("寄到成都市武侯区科华北路5号", "寄到[ADDRESS]"),
    ("渝中区解放碑步行街8号", "[ADDRESS]"),
    ("呼和浩特市新城区中山东路12号", "[ADDRESS]"),
    ("西城区复兴门外大街16号", "[ADDRESS]"),
    ("我住北京市朝阳区望京西园四区401号楼", "我住[ADDRESS]"),
    ("望京西园401号楼的", "[ADDRESS]的"),
    ("广东省深圳市南山区科技园南区12栋301", "[ADDRESS]"),
    ("张杨路500号华润时代广场12楼找我", "[ADDRESS]找我"),
    ("幸福路12号幸福里小区3单元502", "[ADDRESS]"),
    ("香港銅鑼灣軒尼詩道500號希慎廣場", "[ADDRESS]"),
    ("九龍旺角彌敦道610號荷李活商業中心12樓", "[ADDRESS]"),
    ("忠孝東路四段100號15樓之2", "[ADDRESS]"),
    # What is asked for stays
    ("我住中山路5号,投诉客服中心", "我住[ADDRESS],投诉客服中心"),
    ("幸福路12号退订短信中心", "[ADDRESS]退订短信中心"),
    ("人民路12号停水周边小区都没水", "[ADDRESS]停水周边小区都没水"),
    ("新村路12号之3天内", "[ADDRESS]之3天内"),
]

NOT_PERSONAL = [
    "打500号家里也没人",
    "这个园区5号楼要拆",
    "我在乐园三区等你",
    "以后十楼一层都别打了",
    "客服中心3座席",
    "体检中心3号楼几楼",
    "动物园3号院",
    "以后别再打了",
    "一万三千八百元",
    "额度13,800,138,000元",
    "优惠价1380元，满199减60",
    "六十二万三千四百五十六",
    "80000000元",
    "二零二六年十一月二十七日",
    "2026-11-27 13:30",
    "20261127",
    "今天八点半到九点",
    "早上8:00-12:00，下午14:00-18:00",
    "订单号20261127093000123456",
    "单号SF1380013800012",
    "运单号 4111111111111111",
    "合同编号：62345678",
    "工单91234567还没处理",
    "验证码123456",
    "尾号8000的卡",
    "票价380/680/980/1280",
    "2020 2021 2022 2023",
    "20261127093000",
    "1234567890123元",
    "10086打来的",
    "95588是银行",
    "打400-800-1234投诉",
    "0800-000-111",
    "回T退订，回复TD",
    "一二三四五六七八九十",
    "你们一天打八个电话",
    "第三次了三个一百",
    "身高165体重110",
    "版本1.2.3.4",
    "3号线8号出口",
    "十二号那天",
    "路上堵车8点到",
    "有三栋楼",
    "月薪60万的机会",
    "您名下有一笔三万元的额度",
    "百分之三点八",
    "先生您好",
    "小姐你好",
    "好的先生",
    "谢谢老师",
    "客户经理小陈",
    "基金经理推荐的",
    "理财经理和主任都在",
    "对方先生不在",
    "我叫他接",
    "我叫什么你们系统里有",
    "你们留的姓名电话取消",
    "老百姓生活",
    "您贵姓",
    "请问是方便接电话吗",
    "医生建议休息",
    "学生太多了",
    "唔該先生",
    "开发区和高新区",
    "上海市浦东新区",
    "社区卫生服务中心",
    "我在医院三楼",
    "微信支付宝都可以",
    "加个微信吧",
    "别@我了",
    "周末别打",
    "高兴一点",
    "万一有事呢",
    "[图片]",
    "人工客服",
]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的电话是...13800138000", "我的电话是...[PHONE]"),
        ("Tel.13800138000", "Tel.[PHONE]"),
        ("138.0013.8000", "[PHONE]"),
        ("1.13800138000 2.13900139000", "1.[PHONE] 2.[PHONE]"),
        ("身份证.110101199003077758", "身份证.[ID]"),
        ("一共12345.67元 涨了3.14159", "一共12345.67元 涨了3.14159"),
    ],
)
def test_dots_hide_nothing(text: str, masked: str) -> None:
    """A dot before or within a number hides it no more than a dash; decimals stay."""
    assert mask_text(text) == masked


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_replaced(text: str, masked: str) -> None:
    """Numbers, papers, accounts, names and doors go; the words around them stay."""
    assert mask_text(text) == masked


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_what_is_nobodys_own_stays(text: str) -> None:
    """Amounts, dates, times, orders, hotlines and plain words are left as they were."""
    assert mask_text(text) == text


@given(st.text(max_size=80))
def test_spans_fit_any_text(text: str) -> None:
    """Whatever comes, spans lie inside, in order and apart."""
    edge = 0
    for span in find_personal(text):
        assert edge <= span.start < span.end <= len(text)
        edge = span.end


@given(st.lists(st.sampled_from([text for text, _masked in PERSONAL] + NOT_PERSONAL), max_size=4))
def test_masking_twice_changes_nothing(texts: list[str]) -> None:
    """A masked text holds nothing more to mask."""
    once = mask_text("。".join(texts))
    assert mask_text(once) == once


def test_every_part_of_a_turn_is_masked() -> None:
    """Text, context and alternatives are masked alike; the rest of a turn is kept."""
    said = "我电话13800138000"
    turn = Turn(said, Channel.CHAT, (ContextTurn(Speaker.BOT, said),), (Alternative(said, 0.5),))
    hidden = "我电话[PHONE]"
    assert mask_turn(turn) == Turn(
        hidden, Channel.CHAT, (ContextTurn(Speaker.BOT, hidden),), (Alternative(hidden, 0.5),)
    )


def test_a_record_keeps_its_other_fields() -> None:
    """A masked record is one still, with the fields that it came with."""
    line = (
        '{"id": "a", "text": "我姓王", "context": [{"speaker": "bot", "text": "王先生"}], "x": 1}'
    )
    record = parse_line(line.encode())
    masked = mask_record(record)
    assert masked == {
        "id": "a",
        "text": "我姓[NAME]",
        "context": [{"speaker": "bot", "text": "[NAME]先生"}],
        "x": 1,
    }
    assert record["text"] == "我姓王"
    assert turn_from_record(masked).text == "我姓[NAME]"


@pytest.mark.parametrize(
    "unit",
    ["1", "幺三八", "湖", "王", "a@", "1-", "a.", "三个", "号", "姓", "王先生", "1栋", "(1)"],
)
def test_the_work_grows_with_the_text_alone(unit: str) -> None:
    """Ten times the hostile repetition takes some ten times the work, not a hundred times."""
    short, long = (_calls(unit * (size // len(unit))) for size in (600, 6_000))
    assert long < 20 * short + 1_000


def _calls(text: str) -> int:
    """How many lines of this project masking a text takes; the same on every machine."""
    lines = 0

    def count(frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        nonlocal lines
        lines += event == "line"
        return count

    mask_text(text[:1])
    before = sys.gettrace()
    sys.settrace(count)
    try:
        mask_text(text)
    finally:
        sys.settrace(before)
    return lines


def test_the_labelled_data_is_hardly_touched(data_folder: Path) -> None:
    """Of turns written without real persons' data few lose a number: no order or amount is taken.

    What was found there was looked at by hand: made-up numbers, names with titles, and doors.
    """
    touched = texts = 0
    for path in sorted((data_folder / "train").glob("ordinary_*.jsonl")):
        for line in path.read_bytes().splitlines():
            texts += 1
            kinds = {span.kind.name for span in find_personal(parse_line(line)["text"])}
            touched += bool(kinds & {"PHONE", "ID", "CARD"})
    assert texts > 5_000
    assert touched / texts < 0.001
