"""Names that something announces, and what only looks like one. All of it is made up."""

import pytest

from classifier.masking.mask import mask_text

NAMES = [
    ("我叫王小明", "我叫[NAME]"),
    ("我叫李芳你别打了", "我叫[NAME]你别打了"),
    ("我姓赵不姓李", "我姓[NAME]不姓[NAME]"),
    ("免贵姓欧阳", "免贵姓[NAME]"),
    ("姓名：张三丰", "姓名：[NAME]"),
    ("收件人李秀兰，电话13800138000", "收件人[NAME]，电话[PHONE]"),
    ("王先生您好", "[NAME]先生您好"),
    ("请问是陈国栋先生吗", "请问是[NAME]先生吗"),
    ("请问是周敏本人吗", "请问是[NAME]本人吗"),
    ("司徒小姐", "[NAME]小姐"),
    ("你好，係咪陳生呀", "你好，係咪[NAME]生呀"),
    ("林太太喺唔喺度", "[NAME]太太喺唔喺度"),
    ("找张总", "找[NAME]总"),
    ("李师傅送货", "[NAME]师傅送货"),
    ("我是王建国", "我是[NAME]"),
    ("我係陳大文", "我係[NAME]"),
    ("请问王建国在吗", "请问[NAME]在吗"),
    ("喂王建国吗", "喂[NAME]吗"),
    ("喂，陳大文喺唔喺度", "喂，[NAME]喺唔喺度"),
    ("您是周敏的家属吗", "您是[NAME]的家属吗"),
    ("我要搵陳大文", "我要搵[NAME]"),
    ("【XX银行】王建国,您好", "【XX银行】[NAME],您好"),
    ("王建国，您的欠款已逾期", "[NAME]，您的欠款已逾期"),
    ("尊敬的王建国：", "尊敬的[NAME]："),
    ("我叫阿依古丽·买买提", "我叫[NAME]"),
    ("我叫阿卜杜拉", "我叫[NAME]"),
    ("我叫艾尼瓦尔", "我叫[NAME]"),
    ("我叫小明", "我叫[NAME]"),
    ("我是小王，您记得吗", "我是[NAME]，您记得吗"),
    ("叫我老王", "叫我[NAME]"),
    ("叫我阿强就行", "叫我[NAME]就行"),
    ("我姓欧阳,叫欧阳娜娜", "我姓[NAME],叫[NAME]"),
    ("我姓王，名建国", "我姓[NAME]，名[NAME]"),
    ("他叫翟卫东", "他叫[NAME]"),
    ("陳小姐你好", "[NAME]小姐你好"),
    ("係咪李太呀", "係咪[NAME]太呀"),
    ("麥小姐", "[NAME]小姐"),
    ("陳媽媽您好", "[NAME]媽媽您好"),
    ("李伯，食咗飯未", "[NAME]伯，食咗飯未"),
    ("Hello 係咪Miss Wong", "Hello 係咪Miss [NAME]"),
]

NO_NAMES = [
    "我是学生",
    "我是高中生",
    "我是机器人",
    "我是业主",
    "我是温州的",
    "我是万科的",
    "我是小白",
    "请问老师在吗",
    "请问经理在吗",
    "尊敬的客户您好",
    "尊敬的白金会员，您好",
    "马上，您稍等",
    "严重吗",
    "是周五吗",
    "你是金融公司吗",
    "我叫外卖了",
    "我叫车来接我",
    "叫我小声点",
    "找单位去",
    "楼上施工太吵",
    "甲方爸爸说先这样",
    "哈哈哈哈你好逗",
]


@pytest.mark.parametrize(("text", "masked"), NAMES)
def test_announced_names_are_replaced(text: str, masked: str) -> None:
    """The name goes, what announces it stays; masking twice changes nothing more."""
    assert mask_text(text) == mask_text(masked) == masked


@pytest.mark.parametrize("text", NO_NAMES)
def test_words_are_no_names(text: str) -> None:
    """Roles, places and whatever else may stand where a name does."""
    assert mask_text(text) == text
