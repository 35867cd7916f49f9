"""Spans of time as laws write them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from classifier.optouts.policy.periods import Period, WorkingCalendar

HONG_KONG = WorkingCalendar(
    ZoneInfo("Asia/Hong_Kong"), holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)})
)
NEW_YORK = WorkingCalendar(ZoneInfo("America/New_York"))


def test_ten_working_days_skip_weekends_and_holidays() -> None:
    """Ten working days end with the tenth day on which people work, at its midnight."""
    friday = datetime(2026, 12, 18, 15, 0, tzinfo=HONG_KONG.zone)
    # 21-24, 28-31 December are eight; 1 January 2027 is a Friday and not listed: nine; 4 January.
    assert Period(working_days=10).after(friday, HONG_KONG) == datetime(
        2027, 1, 5, tzinfo=HONG_KONG.zone
    )


def test_a_rest_day_on_which_people_work_counts() -> None:
    """A Saturday worked in exchange for a holiday brings the due date forward."""
    saturday = date(2027, 2, 20)
    worked = replace(HONG_KONG, extra_working_days=frozenset({saturday}))
    friday = datetime(2027, 2, 19, 15, 0, tzinfo=HONG_KONG.zone)
    due = [Period(working_days=1).after(friday, days).day for days in (worked, HONG_KONG)]
    assert due == [21, 23]


def test_working_days_are_counted_where_the_law_holds() -> None:
    """A request late on Friday in UTC is already Saturday's in Hong Kong: Monday is day one."""
    late = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
    assert Period(working_days=1).after(late, HONG_KONG) == datetime(
        2026, 12, 1, tzinfo=HONG_KONG.zone
    )


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period(months=1), "2027-01-31", "2027-02-28"),
        (Period(months=5), "2026-11-27", "2027-04-27"),
        (Period(years=3), "2028-02-29", "2031-02-28"),
        (Period(years=1, days=1), "2026-12-31", "2028-01-01"),
        (Period(), "2026-12-31", "2026-12-31"),
    ],
)
def test_months_and_years_follow_the_calendar(period: Period, start: str, end: str) -> None:
    """A month is a calendar month; a day that it lacks becomes its last."""
    zone = HONG_KONG.zone
    begin = datetime.fromisoformat(start).replace(tzinfo=zone)
    assert period.after(begin, HONG_KONG) == datetime.fromisoformat(end).replace(tzinfo=zone)


def test_seconds_are_elapsed_time_across_a_change_of_clocks() -> None:
    """Five minutes are 300 elapsed seconds, also in the night in which clocks go back."""
    before = datetime(2026, 11, 1, 1, 58, tzinfo=NEW_YORK.zone)
    after = Period(seconds=300).after(before, NEW_YORK)
    assert after.timestamp() - before.timestamp() == 300


def test_a_period_reads_as_words() -> None:
    """Periods are shown to people in words."""
    assert str(Period(working_days=10)) == "10 working days"
    assert str(Period(years=1, months=6)) == "1 year 6 months"
    assert str(Period()) == "at once"
