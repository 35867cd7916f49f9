"""Spans of time as laws write them: seconds, days, working days, months and years."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days of a place are working days.

    Attributes:
        zone: Time zone in which a day begins and ends.
        rest_days: Days of the week without work, Monday is 0; at most six of them.
        holidays: Further dates without work. Leaving one out makes a due date earlier, never later.
        extra_working_days: Dates on which people work though they are rest days, as in mainland
            China around long holidays. Leaving one out makes a due date later.
    """

    zone: tzinfo
    rest_days: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    extra_working_days: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Say whether people work on this day.

        Args:
            day: A date in `zone`.
        """
        if day in self.extra_working_days:
            return True
        return day.weekday() not in self.rest_days and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time; only the parts that a law names are set, and none is negative.

    Attributes:
        years: Calendar years; 29 February becomes the 28th.
        months: Calendar months; a day that the month lacks becomes its last.
        days: Calendar days.
        working_days: Working days after the day of the request; ends with the last of them.
        seconds: Elapsed seconds.
    """

    years: int = 0
    months: int = 0
    days: int = 0
    working_days: int = 0
    seconds: int = 0

    def after(self, moment: datetime, working: WorkingCalendar) -> datetime:
        """Return when the period that starts at a moment is over.

        Args:
            moment: With a time zone.
            working: Whose days count.

        Returns:
            A time in the zone of `working`. With working days it is the end of the last of them.
        """
        local = _add_months(moment.astimezone(working.zone), 12 * self.years + self.months)
        local += timedelta(days=self.days)
        if self.working_days:
            day = local.date()
            left = self.working_days
            while left:
                day += timedelta(days=1)
                left -= working.is_working_day(day)
            local = datetime(day.year, day.month, day.day, tzinfo=working.zone) + timedelta(days=1)
        if not self.seconds:
            return local
        # Seconds are elapsed time, also where a clock is put forward or back in between.
        return datetime.fromtimestamp(local.timestamp() + self.seconds, working.zone)

    def about_days(self) -> float:
        """Return roughly how many days it spans, for telling which of two periods is longer."""
        working = self.working_days * _DAYS_OF_A_WEEK / 5
        months = 12 * self.years + self.months
        return months * 365.25 / 12 + self.days + working + self.seconds / 86_400

    def __str__(self) -> str:
        """Return it in words, such as ``10 working days``."""
        parts = [
            f"{count} {name if count != 1 else name[:-1]}"
            for count, name in (
                (self.years, "years"),
                (self.months, "months"),
                (self.days, "days"),
                (self.working_days, "working days"),
                (self.seconds, "seconds"),
            )
            if count
        ]
        return " ".join(parts) or "at once"


def _add_months(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)
