"""The texts that people are told."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.errors import PolicyError
from classifier.optouts.policy.notices import Notices, Purpose, read_notices
from classifier.optouts.policy.policy_file import read_policies
from classifier.text.fold import fold
from classifier.turns import Channel

SHIPPED = (files("classifier.optouts.policy") / "notices.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", ["CN", "TW", "HK", "US", "EU"])
@pytest.mark.parametrize("channel", list(Channel))
def test_every_profile_has_a_text_for_every_purpose_and_channel(
    code: str, channel: Channel
) -> None:
    """No bot is left without words: each purpose has a text in each place on each channel."""
    policy = read_policies().of("anyone")
    own = tuple(profile for profile in policy.profiles if profile.code == code)
    for purpose in Purpose:
        notice = read_notices().find(purpose, replace(policy, profiles=own), channel)
        assert notice is not None, (purpose, channel)
        assert code in notice.jurisdictions
        assert notice.language == own[0].languages[0]


@pytest.mark.parametrize("code", ["CN", "TW", "HK", "US", "EU"])
@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("purpose", [Purpose.OPT_OUT, Purpose.CONFIRMATION])
def test_every_profile_can_tell_what_a_narrowed_opt_out_stops(
    code: str, channel: Channel, purpose: Purpose
) -> None:
    """In each place, on each channel, there is a text that names campaign, channel and end."""
    policy = read_policies().of("anyone")
    own = replace(policy, profiles=tuple(p for p in policy.profiles if p.code == code))
    notice = read_notices().find(purpose, own, channel, narrowed=True)
    assert notice is not None
    scope = notice.scope_in_words("campaign", "spring $1", "sms", "2026-12-01")
    said = notice.fill("某公司", "95000", scope)
    assert all(part in said for part in ("spring $1", notice.scope_words["sms"], "2026-12-01"))
    assert "以后都" not in said
    assert "今后" not in said


def test_scripts_are_what_the_language_says() -> None:
    """A Simplified text holds no Traditional character, and Traditional ones hold some."""
    for notice in read_notices().all():
        traditional = [
            c for c in notice.text if "\u4e00" <= c <= "\u9fff" and fold(c).bare not in ("", c)
        ]
        if notice.language == "zh-Hans":
            assert not traditional, (notice.id, traditional)
        elif notice.language.startswith("zh-Hant"):
            assert traditional, notice.id
        else:
            assert notice.text.isascii(), notice.id


def test_hong_kong_is_spoken_to_in_cantonese() -> None:
    """What a bot says in Hong Kong is Cantonese; what it writes there is not."""
    notices = [n for n in read_notices().all() if n.language == "zh-Hant-HK"]
    spoken = [n for n in notices if n.channels == {Channel.VOICE}]
    assert spoken
    assert all(any(word in n.text for word in ("我哋", "唔", "嘅")) for n in spoken)


def test_the_language_asked_for_is_given_where_the_profile_has_it() -> None:
    """English is spoken in Hong Kong to those who want it, and the home language otherwise."""
    policy = read_policies().of("anyone")
    hong_kong = replace(policy, profiles=tuple(p for p in policy.profiles if p.code == "HK"))
    notices = read_notices()
    english = notices.find(Purpose.OPT_OUT, hong_kong, Channel.SMS, "en")
    other = notices.find(Purpose.OPT_OUT, hong_kong, Channel.SMS, "fr")
    assert english is not None
    assert other is not None
    assert (english.language, other.language) == ("en", "zh-Hant-HK")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("", "zh-Hans"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-hans-cn", "zh-Hans"),
        ("zh-TW", "zh-Hant-TW"),
        ("ZH-HANT", "zh-Hant-TW"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("zh-hk", "zh-Hant-HK"),
        ("zh-MO", "zh-Hant-HK"),
        ("zh-Hant-HK-x-spoken", "zh-Hant-HK"),
        ("yue", "zh-Hant-HK"),
        ("fr", "zh-Hans"),
    ],
)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_language_asked_for_is_looked_for_in_every_profile(
    purpose: Purpose, asked: str, given: str
) -> None:
    """With every profile enabled, as shipped, a tag gets what a reader of BCP 47 expects."""
    notice = read_notices().find(purpose, read_policies().of("anyone"), Channel.VOICE, asked)
    assert notice is not None
    assert notice.language == given


def test_another_script_is_nearer_than_another_language() -> None:
    """Who reads Chinese is not told in English where a text has it in other characters."""
    policy = read_policies().of("anyone")
    by_code = {profile.code: profile for profile in policy.profiles}
    abroad = replace(policy, profiles=(by_code["US"], by_code["TW"]))
    notice = read_notices().find(Purpose.CLARIFY, abroad, Channel.SMS, "zh-CN")
    assert notice is not None
    assert notice.language == "zh-Hant-TW"


def test_the_newest_version_is_said_and_the_old_one_is_still_found(tmp_path: Path) -> None:
    """A record that points to version 1 shows version 1, after version 2 has come."""
    path = tmp_path / "notices.toml"
    path.write_text(
        SHIPPED + '\n[[notices]]\nid = "cn.opt_out"\nversion = 2\npurpose = "opt_out"\n'
        'language = "zh-Hans"\njurisdictions = ["CN"]\nchannels = ["sms"]\ntext = "好,$company"\n',
        encoding="utf-8",
    )
    notices = read_notices(path)
    policy = read_policies().of("anyone")
    newest = notices.find(Purpose.OPT_OUT, policy, Channel.SMS)
    oldest = notices.get("cn.opt_out", 1)
    assert newest is not None
    assert oldest is not None
    assert (newest.version, newest.fill("某公司", "10000")) == (2, "好,某公司")
    assert newest.digest != oldest.digest
    assert notices.get("cn.opt_out", 3) is None


def test_without_a_text_there_is_none() -> None:
    """A place without a notice gets none rather than another place's."""
    assert Notices([]).find(Purpose.OPT_OUT, read_policies().of("x"), Channel.SMS) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("拨打$contact", "$phone", r"\[notices\[4\]\] text: may hold \$company, \$contact and "),
        (
            "拨打$contact",
            "$scope",
            r"\[notices\[4\]\] text: must hold \$scope where there is a tab",
        ),
        ("“$name”", "“春”", r"\[notices\[7\].scope\] campaign: must hold \$name;"),
        ("and = ", "or = ", r"\[notices\[7\].scope\] and: is missing; add it"),
        ('purpose = "opt_out"', 'purpose = "stop"', r"purpose: must be one of opt_out, first_"),
        ('id = "cn.opt_out"', 'id = "cn.opt_out.voice"', r"version: stands twice for this id"),
        ('jurisdictions = ["CN"]', "jurisdictions = []", r"jurisdictions: must name at least one"),
        ("version = 1", "version = 0", r"version: must be a whole number from 1"),
        ("[[notices]]", "a = " + "[" * 3_000, r"is not TOML: brackets are nested too deep"),
    ],
)
def test_a_wrong_notice_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """A wrong file of notices is refused with table, key and remedy."""
    path = tmp_path / "notices.toml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=message):
        read_notices(path)
