"""Every form of a number, address or id gives one subject."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import InvalidSubjectError
from classifier.optouts.subjects.phone_numbers import e164
from classifier.optouts.subjects.subject import Subject, SubjectKind, parse_subject

REGIONS = st.sampled_from(["CN", "TW", "HK", "MO", "US"])
CHINESE = [
    str.maketrans(string.digits, "零一二三四五六七八九"),
    str.maketrans(string.digits, "〇幺两三四五六七八九"),
    str.maketrans(string.digits, "洞幺两三四五六拐八勾"),
    str.maketrans(string.digits, "０１２３４５６７８９"),
    str.maketrans(string.digits, "零壹贰叁肆伍陆柒捌玖"),
    str.maketrans(string.digits, "零壹貳叄肆伍陸柒捌玖"),
    str.maketrans(string.digits, "零壹貳參肆伍陸柒捌玖"),
]


@st.composite
def mobile_numbers(draw: st.DrawFn) -> tuple[str, str, str]:
    """A mobile number: its country code, its digits and its national prefix."""
    shapes = [("86", r"1[3-9][0-9]{9}", ""), ("886", r"9[0-9]{8}", "0")]
    shapes += [("852", r"[4-9][0-9]{7}", ""), ("853", r"6[0-9]{7}", "")]
    code, shape, prefix = draw(st.sampled_from(shapes))
    return code, draw(st.from_regex(shape, fullmatch=True)), prefix


HOME = {"86": "CN", "886": "TW", "852": "HK", "853": "MO"}


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str, str]:
    """A number as written by somebody, the region it is read in, and the number."""
    code, national, prefix = draw(mobile_numbers())
    abroad = [f"+{code}", f"00{code}", f"+{code} (0)" if prefix else f"(+{code})", f"加{code}"]
    start = draw(st.sampled_from([*abroad, prefix]))
    region = HOME[code] if start == prefix else draw(REGIONS)
    joint = draw(st.sampled_from(["", " ", "-", "－", ".", " - "]))
    cut = draw(st.integers(1, len(national) - 1))
    text = start + joint + national[:cut] + joint + national[cut:]
    text = text.translate(draw(st.sampled_from([{}, *CHINESE])))
    end = draw(
        st.sampled_from([
            "",
            "转12",
            " 轉 3",
            "分機７",
            " ext. 45",
            "x9",
            "#1",
            "转分机12",
            "（轉分機 3）",
        ])
    )
    space = draw(st.sampled_from(["", " ", "\t", "\u3000"]))
    return f"{space}{text}{end}{space}", region, f"+{code}{national}"


@given(spellings())
def test_every_spelling_gives_one_subject(spelling: tuple[str, str, str]) -> None:
    """Script, grouping, country code, extension and region asked from change nothing."""
    written, region, number = spelling
    assert parse_subject(written, region=region) == Subject(SubjectKind.PHONE, number)


@given(st.text(max_size=80) | st.from_regex(r"[a-z]{1,8}[:@][\w.]{1,20}"), REGIONS)
def test_parsing_is_idempotent(written: str, region: str) -> None:
    """What is stored reads back as itself, whatever region and kind are assumed."""
    try:
        subject = parse_subject(written, region=region)
    except InvalidSubjectError:
        return
    assert parse_subject(subject.value, subject.kind, "US") == subject
    with contextlib.suppress(InvalidSubjectError):  # an account whose id is a number elsewhere
        assert parse_subject(subject.value, region="US") == subject


@given(st.from_regex(r"(\+|00|\+00)?(86|886|852|853)?[0-9]{3,12}", fullmatch=True), REGIONS)
def test_numbers_are_idempotent(written: str, region: str) -> None:
    """Any digits at all: what is taken as a number stays that number."""
    number = e164(written, region)
    assert number is None or e164(number, "US") == number


@pytest.mark.parametrize(
    ("written", "region", "value"),
    [
        ("幺三八洞洞幺三八三个零", "CN", "+8613800138000"),
        ("17951 138 0013 8000", "CN", "+8613800138000"),
        ("17951-010-62345678", "CN", "+861062345678"),
        ("013800138000", "CN", "+8613800138000"),
        ("8613800138000", "TW", "+8613800138000"),
        ("tel:+86-138-0013-8000", "HK", "+8613800138000"),
        ("(010)6234-5678 转 123", "CN", "+861062345678"),
        ("零一零六二三四五六七八转二二", "CN", "+861062345678"),
        ("02-2311-1111 分機 5", "TW", "+886223111111"),
        ("010-62345678转分机12", "CN", "+861062345678"),
        ("010-62345678 (分机号:12)", "CN", "+861062345678"),
        ("010-62345678 ext. 12", "CN", "+861062345678"),
        ("010-62345678x12", "CN", "+861062345678"),
        ("010-62345678-12", "CN", "+861062345678"),
        ("０１０－６２３４５６７８－１２", "CN", "+861062345678"),
        ("01062345678,12", "CN", "+861062345678"),
        ("+86 10 62345678,,801", "HK", "+861062345678"),
        ("02-2311-1111-12", "TW", "+886223111111"),
        ("2311-1111-12", "HK", "+85223111111"),
        ("2888 1234 - 5", "MO", "+85328881234"),
        ("010,62345678", "CN", "+861062345678"),
        ("0755-8234567-8", "CN", "+8675582345678"),
        ("+49 30 123456-78", "CN", "+493012345678"),
        ("+886 (0)2 2311-1111", "CN", "+886223111111"),
        ("886912345678", "CN", "+886912345678"),
        ("912345678", "TW", "+886912345678"),
        ("852 9123 4567", "CN", "+85291234567"),
        ("2888 1234", "MO", "+85328881234"),
        ("4008-123-123", "CN", "+864008123123"),
        ("+1 (202) 456-1111", "CN", "+12024561111"),
        ("A.B@Example.COM", "CN", "a.b@example.com"),
        ("张三@例子.中国", "CN", "张三@xn--fsqu00a.xn--fiqs8s"),
        ("MAILTO:x@y.cn", "CN", "x@y.cn"),
        ("WeChat:oABc_1", "CN", "wechat:oABc_1"),
        ("telegram:@someone", "CN", "telegram:@someone"),
        ("device:AEBE52E7-03EE-455A-B3C4-E57283966239", "CN",
         "device:aebe52e7-03ee-455a-b3c4-e57283966239"),
    ],
)  # fmt: skip
def test_written_and_spoken_forms(written: str, region: str, value: str) -> None:
    """Forms met in call lists, in transcripts and on web forms."""
    assert parse_subject(written, region=region).value == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("phone:13800001111", "+8613800001111"),
        ("Mobile: 138-0000-1111", "+8613800001111"),
        ("CELL:+8613800001111", "+8613800001111"),
        ("sms:13800001111", "+8613800001111"),
        ("Tel.:010-62345678", "+861062345678"),
        ("Phone No.：13800001111", "+8613800001111"),
        ("电话:13800001111", "+8613800001111"),
        ("手机：13800001111", "+8613800001111"),
        ("手机号 : 幺三八零零零零幺幺幺幺", "+8613800001111"),
        ("電話：+886 2 2311 1111", "+886223111111"),
        ("手機:+852 9123 4567", "+85291234567"),
        ("email:Li@Example.com", "li@example.com"),
        ("E-Mail: li@example.com", "li@example.com"),
        ("邮箱：li@example.com", "li@example.com"),
        ("電子郵件:li@example.com", "li@example.com"),
        ("wechat:13800001111", "wechat:13800001111"),
        ("whatsapp:+85291234567", "whatsapp:+85291234567"),
        ("QQ:10001", "qq:10001"),
        ("userid:15000000001", "userid:15000000001"),
        ("account:li@example.com", "account:li@example.com"),
        ("crm:A-15000000001", "crm:A-15000000001"),
        ("device:phone:13800001111", "device:phone:13800001111"),
    ],
)
def test_a_label_says_what_it_is_and_is_no_chat_account(written: str, value: str) -> None:
    """A labelled number or address is that number or address; a chat scheme stays one."""
    subject = parse_subject(written)
    assert subject.value == value
    assert parse_subject(written, subject.kind) == subject


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("\u202d138 0000 1111\u202c", "+8613800001111"),
        ("\u2066+86\u00ad13800001111\u2069", "+8613800001111"),
        ("138\u200b0000\u200d1111\ufeff", "+8613800001111"),
        ("\u202a010-62345678\u200e转12\u202c", "+861062345678"),
        ("\u200eemail: l\u200bi@example.com", "li@example.com"),
        ("\u202dwechat:oABc", "wechat:oABc"),
    ],
)
def test_what_nobody_sees_is_left_off(written: str, value: str) -> None:
    """Address books put format characters around and into what is copied from them."""
    assert parse_subject(written).value == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("sip:13811112224@10.0.0.1", "+8613811112224"),
        ("SIP:+8613811112224@gw.example.com;user=phone", "+8613811112224"),
        ("sips:%2B86-138-1111-2224:secret@gw:5061;transport=tls", "+8613811112224"),
        ("sip:01062345678;ext=12@10.0.0.1", "+861062345678"),
        ("sip:+85291234567;phone-context=example.com@gw", "+85291234567"),
        ("tel:13800138000;phone-context=+86", "+8613800138000"),
        ("tel:+86-138-0013-8000;phone-context=+86;isub=1", "+8613800138000"),
        ("tel:01062345678;ext=12;isub=1", "+861062345678"),
        ("sip:li@example.com", "sip:li@example.com"),
        ("sip:1001@pbx.example.com", "sip:1001@pbx.example.com"),
    ],
)
def test_what_telephone_systems_send_is_the_number(written: str, value: str) -> None:
    """A bot that dials over SIP names the number in an address; stations and names are accounts."""
    assert parse_subject(written).value == value


@pytest.mark.parametrize(
    "written",
    [
        "T:13900000030",
        "Contact:13900000029",
        "ph:+86-138-1111-2222",
        "x:幺三八零零零零幺幺幺幺",
        "to:01062345678转12",
        "contact:li@example.com",
    ],
)
def test_a_number_behind_an_unknown_label_is_no_chat_account(written: str) -> None:
    """Taken as an account it would be recorded, and the person dialled; who means one says so."""
    with pytest.raises(InvalidSubjectError, match="label unknown here"):
        parse_subject(written)
    assert parse_subject(written, SubjectKind.CHAT).kind is SubjectKind.CHAT


@pytest.mark.parametrize("written", ["sip:62345678@10.0.0.1", "sip:138000013800@h;user=phone"])
def test_a_number_over_sip_that_cannot_be_read_is_refused(written: str) -> None:
    """It is no account: somebody would be dialled."""
    with pytest.raises(InvalidSubjectError, match="as a phone number in CN"):
        parse_subject(written)
    assert parse_subject(written, SubjectKind.CHAT).value == written


@pytest.mark.parametrize("written", ["phone:", "tel:li@example.com", "email:13800001111", "sms:12"])
def test_what_contradicts_its_label_is_refused(written: str) -> None:
    """A label that nothing fits, and a label as a chat scheme, are mistakes to be looked at."""
    with pytest.raises(InvalidSubjectError):
        parse_subject(written)
    with pytest.raises(InvalidSubjectError):
        parse_subject(written, SubjectKind.CHAT)


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("13800138000-12", "CN"),
        ("13800138000,12", "CN"),
        ("9123-4567-8", "HK"),
        ("400-123-4567-8", "CN"),
        ("+44 20 7946 0958-12", "CN"),
        ("010-62345678/79", "CN"),
        ("010-62345678、79", "CN"),
        ("010-62345678 12", "CN"),
        ("010-62345678-62345679", "CN"),
        ("0755-82345678,83456789", "CN"),
        ("0838-6234-567-89", "CN"),
        ("010-62345678转12-34", "CN"),
        ("62345678-12", "CN"),
    ],
)
def test_digits_that_may_be_no_extension_are_refused(written: str, region: str) -> None:
    """Only a whole landline is followed by an extension without a word; else it is a guess."""
    with pytest.raises(InvalidSubjectError):
        parse_subject(written, region=region)


@pytest.mark.parametrize(
    "written",
    ["", " ", "1380013800", "62345678", "13800138000/13900139000", "一百", "1.38E+10", "5" * 65,
     "+0", "a@b", "a b@c.cn", "@c.cn", "wechat:", "我的电话是13800138000", "\ud800",
     "a\ud800b@x.com", "a@\udcffx.com", "wechat:\ud83dabc", "device:ab\udcffcd"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(written: str) -> None:
    """Nothing is guessed: half a number, two numbers, no number."""
    with pytest.raises(InvalidSubjectError) as caught:
        parse_subject(written, name="contacts[3].subject")
    assert caught.value.violations[0].field == "contacts[3].subject"


@given(st.from_regex(r"[0-9]{6,30}(@|:)?", fullmatch=True))
def test_refusal_never_repeats_what_was_written(written: str) -> None:
    """The message is one of a few fixed ones, and `repr` shows no value either."""
    try:
        shown = repr(parse_subject(written))
    except InvalidSubjectError as error:
        shown = str(error)
    assert written not in shown


def test_unknown_region_is_named() -> None:
    """A typing error in a setting is not taken for a bad number."""
    with pytest.raises(InvalidSubjectError, match="region: is no region"):
        parse_subject("13800138000", region="XX")


def test_kinds_never_meet() -> None:
    """The same text as two kinds makes two hashes."""
    texts = {Subject(kind, "x").key_text for kind in SubjectKind}
    assert len(texts) == len(SubjectKind)
