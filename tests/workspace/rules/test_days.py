"""Rules that speak of days, in the timezone of a vendor's workspace: SQL says what a calendar on that wall says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.reference import Person, compare_day
from tests.support.workspace.populate import scratch
from tests.support.workspace.strategies import World
from workspace.core import days
from workspace.database import tables
from workspace.rules.model import parse
from workspace.rules.sql import Query, holds_for_person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

ZONES = ("Pacific/Auckland", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca", "UTC")
# Around changes of the clock: 2018-11-04 in São Paulo had no midnight, 2026-03-08 has 23 hours in Los Angeles.
NEAR = [datetime(2018, 11, 4, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)]
MOMENTS = [
    int((start + timedelta(hours=hour, seconds=second)).timestamp())
    for start in NEAR
    for hour in range(-50, 51, 1)
    for second in (-1, 0)
]
SEEN = World(tuple(Person(f"p{moment}", {"last_seen_at": moment}) for moment in MOMENTS), ())


@pytest.fixture(scope="module")
def seen(new_url: Callable[[], str]) -> Iterator[Connection]:
    with scratch(new_url(), SEEN) as connection:
        yield connection


def on_the_wall(comparison: str, value: Any, moment: int, zone: ZoneInfo, today: date) -> bool:
    return compare_day(comparison, datetime.fromtimestamp(moment, zone).date(), value, today)


DATES = st.sampled_from(NEAR).flatmap(
    lambda near: st.integers(-3, 3).map(lambda shift: (near + timedelta(days=shift)).date().isoformat())
)
CONDITIONS = st.one_of(
    st.tuples(st.sampled_from(("after", "on", "before")), DATES),
    st.tuples(st.sampled_from(("more_than_days_ago", "less_than_days_ago", "exactly_days_ago")), st.integers(0, 4)),
)


@given(zone=st.sampled_from(ZONES), condition=CONDITIONS, now=st.sampled_from(MOMENTS))
def test_days_go_by_the_timezone(seen: Connection, zone: str, condition: tuple[str, Any], now: int) -> None:
    place = ZoneInfo(zone)
    present = datetime.fromtimestamp(now, UTC).astimezone(days.zone(zone))
    comparison, value = condition
    predicate = {"attribute": "last_seen_at", "type": "date", "comparison": comparison, "value": value}
    holds = holds_for_person(parse(predicate), Query(days.day_of(present)))
    names = set(seen.execute(select(tables.contacts.c.id).where(holds)).scalars())
    today = present.date()
    assert names == {f"p{one}" for one in MOMENTS if on_the_wall(comparison, value, one, place, today)}


def test_days_of_different_timezones_are_different() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    names = {days.day_of(moment.astimezone(days.zone(name))) for name in ("Asia/Tokyo", "Asia/Seoul", "Etc/Nowhere")}
    assert len(names) == 3
    assert days.day_of(moment.astimezone(days.zone("Asia/Tokyo"))) in names


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_the_calendar(day: str, zone: str) -> None:
    today = days.day_of(datetime(2026, 3, 1, tzinfo=days.zone(zone)))
    ordinal = date.fromisoformat(day).toordinal()
    assert days.begins(ordinal, today) < days.begins(ordinal + 1, today)
    assert days.begins(ordinal - 1, today) < days.begins(ordinal, today)
    assert len(days.shown(253_402_300_799, today)) == 10
