"""The view: the one answer about access to the portal and its tickets, as SQL conditions for everybody or one person.

Pages, the API and the comparison of plans all ask here. Only users who are not archived ever get in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from workspace.access.readers import (
    AS_THEY_ARE,
    READERS,
    Regranted,
    companies_read,
    flag,
    for_customers,
    tickets_inside,
)
from workspace.core.clock import iso
from workspace.core.days import day_of
from workspace.database.prepared import Prepared
from workspace.database.tables import contacts, tickets
from workspace.database.tables.directory import IS_USER
from workspace.people.directory import Person, about, by_email, listed, of_rows
from workspace.rules.model import Rule, parse
from workspace.rules.sql import PERSON, Query, finds_people, holds_for_person, query_of_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from workspace.database.prepared import Bare
    from workspace.rules.sql_values import Where
    from workspace.settings.observed import Observed

CARD = "tickets_portal"
"""The type of the homepage section that leads to the portal."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The audience of a portal: `everyone` (all users), `nobody`, or `rule` with its rule."""

    mode: Literal["everyone", "nobody", "rule"]
    rule: Rule | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Audience:
        """Return the audience that valid settings describe."""
        by_rule = document["mode"] == "rule"
        return cls(document["mode"], parse(document["rule"]) if by_rule else None)

    def condition(self, query: Query) -> Where:
        """Return the condition on rows of `contacts` that they belong to the audience."""
        if self.mode == "nobody":
            return false()
        return and_(is_user(), finds_people(self.rule, query)) if self.rule else is_user()


@dataclass(frozen=True, slots=True)
class View:
    """Everything that decides access to the portal and its tickets; nobody gets in unless `open` (enabled, effective).

    `restricted` people see only the tickets they created: those of `conditions`, all if None.
    """

    open: bool
    audience: Audience
    restricted: bool = False
    conditions: Rule | None = None
    regranted: Regranted = AS_THEY_ARE

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> View:
        """Return the view that a valid document of the admin API describes."""
        visibility = document["ticket_visibility"]
        conditions = visibility.get("conditions")
        return cls(
            open=document["open"],
            audience=Audience.from_document(document["audience"]),
            restricted=visibility["restricted"],
            conditions=parse(conditions) if conditions else None,
        )

    def rules(self) -> Iterator[Rule]:
        """Yield the rules that matter for this view: none if nobody gets in anyway."""
        if self.open and self.audience.rule:
            yield self.audience.rule
        if self.open and self.restricted and self.conditions:
            yield self.conditions

    def opens(self, query: Query) -> Where:
        """Return the condition on rows of `contacts` that they can open the portal."""
        return self.audience.condition(query) if self.open else false()

    def own_only(self, query: Query) -> Where:
        """Return the condition on rows of `contacts` that they, once inside, see only the tickets that they created."""
        if not self.restricted:
            return false()
        return holds_for_person(self.conditions, query) if self.conditions else true()


def live_view(observed: Observed, today: date) -> View:
    """Return the view in force: the current settings, open only while all required settings are met."""
    settings = {kind: observed.of(kind).document for kind in ("audience", "ticket_visibility")}
    return View.from_document({"open": observed.portal(observed.checks(today))["effective"], **settings})


