"""Access of named people, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from workspace.access.explanation import Pair, explain
from workspace.access.listed_tickets import listed
from workspace.access.readers import flag
from workspace.access.view import Standing, is_user, standing
from workspace.core.folding import folded
from workspace.database.prepared import Prepared
from workspace.database.tables import contacts
from workspace.people.directory import Person, granted, person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from workspace.access.listed_tickets import Listed, TicketRequest
    from workspace.access.view import View
    from workspace.database.prepared import Bare

_NOBODY = Standing(user=False, in_audience=False, opens=False, own_only=False, has_company=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to one reference: a contact's id, an external id or an email address.

    Attributes:
        ambiguous: The number of matches, if several; then `person` is None.
        explanation: The audience's rule evaluated for the person, if there is a rule.
        tickets: If asked for.
        granted: The names of granted companies, in order.
    """

    ref: str
    ambiguous: int = 0
    person: Person | None = None
    standing: Standing = _NOBODY
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


_CANDIDATES = Prepared(
    select(contacts.c.id, contacts.c.external_id, contacts.c.email_folded, flag(is_user()).label("preferred"))
    .where(
        or_(
            contacts.c.id == bindparam("ref"),
            contacts.c.external_id == bindparam("ref"),
            contacts.c.email_folded == bindparam("folded"),
        )
    )
    .order_by(contacts.c.id),
    *("ref", "folded"),
)


def meant(connection: Connection | Bare, ref: str) -> list[str]:
    """Return the ids of the people that a reference matches."""
    email = folded(ref)
    rows = _CANDIDATES.all(connection, ref=ref, folded=email)
    for column, desired in (("id", ref), ("external_id", ref), ("email_folded", email)):
        results = [row for row in rows if getattr(row, column) == desired]
        if results:
            # Users who are not archived hide the others.
            return [row.id for row in results if row.preferred] or [row.id for row in results]
    return []
