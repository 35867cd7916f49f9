"""The policy: strictest of the enabled profiles, rules for repeats, limits, clear errors."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.errors import PolicyError
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.policy.policy_rules import Countable, SubjectHistory
from classifier.optouts.policy.profiles import RecordKind
from classifier.turns import Reason

SHIPPED = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
ALL = 'enabled = ["CN", "TW", "HK", "US", "EU"]'
FRIDAY = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def policy_of(tmp_path: Path, *codes: str) -> Policy:
    """The shipped policy with other profiles enabled."""
    listed = ", ".join(f'"{code}"' for code in codes)
    path = tmp_path / "policy.toml"
    path.write_text(SHIPPED.replace(ALL, f"enabled = [{listed}]"), encoding="utf-8")
    return read_policies(path).of("anyone")


def test_the_stop_is_due_at_once_unless_only_the_us_is_enabled(tmp_path: Path) -> None:
    """Of the enabled profiles the earliest stop holds, and it says whose it is."""
    both = policy_of(tmp_path, "US", "CN").stop_due(FRIDAY)
    assert (both.at, both.figure.profile) == (FRIDAY, "CN")
    alone = policy_of(tmp_path, "US").stop_due(FRIDAY)
    assert alone.at.isoformat() == "2026-12-12T00:00:00-05:00"
    assert alone.figure.profile == "US"
    assert "64.1200" in alone.figure.source


def test_the_reply_is_due_by_the_earliest_of_working_days_and_calendar_days(
    tmp_path: Path,
) -> None:
    """Working days of one place and calendar days of another are compared by their due dates."""
    assert policy_of(tmp_path, "EU").reply_due(FRIDAY).at.date().isoformat() == "2026-12-27"
    merged = policy_of(tmp_path, "EU", "HK").reply_due(FRIDAY)
    assert (merged.figure.profile, merged.at.date().isoformat()) == ("HK", "2026-12-12")


@pytest.mark.parametrize(
    ("codes", "kind", "years", "months", "profile"),
    [
        (("CN",), RecordKind.OPT_OUT, 0, 5, "CN"),
        (("CN", "HK"), RecordKind.OPT_OUT, 3, 0, "HK"),
        (("CN", "HK", "US"), RecordKind.EVIDENCE, 5, 0, "US"),
        (("TW",), RecordKind.EVIDENCE, 0, 5, "house"),
        (("CN", "TW"), RecordKind.REVIEW, 3, 0, "house"),
    ],
)
def test_the_longest_duty_to_keep_holds(
    tmp_path: Path, codes: tuple[str, ...], kind: RecordKind, years: int, months: int, profile: str
) -> None:
    """Retention is the longest duty of the enabled profiles; the house figure fills gaps only."""
    figure = policy_of(tmp_path, *codes).keep(kind)
    assert (figure.period.years, figure.period.months, figure.profile) == (years, months, profile)


def test_rules_lengthen_what_is_kept(tmp_path: Path) -> None:
    """A record made under a rule is kept as long as the rule says, where that is longer."""
    policy = policy_of(tmp_path, "CN")
    assert policy.keep(RecordKind.OPT_OUT, ["complained"]).period.years == 3
    assert policy.keep(RecordKind.OPT_OUT, ["long gone rule"]).period.months == 5
    assert policy.keep(RecordKind.REVIEW, ["complained"]).profile == "house"


def test_confirmations_are_the_fewest_in_the_shortest_window(tmp_path: Path) -> None:
    """One confirmation within five minutes as shipped; none where one profile forbids it."""
    policy = policy_of(tmp_path, "CN", "US")
    assert policy.confirmation_deadline(FRIDAY) == FRIDAY + timedelta(minutes=5)
    path = tmp_path / "none.toml"
    path.write_text(
        SHIPPED.replace(
            'at_most = 1\nwithin = { seconds = 300 }\nsource = "not read',
            'at_most = 0\nwithin = { seconds = 300 }\nsource = "not read',
        ),
        encoding="utf-8",
    )
    forbidden = read_policies(path).of("anyone")
    assert forbidden.confirmation().profile == "HK"
    assert forbidden.confirmation_deadline(FRIDAY) is None


def test_repeats_and_complaints_widen_the_scope(tmp_path: Path) -> None:
    """A second request, a complaint or a privacy grievance blocks everything; a first does not."""
    policy = policy_of(tmp_path, "CN")
    first = SubjectHistory(requests=(FRIDAY,))
    assert policy.rules_for(first) == ()
    again = SubjectHistory(requests=(FRIDAY - timedelta(days=400), FRIDAY))
    assert [rule.name for rule in policy.rules_for(again)] == ["repeated_request"]
    soon = SubjectHistory(requests=(FRIDAY - timedelta(days=2), FRIDAY))
    assert [rule.name for rule in policy.rules_for(soon)] == [
        "repeated_request",
        "repeated_within_a_month",
    ]
    private = SubjectHistory((FRIDAY,), complained=True, reasons=frozenset({Reason.PRIVACY}))
    names = [rule.name for rule in policy.rules_for(private)]
    assert names == ["complained", "complained_of_privacy"]
    assert all(rule.widen for rule in policy.rules_for(private))


def test_a_share_waits_for_enough_contacts_and_a_count_does_not(tmp_path: Path) -> None:
    """One complaint in one call is no rate; ten privacy complaints are too many at any volume."""
    limits = {limit.name: limit for limit in policy_of(tmp_path, "CN").caller_limits}
    share = limits["opt_outs_in_a_day"]
    assert share.counts is Countable.OPT_OUTS
    assert not share.passed(1, 1)
    assert not share.passed(20, 200)
    assert share.passed(21, 200)
    count = limits["privacy_complaints_in_a_week"]
    assert not count.passed(10, 1_000_000)
    assert count.passed(11, 0)
    assert count.suspends


def test_a_tenant_has_its_own_profiles_and_zone(tmp_path: Path) -> None:
    """What the file says of a tenant holds for it alone."""
    path = tmp_path / "policy.toml"
    path.write_text(
        SHIPPED + '\n[tenants.acme]\nenabled = ["HK"]\ntime_zone = "Asia/Hong_Kong"\n',
        encoding="utf-8",
    )
    policies = read_policies(path)
    assert policies.of("acme").codes == ("HK",)
    assert str(policies.of("acme").zone) == "Asia/Hong_Kong"
    assert policies.of("other").codes == ("CN", "TW", "HK", "US", "EU")
    assert len(policies.of("other").version) == 12


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (ALL, 'enabled = ["CN", "UK"]', r"enabled: may hold only CN, TW, HK, US, EU"),
        (ALL, "enabled = []", r"enabled: must name at least one profile"),
        (ALL, "", r"enabled: must name at least one profile"),
        (
            "claim_minutes = 30",
            "claim_minutes = 0",
            r"claim_minutes: must be a whole number from 1",
        ),
        ("claim_minutes = 30", "claim_minute = 30", r"claim_minutes: is missing"),
        ("claim_minutes = 30", "claim_minutes = 30\nfoo = 1", r"foo: is not known here"),
        (
            "period = { days = 15 }",
            "period = { weeks = 2 }",
            r"\[profiles.CN.reply.period\] weeks: is",
        ),
        (
            "period = { days = 15 }",
            "period = 15",
            r"\[profiles.CN.reply\] period: must be a period",
        ),
        (
            "period = { days = 15 }",
            "period = { days = -1 }",
            r"days: must be a whole number from 0",
        ),
        (
            "at_most = { years = 1 }",
            "at_most = { years = 9999 }",
            r"subject_named_a_time.at_most\] years: must be a whole number from 0 to 1000$",
        ),
        (
            "period = { days = 15 }",
            "period = { working_days = 10001 }",
            r"working_days: must be a whole number from 0 to 10000$",
        ),
        ("first_contact_notice = true", "", r"\[profiles.CN\] first_contact_notice: is missing"),
        ("holidays = []", 'holidays = ["1.1.2027"]', r"\[profiles.CN\] holidays: must hold dates"),
        (
            "extra_working_days = []",
            'extra_working_days = ["1.1.2027"]',
            r"\[profiles.CN\] extra_working_days: must hold dates",
        ),
        ('"saturday", "sunday"', '"sat"', r"\[profiles.CN\] rest_days: may hold only monday"),
        ('"Asia/Shanghai"', '"China"', r"time_zone: is not a known time zone; write one such as"),
        ("at_most = 1", "at_most = 2", r"\[profiles.CN.confirmation\] at_most: .* from 0 to 1"),
        ("[profiles.CN.keep.number]", "[profiles.CN.keep.phone]", r"keep.phone: is no record kind"),
        (
            "complaint = true",
            "complaint = 1",
            r"\[rules\[2\].when\] complaint: must be true or fal",
        ),
        ("{ complaint = true }", "{ }", r"\[rules\[2\]\] when: names no condition"),
        ("complaint = true", "complaint = true, within_days = 30", r"within_days: bounds no count"),
        ("share = 0.10", "share = 10", r"\[caller_limits\[0\]\] share: must be a share above 0"),
        ("share = 0.10", "share = 0.1\ncount = 3", r"share: or count must be set, and not both"),
        ("share = 0.10", "count = 3", r"\[caller_limits\[0\]\] contacts_at_least: .*; take it out"),
        ('action = "suspend"', 'action = "stop"', r"action: must be one of propose, suspend"),
        ("[keep]", "[keep", r"is not TOML: .*; correct that line"),
        ("at_most = 1", "at_most = " + "1" * 5_000, r"is not TOML: a number has too many digits"),
    ],
)
def test_a_wrong_entry_names_file_table_key_and_remedy(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """A wrong policy file is refused with the file, the table, the key and what to write."""
    assert old in SHIPPED
    path = tmp_path / "policy.toml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=message) as caught:
        read_policies(path)
    assert str(path) in str(caught.value)


def test_the_longest_periods_still_give_dates(tmp_path: Path) -> None:
    """What the file may say works out: the longest end, kept for the longest time after it."""
    longest = (
        "{ years = 1000, months = 12000, days = 365000, working_days = 10000, seconds = 1000000 }"
    )
    text = SHIPPED.replace("at_most = { years = 1 }", f"at_most = {longest}")
    text = text.replace("[keep]\nopt_out = { months = 5 }", f"[keep]\nopt_out = {longest}")
    text = text.replace(ALL, 'enabled = ["TW"]')
    rest = 'rest_days = ["saturday", "sunday"]'
    week = 'rest_days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]'
    path = tmp_path / "policy.toml"
    path.write_text(text.replace(rest, week), encoding="utf-8")
    policy = read_policies(path).of("anyone")
    basis = policy.legal_bases["subject_named_a_time"]
    end = basis.at_most.after(FRIDAY, policy.profiles[0].working)
    assert policy.kept_until(RecordKind.OPT_OUT, end).at.year > 8_000


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    """A policy file that is not there says which setting names it."""
    with pytest.raises(PolicyError, match="WURAO_POLICY"):
        read_policies(tmp_path / "none.toml")
