"""Names of columns in other people's lists."""

import pytest

from classifier.optouts.lists.columns import Column, column_of, columns_of, labelled, labels_of


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("手机号", Column.SUBJECT),
        ("号码", Column.SUBJECT),
        (" Phone Number ", Column.SUBJECT),
        ("mobile", Column.SUBJECT),
        ("电话", Column.SUBJECT),
        ("電話號碼", Column.SUBJECT),
        ("MSISDN", Column.SUBJECT),
        ("ＰＨＯＮＥ", Column.SUBJECT),
        ("被叫号码(必填)".replace("(必填)", ""), Column.SUBJECT),
        ("号码2", Column.SUBJECT),
        ("手机号1", Column.SUBJECT),
        ("phone_2", Column.SUBJECT),
        ("联系电话（二）", Column.SUBJECT),
        ("Mobile Phone 3", Column.SUBJECT),
        ("Home Phone", Column.SUBJECT),
        ("备用电话", Column.SUBJECT),
        ("联系人电话", Column.SUBJECT),
        ("備用電話1", Column.SUBJECT),
        ("手機號", Column.SUBJECT),
        ("备用电话⒈", Column.SUBJECT),
        ("电话⑴", Column.SUBJECT),
        ("℡", Column.SUBJECT),
        ("聯繫電話", Column.SUBJECT),
        ("黑名單號碼", Column.SUBJECT),
        ("拒收號碼", Column.SUBJECT),
        ("帳號", Column.SUBJECT),
        ("回覆內容", Column.TEXT),
        ("主叫号码", None),
        ("时间2", None),
        ("手机：13800001111", None),
        ("tel:+8613800001111", None),
        ("2", None),
        ("渠道", Column.INTAKE),
        ("退订时间", Column.REQUESTED_AT),
        ("退订日期", Column.REQUESTED_AT),
        ("登记时间", Column.REQUESTED_AT),
        ("登記日期", Column.REQUESTED_AT),
        ("opted_out_at", Column.REQUESTED_AT),
        ("Unsubscribe Date", Column.REQUESTED_AT),
        ("时间", Column.REQUESTED_AT),
        ("created_at", Column.REQUESTED_AT),
        ("原因", Column.REASONS),
        ("備註", Column.TEXT),
        ("scope_channel", Column.CHANNEL),
        ("失效时间", Column.UNTIL),
        ("失效時間", Column.UNTIL),
        ("姓名", None),
        ("_problem", None),
    ],
)
def test_a_column_is_known_by_its_usual_names(header: str, column: Column | None) -> None:
    """The platforms' usual names are known in any script, width, case and spacing."""
    assert column_of(header) is column


def test_every_column_is_known_by_the_name_under_which_we_write_it() -> None:
    """What we export we can import."""
    assert all(column_of(column.value) is column for column in Column)


def test_of_two_columns_with_one_meaning_the_first_counts() -> None:
    """A list with two columns of times is read by the first; each column of contacts is read."""
    assert columns_of(["姓名", "手机号", "电话", "时间", "日期"]) == {
        1: Column.SUBJECT,
        2: Column.SUBJECT,
        3: Column.REQUESTED_AT,
    }


@pytest.mark.parametrize("callee", ["callee", "Called Number", "被叫号码"])
def test_beside_a_callee_the_caller_is_no_subject(callee: str) -> None:
    """It is the line of the bot; alone it is who called to say so."""
    assert columns_of(["caller", callee]) == {1: Column.SUBJECT}
    assert columns_of(["caller", "phone"]) == {0: Column.SUBJECT, 1: Column.SUBJECT}
    assert columns_of(["caller"]) == {0: Column.SUBJECT}


def test_ids_beside_numbers_have_labels() -> None:
    """Without numbers beside them, ids may be numbers, as accounts often are."""
    headers = ["邮箱", "用户ID", "openid", "账号", "设备号", "姓名"]
    labels = {"用户ID": "userid", "openid": "wechat", "账号": "account", "设备号": "device"}
    assert labels_of(headers) == {}
    assert labels_of([*headers, "手机号"]) == labels
    assert labels_of(["账号2", "手机号1"]) == {"账号2": "account"}


@pytest.mark.parametrize(
    ("cell", "label", "subject"),
    [
        ("15000000001", "userid", "userid:15000000001"),
        (" 张三 ", "account", "account:张三"),
        ("wechat:abc", "account", "wechat:abc"),
        ("ｗｅｃｈａｔ：abc", "account", "ｗｅｃｈａｔ：abc"),
        ("li@example.com", "account", "li@example.com"),
        ("AA:BB:CC:DD", "device", "device:AA:BB:CC:DD"),
        ("device:AA:BB", "device", "device:AA:BB"),
        ("15000000001", "", "15000000001"),
    ],
)
def test_an_id_is_read_as_an_account(cell: str, label: str, subject: str) -> None:
    """An id with a label is no number, whatever it looks like."""
    assert labelled(cell, label) == subject