def shows_card(observed: Observed) -> bool:
    """Return True if the homepage shows the portal's card to people with access."""
    # Not every profile of required settings asks for a live Help Center: then the URL leads in, and nothing else.
    return observed.of("help_center").document["live"] and any(
        value["type"] == CARD and value["enabled"] for value in observed.of("homepage").document["live"]
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """The access of one person under a view; `own_only` if they see only the tickets they created."""

    user: bool
    in_audience: bool
    opens: bool
    own_only: bool
    has_company: bool

    @property
    def sees_company_tickets(self) -> bool:
        """True if they see other people's tickets of their own or granted companies."""
        return self.opens and not self.own_only and self.has_company


NOBODY = Standing(user=False, in_audience=False, opens=False, own_only=False, has_company=False)
"""The access of an unknown person."""


def is_user() -> Where:
    """Return the condition on rows of `contacts` for users who are not archived: nobody else gets in."""
    return IS_USER


# --- one person -----------------------------------------------------------------------------------


def standing(connection: Connection | Bare, person_id: str, view: View, today: date) -> Standing:
    """Return a person's access under a view; all false for an unknown person."""
    row = _standing(view, today).first(connection, **{PERSON.key: person_id})
    return standing_in(view, person_id, row) if row else NOBODY


def standing_in(view: View, person_id: str, row: Sequence[Any]) -> Standing:
    """Return the access that the columns of `standing_of_row` tell."""
    user, meant, own, member, granted = map(bool, row)
    others = view.regranted.of(person_id) if user else None
    has_company = member or (granted if others is None else bool(others))
    return Standing(user, meant, meant and view.open, meant and view.open and own, has_company)


def standing_of_row(view: View, query: Query) -> tuple[ColumnElement[int], ...]:
    """Return what decides the access of a row of `contacts`, a column each."""
    reads = (exists().where(table.c.contact_id == contacts.c.id).correlate(contacts) for table in READERS)
    return tuple(map(flag, (is_user(), view.audience.condition(query), view.own_only(query), *reads)))


@lru_cache(maxsize=16)
def _standing(view: View, today: date) -> Prepared:
    # Made once for a view: making it costs more than asking it.
    columns = standing_of_row(view, Query(today, single=True))
    return Prepared(select(*columns).where(contacts.c.id == PERSON), PERSON.key)


def may_open(connection: Connection | Bare, person_id: str, view: View, today: date) -> bool:
    """Return True if a person can open the portal."""
    return standing(connection, person_id, view, today).opens


def visible_tickets(connection: Connection, person_id: str, view: View, today: date) -> Select[Any]:
    """Return the statement of a person's tickets in the portal, with all columns; empty for people without access."""
    person = standing(connection, person_id, view, today)
    if not person.opens:
        return select(tickets).where(false())
    if person.own_only or person_id not in view.regranted.people:
        return tickets_inside(own_only=person.own_only).params({PERSON.key: person_id})
    theirs = tickets.c.company_id.in_(companies_read(person_id, view.regranted))
    return select(tickets).where(or_(tickets.c.contact_id == person_id, theirs), for_customers())


# --- all people -----------------------------------------------------------------------------------


def openers(view: View, today: date) -> Select[str]:
    """Return the statement that selects the ids of all people with access."""
    return select(contacts.c.id).where(view.opens(Query(today)))


@dataclass(frozen=True, slots=True)
class Preview:
    """One page of an audience, by email without regard to case, people without one last; `count` is of all pages."""

    count: int
    people: tuple[Person, ...]
    page: int
    per_page: int
    as_of: str

    def document(self) -> dict[str, Any]:
        """Return the preview as the admin API answers it."""
        return {
            "type": "preview",
            "count": self.count,
            "people": [person.document() for person in self.people],
            "page": self.page,
            "per_page": self.per_page,
            "total_pages": -(-self.count // self.per_page),
            "as_of": self.as_of,
        }


def preview(connection: Connection, audience: Audience, now: datetime, page: int = 1, per_page: int = 50) -> Preview:
    """Return a page of an audience, for an open or a closed portal."""
    query = query_of_all(connection, [audience.rule] if audience.rule else [], day_of(now))
    count, everybody = connection.execute(_counted(audience, query, connection.dialect.name)).one()
    start = (page - 1) * per_page
    people: list[Person] = []
    if start < count:
        looked_for = _is_looked_for(count, start + per_page, everybody)
        paged = _paged(audience, query, looked_for=looked_for)
        people = of_rows(connection.execute(paged, {"per_page": per_page, "start": start}))
    return Preview(count, tuple(people), page, per_page, iso(int(now.timestamp())))


def _is_looked_for(count: int, wanted: int, everybody: float) -> bool:
    """Return True where the wanted of `count` people are found sooner among everybody in order than by sorting them."""
    return everybody >= 0 and count * count > wanted * everybody


@lru_cache(maxsize=64)
def _counted(audience: Audience, query: Query, dialect: str) -> Select[Any]:
    return select(func.count(), about(dialect)).select_from(contacts).where(audience.condition(query))


@lru_cache(maxsize=64)
def _paged(audience: Audience, query: Query, *, looked_for: bool) -> Select[Any]:
    meant = audience.condition(query)
    if looked_for and audience.rule:
        holds = holds_for_person(audience.rule, query)
        # SQLite would begin at an index of the rule, and sort; it cannot where it does not see what is asked.
        meant = and_(is_user(), holds if query.planned else flag(holds) == literal_column("1"))
    ids = select(contacts.c.id).where(meant).order_by(*by_email())
    return listed(ids.limit(bindparam("per_page", type_=Integer())).offset(bindparam("start", type_=Integer())))
