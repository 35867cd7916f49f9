"""Numbers in every form that people give them in, drawn at random, within ordinary words."""

import string
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classifier.masking.mask import mask_text
from classifier.masking.spans import Kind

SPOKEN = dict(zip(string.digits, "零幺二三四五六七八九", strict=True))
RADIO = dict(zip(string.digits, "洞幺两三四五六拐八勾", strict=True))
BANKERS = dict(zip(string.digits, "零壹贰叁肆伍陆柒捌玖", strict=True))
TRADITIONAL = dict(zip(string.digits, "零壹貳參肆伍陸柒捌玖", strict=True))
BEFORE = (
    "",
    "我的是",
    "你记一下 ",
    "就这个：",
    "打给",
    "（",
    "，",
    "喂喂，",
    "係 ",
    "呢個 ",
    "请删掉",
)
AFTER = ("", "。", " 别再打了", "，以后都别打", "）", "啦", "這支不要再打", " 聽到冇")


def digits(*parts: str) -> st.SearchStrategy[str]:
    """A number of fixed parts and of so many digits as there are ``#`` in the others."""
    drawn = [
        st.text(string.digits, min_size=len(p), max_size=len(p)) if set(p) == {"#"} else st.just(p)
        for p in parts
    ]
    return st.tuples(*drawn).map("".join)


Form = Callable[[str], str]


def said(table: dict[str, str], pause: str = "", sizes: tuple[int, ...] = ()) -> Form:
    """A way of saying a number, with pauses after so many digits."""

    def say(number: str) -> str:
        words = "".join(table.get(digit, digit) for digit in number)
        parts, done = [], 0
        for size in sizes:
            parts.append(words[done : done + size])
            done += size
        return pause.join([*parts, words[done:]] if words[done:] else parts)

    return say


YEARS = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2099-12-31"))

MAINLAND_FORMS = [
    str,
    lambda n: f"+86{n}",
    lambda n: f"+86 {n}",
    lambda n: f"0086-{n}",
    lambda n: f"86{n}",
    lambda n: f"{n[:3]} {n[3:7]} {n[7:]}",
    lambda n: f"{n[:3]}-{n[3:7]}-{n[7:]}",
    lambda n: n.translate({ord(d): ord(d) + 0xFEE0 for d in string.digits}),
    said(SPOKEN),
    said(RADIO),
    said(BANKERS),
    said(TRADITIONAL),
    said(SPOKEN, " ", (3, 4, 4)),
    said(SPOKEN, "，", (3, 4, 4)),
    said(SPOKEN, " ", (4, 4, 3)),
    said(SPOKEN, " ", (1,) * 11),
]


@given(
    digits("1", "#")
    .filter(lambda n: n[1] in "3456789")
    .flatmap(lambda head: digits(head, "#########")),
    st.sampled_from(MAINLAND_FORMS),
    st.sampled_from(BEFORE),
    st.sampled_from(AFTER),
)
def test_mainland_mobiles_go_in_any_form(number: str, form: Form, before: str, after: str) -> None:
    """However a mobile number is written or said, it goes, and the words around it stay."""
    masked = mask_text(f"{before}{form(number)}{after}")
    assert masked == f"{before}{Kind.PHONE.value}{after}"


@pytest.mark.parametrize(
    ("numbers", "forms"),
    [
        (digits("9", "########"), [lambda n: f"0{n}", lambda n: f"+886{n}", lambda n: f"+886-{n}"]),
        (digits("9", "########"), [lambda n: said(SPOKEN)(f"0{n}"), lambda n: f"0{n[:3]}-{n[3:]}"]),
        (digits("6", "#######"), [lambda n: f"+852{n}", lambda n: f"+852 {n[:4]} {n[4:]}"]),
        (digits("66", "######"), [lambda n: f"+853{n}", lambda n: f"00853 {n}"]),
    ],
)
def test_numbers_of_the_region_go(numbers: st.SearchStrategy[str], forms: list[Form]) -> None:
    """Mobile numbers of Taiwan, Hong Kong and Macau go with their prefixes."""

    @given(numbers, st.sampled_from(forms), st.sampled_from(BEFORE))
    def check(number: str, form: Form, before: str) -> None:
        assert mask_text(f"{before}{form(number)} 不要") == f"{before}{Kind.PHONE.value} 不要"

    check()


@given(
    st.integers(11, 65),
    st.dates(),
    st.integers(0, 9_999),
    st.integers(0, 999),
    st.sampled_from("0123456789X"),
    st.sampled_from([str, said(SPOKEN), said(SPOKEN, " ", (6, 8, 4))]),
)
def test_mainland_identity_numbers_go(
    province: int, born: object, area: int, order: int, check: str, form: Form
) -> None:
    """Eighteen places with a date of birth are an identity number, with or without an X."""
    date = str(born).replace("-", "")
    if not "1900" <= date[:4] <= "2099":
        date = "1984" + date[4:]
    number = f"{province}{area:04}{date}{order:03}{check}"
    assert mask_text(f"我是{form(number)} 查一下") == f"我是{Kind.ID.value} 查一下"


@given(st.sampled_from(["4", "51", "62", "6228"]), st.data(), st.sampled_from(["", " ", "-"]))
def test_cards_go(head: str, data: st.DataObject, gap: str) -> None:
    """Sixteen digits are a card, also where one was misheard; groups like prices need the check."""
    body = head + data.draw(
        st.text(string.digits, min_size=15 - len(head), max_size=15 - len(head))
    )
    doubled = [int(d) * (2 - place % 2) for place, d in enumerate(body)]
    check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    for digit in (check, (check + 1) % 10):
        number = f"{body}{digit}"
        assume(digit == check or set(number[3::4]) - set("089"))
        written = gap.join(number[i : i + 4] for i in range(0, 16, 4))
        assert mask_text(f"刷的是{written}") == "刷的是[CARD]"


@given(st.integers(1, 99_999_999), st.sampled_from(["元", "块", "万", "%", "次", "个", "年"]))
def test_amounts_stay(amount: int, unit: str) -> None:
    """No amount of something is anybody's number, with or without commas."""
    for text in (f"一共{amount}{unit}", f"一共{amount:,}{unit}"):
        assert mask_text(text) == text


@given(YEARS, st.sampled_from(["%Y-%m-%d %H:%M", "%Y年%m月%d日", "%Y%m%d", "%m/%d %T"]))
def test_dates_and_times_stay(moment: object, form: str) -> None:
    """No date or time of these two centuries is anybody's number."""
    text = f"约的{moment:{form}}"
    assert mask_text(text) == text


SURNAMES = ["欧阳", "司徒", *"王李张刘陈陳黃林何周吴鄭梁谢"]
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛超秀霞平刚桂英建国文华玉兰志明慧玲婷宇浩然欣怡思雨梓涵俊辉鹏"

ANNOUNCED = [
    "我叫{}",
    "我叫{}，你们别打了",
    "他叫{} 你记一下",
    "名字是{}",
    "姓名：{}",
    "收件人{}，放门口",
    "联系人：{} 下午在",
    "请问是{}先生吗",
    "请问您是{}本人吗",
    "{}女士您好",
    "您好，{}小姐，您的快递",
    "找一下{}老师",
]


@given(
    st.sampled_from(SURNAMES),
    st.text(GIVEN, min_size=1, max_size=2),
    st.sampled_from(ANNOUNCED),
)
def test_announced_names_go(surname: str, given_name: str, sentence: str) -> None:
    """A common name goes wherever its sentence announces it."""
    name = surname + given_name
    assert mask_text(sentence.format(name)) == sentence.format(Kind.NAME.value)
