"""Companies granted to people, as answers show them beside the settings of grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.database.tables import companies, contacts, granted_companies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_GRANTED = (
    select(contacts.c.id, contacts.c.external_id, contacts.c.email, companies.c.company_id)
    .join(granted_companies, granted_companies.c.contact_id == contacts.c.id)
    .join(companies, companies.c.id == granted_companies.c.company_id)
    .where(companies.c.company_id.is_not(None))
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A person who is granted companies, by the customer's own ids, in order."""

    id: str
    external_id: str | None
    email: str | None
    companies: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the person as they stand in an answer."""
        return {
            "id": self.id,
            "external_id": self.external_id,
            "email": self.email,
            "companies": list(self.companies),
        }


def granted(connection: Connection) -> Sequence[Granted]:
    """Return everybody who is granted a company, by id."""
    people: dict[tuple[str, str | None, str | None], list[str]] = {}
    for row in connection.execute(_GRANTED):
        people.setdefault((row.id, row.external_id, row.email), []).append(row.company_id)
    # Databases differ in how they order text.
    generator = (Granted(*person, tuple(sorted(theirs))) for person, theirs in people.items())
    return sorted(generator, key=lambda granted: granted.id)
