"""Changes of grants: counted and logged like settings, and kept with the people; a sandbox makes up people it lacks.

People go by a contact's id, an external id or an email address; companies by the customer's own ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from workspace.access.check import meant
from workspace.access.readers import Regranted
from workspace.core.errors import ApiError, Problem, invalid_value
from workspace.database import store
from workspace.database.store import Stored
from workspace.people import grants, rows
from workspace.settings.kinds.granted_companies import KIND
from workspace.settings.observed import noted_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.writes.admin_write import AdminWrite

_MOST = 10_000
"""The most grants of a question: each becomes a row of the statement."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The ids of the matches of each reference to people, and the unknown companies in order."""

    people: Mapping[str, Sequence[str]]
    missing: Sequence[str]

    def document(self) -> dict[str, Any]:
        """Return the answer of the admin API."""
        people = [
            {"ref": ref, "id": ids[0] if len(ids) == 1 else None, "ambiguous": len(ids) if len(ids) > 1 else 0}
            for ref, ids in self.people.items()
        ]
        return {"people": people, "missing_companies": list(self.missing)}


def resource(connection: Connection) -> Stored:
    """Return the settings of grants; the defaults for a database without any."""
    return store.load(connection, KIND.address()) or Stored(KIND.address(), 0, KIND.defaults)


def enabled(connection: Connection) -> bool:
    """Return True if grants are switched on; otherwise nobody is granted anything."""
    return bool(resource(connection).document["enabled"])


def require(connection: Connection) -> None:
    """Refuse a change while grants are switched off, with ApiError 404."""
    if not enabled(connection):
        message = "Granted companies are not enabled for this workspace"
        raise ApiError(404, Problem("granted_companies_not_enabled", message))


def resolve(connection: Connection, people: Sequence[str], companies: Sequence[str]) -> Meant:
    """Resolve references to people, and find unknown companies."""
    there = grants.known(connection, companies)
    return Meant({ref: meant(connection, ref) for ref in people}, sorted(set(companies) - there.keys()))


def regranted(connection: Connection, desired: Mapping[str, Sequence[str]]) -> Regranted:
    """Return a question's grants by the workspace's own ids, without unknown ones; ApiError 422 for too many."""
    if sum(map(len, desired.values())) > _MOST:
        raise invalid_value(f"at most {_MOST} grants can be asked about at once", "granted")
    there = grants.known(connection, [text for some in desired.values() for text in some])
    by_person = {ids[0]: some for ref, some in desired.items() if len(ids := meant(connection, ref)) == 1}
    pairs = {(person, there[text]) for person, some in by_person.items() for text in some if text in there}
    return Regranted(frozenset(by_person), frozenset(pairs))


def grant_by_name(write: AdminWrite, desired: Mapping[str, Sequence[str]], before: Stored) -> Stored:
    """Replace grants by references and the customer's ids of companies; return the settings of grants after.

    ApiError 404 without grants here, or for an unknown company; 422 for nobody, several people, or one person twice.
    """
    if noted_in_use(write.connection) is not None:
        _make_up(write.connection, desired)
    by_id: dict[str, Sequence[str]] = {}
    for ref, companies in desired.items():
        ids = meant(write.connection, ref)
        if len(ids) != 1:
            raise invalid_value(f"{len(ids) or 'no'} people are called {ref}", f"people.{ref}")
        if ids[0] in by_id:
            raise invalid_value(f"{ref} is named twice, by two names", f"people.{ref}")
        by_id[ids[0]] = companies
    return grant(write, by_id, before)


def grant(write: AdminWrite, desired: Mapping[str, Sequence[str]], before: Stored | None = None) -> Stored:
    """Replace grants, by the workspace's ids of people; ApiError 404 for an unknown company, or without grants here."""
    connection = write.connection
    require(connection)
    before = before or resource(connection)
    now = {text: grants.companies_of(connection, text) for text in sorted(desired)}
    unseen = write.unseen(before.address)
    then = {text: sorted(set(desired[text])) for text in now if unseen or now[text] != sorted(set(desired[text]))}
    if not then:
        return before
    if write.outward is not None:
        write.outward.make(before.address, {text: now[text] for text in then}, then)
    changed = {text: some for text, some in then.items() if now[text] != some}
    if not changed:
        return before
    message = f"Changed the granted companies of {len(changed)} {'person' if len(changed) == 1 else 'people'}"
    try:
        return grants.change(write, before, {text: now[text] for text in changed}, changed, message)
    except grants.NoSuchCompany as missing:
        raise ApiError(404, Problem("company_not_found", f"Company Not Found: {missing}")) from missing


def _make_up(connection: Connection, desired: Mapping[str, Sequence[str]]) -> None:
    """Make up the people and companies that a sandbox does not know."""
    refs = list(dict.fromkeys(text for some in desired.values() for text in some))
    unknown = [company for company in refs if company not in grants.known(connection, refs)]
    rows.add_companies(connection, [rows.Company(id=_spare(text), company_id=text, created_at=0) for text in unknown])
    unknown_people = [ref for ref in desired if not meant(connection, ref)]
    rows.add_contacts(
        connection,
        [rows.Contact(id=_spare(ref), role="user", external_id=ref, created_at=0) for ref in unknown_people],
    )


def _spare(name: str) -> str:
    """Return an id that nothing has, and that follows from a name."""
    return blake2b(name.encode(), digest_size=12).hexdigest()
