"""What the reason of an erasure or of a step may hold: it outlives the erasure."""

import pytest

from classifier.optouts.rights.subject_rights import holds_personal


@pytest.mark.parametrize(
    "reason",
    [
        "客户王小明要求",
        "用户李四来电",
        "机主: 张三丰申请删除",
        "客戶歐陽娜娜",
        "王经理要求",
        "我叫王小明",
    ],
)
def test_a_name_behind_a_role_is_found(reason: str) -> None:
    """So people write down who asked."""
    assert holds_personal(reason)


@pytest.mark.parametrize(
    "reason",
    [
        "客户要求删除",
        "客户于昨日来电要求",
        "客户本人书面申请",
        "用户方便时来电申请",
        "客户来信申请删除",
        "客户和家人要求",
        "本人通过邮件申请",
        "asked by letter",
    ],
)
def test_how_it_was_asked_is_no_name(reason: str) -> None:
    """Words that may be surnames, such as 于 and 和, refuse nothing behind a role."""
    assert not holds_personal(reason)
