"""Access of named people, with reasons; one person's with a single statement, for customers' own programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from workspace.access.explanation import Pair, Pairs, explain
from workspace.access.listed_tickets import listed
from workspace.access.readers import flag
from workspace.access.view import NOBODY, Standing, is_user, standing, standing_in, standing_of_row
from workspace.core.folding import folded
from workspace.database.prepared import Prepared
from workspace.database.tables import companies, contacts, memberships
from workspace.people.directory import Person, company_name, granted, granted_names, person
from workspace.rules.sql import Query

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, FromClause

    from workspace.access.listed_tickets import Listed, TicketRequest
    from workspace.access.view import View
    from workspace.database.prepared import Bare


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to one reference; `ambiguous` is the number of matches, if several, and then `person` is None."""

    ref: str
    ambiguous: int = 0
    person: Person | None = None
    standing: Standing = NOBODY
    card_shown: bool = False
    explanation: tuple[Pair, ...] | None = None
    tickets: Listed | None = None
    granted: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the result as the admin API answers it."""
        return {
            "ref": self.ref,
            "found": self.person is not None,
            **({"ambiguous": self.ambiguous} if self.ambiguous else {}),
            "person": self.person.document() if self.person else None,
            "user": self.standing.user,
            "in_audience": self.standing.in_audience,
            "can": {
                "open_portal": self.standing.opens,
                "see_card": self.standing.opens and self.card_shown,
                "see_company_tickets": self.standing.sees_company_tickets,
            },
            "granted": list(self.granted),
            "explanation": self._explanation(),
            **({"tickets": self.tickets.document()} if self.tickets else {}),
        }

    def _explanation(self) -> dict[str, Any] | None:
        return None if self.explanation is None else {"pairs": [pair.document() for pair in self.explanation]}


def check(
    connection: Connection | Bare,
    refs: Sequence[str],
    view: View,
    today: date,
    *,
    card_shown: bool,
    tickets: TicketRequest | None = None,
) -> list[Checked]:
    """Check the access of each person under a view, in the order of the references; `today` is in UTC.

    References are contact ids, external ids or email addresses, tried in this order. Of several people with one email
    address, users who are not archived go before all others; several of those make the reference ambiguous.
    """
    results = []
    for ref in refs:
        ids = meant(connection, ref)
        if len(ids) != 1:
            results.append(Checked(ref, ambiguous=len(ids)))
            continue
        rule = view.audience.rule
        results.append(
            Checked(
                ref,
                person=person(connection, ids[0]),
                standing=standing(connection, ids[0], view, today),
                card_shown=card_shown,
                explanation=explain(connection, ids[0], rule, today) if rule else None,
                tickets=listed(ids[0], view, today, tickets) if tickets else None,
                granted=granted(connection, ids[0]),
            )
        )
    return results


_REFERRED = or_(
    contacts.c.id == bindparam("ref"),
    contacts.c.external_id == bindparam("ref"),
    contacts.c.email_folded == bindparam("folded"),
)
_PREFERRED = flag(is_user()).label("preferred")
_CANDIDATES = Prepared(
    select(contacts.c.id, contacts.c.external_id, contacts.c.email_folded, _PREFERRED)
    .where(_REFERRED)
    .order_by(contacts.c.id),
    *("ref", "folded"),
)


def meant(connection: Connection | Bare, ref: str) -> list[str]:
    """Return the ids of the people that a reference matches."""
    email = folded(ref)
    return [row.id for row in _meant(_CANDIDATES.all(connection, ref=ref, folded=email), ref, email)]


def _meant(rows: Sequence[Any], ref: str, email: str) -> list[Any]:
    for column, desired in (("id", ref), ("external_id", ref), ("email_folded", email)):
        results = [row for row in rows if getattr(row, column) == desired]
        if results:
            # Users who are not archived hide the others.
            return [row for row in results if row.preferred] or results
    return []


class CheckAtOnce:
    """`check` of one reference under a view on a day, with other facts of the same moment, as one statement."""

    def __init__(
        self, view: View, today: date, beside: FromClause, facts: Sequence[ColumnElement[Any]], *parameters: str
    ) -> None:
        """Take the view, the day, one row of other facts, its columns under names of their own, and its parameters."""
        rule = view.audience.rule
        self._view = view
        self._pairs = Pairs.of(rule, today) if rule else None
        columns = standing_of_row(view, Query(today, single=True))
        self._standing = slice(len(facts), len(facts) + len(columns))
        person = (contacts.c[name] for name in ("id", "external_id", "email", "name", "email_folded"))
        self._statement = Prepared(
            select(
                *facts,
                *(column.label(f"standing_{place}") for place, column in enumerate(columns)),
                *person,
                _PREFERRED,
                granted_names().label("granted_names"),
                companies.c.id.label("pair_company"),
                company_name().label("pair_name"),
                *(self._pairs.columns if self._pairs else ()),
            )
            .select_from(beside)
            .outerjoin(contacts, _REFERRED)
            .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
            .outerjoin(companies, companies.c.id == memberships.c.company_id),
            *("ref", "folded", *parameters),
        )

    def rows(self, connection: Connection | Bare, ref: str, **values: Any) -> list[Any]:
        """Return the rows about a reference; each has the other facts, and there is none without them."""
        return self._statement.all(connection, ref=ref, folded=folded(ref), **values)

    def checked(self, rows: Sequence[Any], ref: str, *, card_shown: bool) -> Checked:
        """Return the answer in the rows about a reference."""
        matches = _meant(rows, ref, folded(ref))
        ids = {row.id for row in matches}
        if len(ids) != 1:
            return Checked(ref, ambiguous=len(ids))
        row = matches[0]
        theirs = sorted(row.pair_name for row in matches if row.pair_company is not None)
        return Checked(
            ref,
            person=Person(row.id, row.email, row.name, row.external_id, tuple(theirs)),
            standing=standing_in(self._view, row.id, row[self._standing]),
            card_shown=card_shown,
            explanation=self._pairs.of_rows(matches) if self._pairs else None,
            granted=tuple(sorted(row.granted_names or ())),
        )
