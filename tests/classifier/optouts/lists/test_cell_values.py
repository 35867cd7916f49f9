"""What stands in the cells of other people's lists."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.optouts.lists.cell_values import (
    is_for_good,
    moment_of,
    reasons_of,
    region_of,
    way_of,
)
from classifier.turns import Reason

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 11, 27, 9, 5, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-11-27 09:05:00", NINE),
        ("2026-11-27T09:05:00", NINE),
        ("2026-11-27T01:05:00Z", NINE),
        ("2026-11-27T09:05:00+08:00", NINE),
        ("2026-11-27 02:05:00+0100", NINE),
        ("2026/11/27 9:05", NINE),
        ("2026年11月27日 9时5分", NINE),
        ("2026年11月27日上午9点05分", NINE),
        ("2026年11月27日 下午3点", NINE.replace(hour=15, minute=0)),
        ("2026年11月27日 上午12:30", NINE.replace(hour=0, minute=30)),
        ("2026年11月27日 上午0:30", NINE.replace(hour=0, minute=30)),
        ("2026年11月27日 凌晨12:30", NINE.replace(hour=0, minute=30)),
        ("2026年11月27日 凌晨3:30", NINE.replace(hour=3, minute=30)),
        ("2026/11/27 清晨6:30:00", NINE.replace(hour=6, minute=30)),
        ("2026年11月27日 早上8点", NINE.replace(hour=8, minute=0)),
        ("2026年11月27日 中午12:30", NINE.replace(hour=12, minute=30)),
        ("2026年11月27日 中午1:30", NINE.replace(hour=13, minute=30)),
        ("2026年11月27日 下午12:30", NINE.replace(hour=12, minute=30)),
        ("2026年11月27日 下午0:30", NINE.replace(hour=12, minute=30)),
        ("2026年11月27日 下午11:30", NINE.replace(hour=23, minute=30)),
        ("2026年11月27日 下午15:30", NINE.replace(hour=15, minute=30)),
        ("2026年11月27日 晚上8:30", NINE.replace(hour=20, minute=30)),
        ("2026年11月27日 晚上12:00", NINE.replace(day=28, hour=0, minute=0)),
        ("2026年11月27日 晚上2:00", None),
        ("2026年11月27日 上午13:00", None),
        ("2026年11月27日 凌晨9:00", None),
        ("2026-11-27 24:00", None),
        ("2026-11-27 09:05:00.250", NINE.replace(microsecond=250_000)),
        ("２０２６－１１－２７", NINE.replace(hour=0, minute=0)),
        ("20261127", NINE.replace(hour=0, minute=0)),
        ("20261127090500", NINE),
        (str(int(NINE.timestamp())), NINE),
        (str(int(NINE.timestamp()) * 1000), NINE),
        ("2026-11-27 09:05:00+08", NINE),
        ("2026-11-27 09:05:00.5+08", NINE.replace(microsecond=500_000)),
        ("2026-11-27T01:05:00.2500009Z", NINE.replace(microsecond=250_000)),
        ("2026-11-27T01:05:00.123456789Z", NINE.replace(microsecond=123_456)),
        ("2026-11-27t01:05:00z", NINE),
        ("20261127T010500Z", NINE),
        ("20261127T090500", NINE),
        ("20261127t090500+08:00", NINE),
        ("2026-11-27-09", None),
        ("27.11.2026", None),
        ("2026-13-01", None),
        ("昨天", None),
        ("", None),
    ],
)
def test_times_are_read_however_they_were_written(cell: str, moment: datetime | None) -> None:
    """Times of the usual programs are read; a time without a zone is the tenant's."""
    assert moment_of(cell, SHANGHAI) == moment


@given(st.integers(0, 4_000_000_000_000_000))
def test_our_own_times_come_back_to_the_microsecond(microseconds: int) -> None:
    """A time as we write it is read without loss."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    assert moment_of(moment.astimezone(SHANGHAI).isoformat(), UTC) == moment


def test_an_end_that_is_none_is_told_from_a_time() -> None:
    """Programs write an end that never comes in words, in noughts or as the last year."""
    for cell in ("永久", "长期有效", "無限期", "-", "Never", "0000-00-00 00:00:00", "9999-12-31"):
        assert is_for_good(cell)
    assert not any(is_for_good(cell) for cell in ("2030-01-01", "1999-09-09", "3个月"))


def test_words_for_ways_and_reasons_are_known() -> None:
    """Ways and reasons are read in the words of the platforms; other words are kept as they are."""
    assert [way_of(word) for word in ("短信", "簡訊", "SMS", "人工客服", "12321", "鸽子")] == [
        "sms", "sms", "sms", "agent", "regulator", None
    ]  # fmt: skip
    assert reasons_of("隱私;骚扰") == ((Reason.HARASSMENT, Reason.PRIVACY), "")
    assert reasons_of("隐私\uff0c骚扰\uff1b") == ((Reason.HARASSMENT, Reason.PRIVACY), "")
    assert reasons_of("骚扰、家里有老人") == ((Reason.HARASSMENT,), "骚扰、家里有老人")
    assert reasons_of("harassment,service_quality") == (
        (Reason.HARASSMENT, Reason.SERVICE_QUALITY),
        "",
    )


@pytest.mark.parametrize(
    ("cell", "written", "region"),
    [
        ("cn", "13802345671", "CN"),
        (" HK ", "91234567", "HK"),
        ("中国", "13802345671", "CN"),
        ("台灣", "0912345678", "TW"),
        ("中國香港", "91234567", "HK"),
        ("+86", "13802345671", "CN"),
        ("00853", "66123456", "MO"),
        ("853", "66123456", "MO"),
        ("81", "09012345678", "JP"),
        ("+81", "x", "JP"),
        ("sg", "81234567", "SG"),
        ("SG", "tel: 81234567", "SG"),
        ("US", "13105551234", "US"),
        ("CA", "13105551234", "CA"),
        ("+1", "13802345671", "US"),
        ("广东", "13802345671", "CN"),
        ("GD", "13802345671", "CN"),
        ("GD", "14734031234", "CN"),
        ("GD", "4734031234", "GD"),
        ("SX", "13802345671", "CN"),
        ("BJ", "13802345671", "CN"),
        ("SH", "02162345678", "CN"),
        ("JM", "18762345678", "CN"),
        ("1", "13802345671", "CN"),
        ("20", "13802345671", "CN"),
        ("XX", "13802345671", "CN"),
        ("+999", "13802345671", "CN"),
        ("8" * 5000, "13802345671", "CN"),
        ("", "13802345671", "CN"),
    ],
)
def test_a_country_is_known_by_letters_name_and_calling_code(
    cell: str, written: str, region: str
) -> None:
    """Lists name countries as people and as telephones do; a province or its letters are none."""
    assert region_of(cell, written, "CN") == region
