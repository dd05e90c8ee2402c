"""Days, as a timezone begins and ends them: rules that speak of days go by UTC, or by the timezone of a vendor."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date.max.toordinal()


class Day(date):
    """The present day of a timezone other than UTC; equal to no day of another one."""

    zone: tzinfo

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Day) and self.zone == other.zone and self.toordinal() == other.toordinal()

    def __hash__(self) -> int:
        return hash((self.toordinal(), str(self.zone)))


def zone(name: str) -> tzinfo:
    """Return the timezone of an IANA name; UTC for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def day_of(moment: datetime) -> date:
    """Return the day of a moment in its own timezone."""
    if moment.tzinfo is UTC or moment.tzinfo is None:
        return moment.date()
    day = Day(moment.year, moment.month, moment.day)
    day.zone = moment.tzinfo
    return day


def zone_of(today: date) -> tzinfo:
    """Return the timezone by which a present day begins and ends."""
    return today.zone if isinstance(today, Day) else UTC


def begins(ordinal: int, today: date) -> int:
    """Return the first second, since 1970, of the day `ordinal` (`date.toordinal`) in the timezone of `today`."""
    place = zone_of(today)
    if place is UTC or not 1 <= ordinal <= _LAST:
        return (ordinal - _EPOCH) * SECONDS
    day = date.fromordinal(ordinal)
    return int(datetime(day.year, day.month, day.day, tzinfo=place).timestamp())


def shown(seconds: int, today: date) -> str:
    """Return the day of a moment, in the timezone of the present day, as YYYY-MM-DD."""
    try:
        return datetime.fromtimestamp(seconds, zone_of(today)).date().isoformat()
    except (OverflowError, ValueError):
        # In the last hours that a calendar has.
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
