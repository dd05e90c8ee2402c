"""Pages of people and companies as rows: who has not changed is not written again, and nothing is coerced.

A value that its attribute cannot hold is not kept, and told as odd. A company that no page of companies had is asked
for by its id: no membership is lost, and a person whose company cannot be read counts as incomplete.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from workspace.core.errors import ApiError
from workspace.database.tables import (
    companies,
    company_tags,
    company_values,
    contact_tags,
    contact_values,
    contacts,
    memberships,
    mirrored_companies,
    mirrored_people,
    tags,
)
from workspace.people import rows
from workspace.upstream.mirror import ties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.people.rows import Company, Contact
    from workspace.upstream.protocol import Employer, People, Person

_PEOPLE_TEXT = ("external_id", "email", "name", "phone")
_COMPANY_TEXT = ("company_id", "name", "industry", "website", "plan")


def keep_tags(connection: Connection, found: Iterable[tuple[str, str]]) -> None:
    """Keep the tags there are, in place of those that were."""
    there = {row.id: row.name for row in connection.execute(select(tags))}
    now = dict(found)
    changed = [one for one in there if now.get(one) != there[one]]
    for portion in ties.portions(changed):
        connection.execute(delete(tags).where(tags.c.id.in_(portion)))
    rows.insert_all(connection, tags, ({"id": one, "name": now[one]} for one in now if there.get(one) != now[one]))


def keep_companies(connection: Connection, page: Sequence[Employer], sweep: int) -> None:
    """Keep a page of companies; one that comes twice is kept once."""
    found = {one.company.id: one for one in page}
    digests = {one: ties.digest(employer) for one, employer in found.items()}
    table = mirrored_companies
    there = ties.digests(connection, table, table.c.company_id, found)
    changed = [found[one] for one in found if there.get(one) != digests[one]]
    kept, odd = _fitting_companies(changed)
    _write_companies(connection, kept, new={one.id for one in kept} - there.keys())
    known = ties.known_tags(connection)
    ties.tie(connection, company_tags, {one.company.id: one.tags for one in changed}, known)
    odd |= ties.keep_values(connection, "company", company_values, {one.company.id: one.values for one in changed}, odd)
    ties.note(
        connection,
        table,
        "company_id",
        [
            {
                "company_id": one.company.id,
                "sweep": sweep,
                "digest": digests[one.company.id],
                "made_by_form": one.made_by_form,
                "odd": odd.get(one.company.id),
            }
            for one in changed
        ],
        there,
    )
    ties.see(connection, table, table.c.company_id, found.keys() - {one.company.id for one in changed}, sweep)


def keep_people(connection: Connection, people: People, page: Sequence[Person], sweep: int) -> None:
    """Keep a page of people.

    Args:
        connection: The transaction of the page.
        people: Asked for companies that are not there yet.
        page: The people; whoever comes twice is kept once, as they are in the later place.
        sweep: The number of the sweep that sees them.
    """
    found = {one.contact.id: one for one in page}
    found = _with_companies(connection, people, found, sweep)
    digests = {one: ties.digest(person) for one, person in found.items()}
    table = mirrored_people
    there = ties.digests(connection, table, table.c.contact_id, found)
    changed = [found[one] for one in found if there.get(one) != digests[one]]
    kept, odd = _fitting_people(changed)
    _write_people(connection, kept, new={one.id for one in kept} - there.keys())
    ties.tie(connection, memberships, {one.contact.id: one.companies for one in changed})
    ties.tie(connection, contact_tags, {one.contact.id: one.tags for one in changed}, ties.known_tags(connection))
    odd |= ties.keep_values(connection, "contact", contact_values, {one.contact.id: one.values for one in changed}, odd)
    ties.note(
        connection,
        table,
        "contact_id",
        [
            {
                "contact_id": one.contact.id,
                "sweep": sweep,
                "updated_at": one.updated_at,
                "digest": digests[one.contact.id],
                "missing": "; ".join(one.missing) or None,
                "odd": odd.get(one.contact.id),
            }
            for one in changed
        ],
        there,
    )
    ties.see(connection, table, table.c.contact_id, found.keys() - {one.contact.id for one in changed}, sweep)


def remove(connection: Connection, ids: Iterable[str]) -> None:
    """Remove people."""
    for portion in ties.portions(list(ids)):
        connection.execute(delete(contacts).where(contacts.c.id.in_(portion)))


def remove_unseen(connection: Connection, sweep: int) -> None:
    """Remove the people and companies that a complete sweep did not see."""
    for table, owner, key in (
        (mirrored_people, contacts, mirrored_people.c.contact_id),
        (mirrored_companies, companies, mirrored_companies.c.company_id),
    ):
        unseen = select(key).where(table.c.sweep < sweep)
        connection.execute(delete(owner).where(owner.c.id.in_(unseen)))


def remove_all(connection: Connection) -> None:
    """Remove everybody."""
    for table in (contacts, companies, tags):
        connection.execute(delete(table))


# --- people and companies -------------------------------------------------------------------------


def _fitting_people(page: Sequence[Person]) -> tuple[list[Contact], dict[str, str]]:
    """Return the people as they can be kept, and what is odd of them, by id."""
    odd = {one.contact.id: "; ".join(one.odd) for one in page if one.odd}
    return [_fitting(one.contact, _PEOPLE_TEXT, odd) for one in page], odd


def _fitting_companies(page: Sequence[Employer]) -> tuple[list[Company], dict[str, str]]:
    odd: dict[str, str] = {}
    return [_fitting(one.company, _COMPANY_TEXT, odd) for one in page], odd


def _fitting(one: Any, names: Iterable[str], odd: dict[str, str]) -> Any:
    """Return a person or a company without the texts that no database can keep."""
    for name in names:
        text = getattr(one, name)
        try:
            if text is not None:
                rows.checked_text(name, text)
        except rows.InvalidValue as problem:
            odd[one.id] = ties.joined(odd.get(one.id), str(problem))
            one = replace(one, **{name: None})
    return one


def _write_people(connection: Connection, people: Sequence[Contact], new: set[str]) -> None:
    rows.add_contacts(connection, [one for one in people if one.id in new])
    for one in people:
        if one.id not in new:
            rows.update_contact(
                connection, one.id, {name: value for name, value in asdict(one).items() if name != "id"}
            )


def _write_companies(connection: Connection, found: Sequence[Company], new: set[str]) -> None:
    # An id of the customer's may have gone from one company to another, the old one of which is still there.
    for portion in ties.portions([one.company_id for one in found if one.company_id is not None]):
        connection.execute(update(companies).where(companies.c.company_id.in_(portion)).values(company_id=None))
    rows.add_companies(connection, [one for one in found if one.id in new])
    for one in found:
        if one.id not in new:
            rows.update_company(connection, one.id, _changes(one))


def _changes(one: Contact | Company) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name != "id"}


def _with_companies(
    connection: Connection, people: People, found: Mapping[str, Person], sweep: int
) -> dict[str, Person]:
    """Return the people with those companies that are there, asking for those that are not."""
    named = {company for one in found.values() for company in one.companies}
    there = ties.present(connection, companies, named)
    unread: dict[str, str] = {}
    for company in sorted(named - there):
        try:
            employer = people.company(company)
        except ApiError as problem:
            unread[company] = str(problem)
            continue
        if employer is not None:
            keep_companies(connection, [employer], sweep)
            there.add(company)
        else:
            unread[company] = "it is gone"
    if not unread:
        return dict(found)
    return {contact: _without(one, unread) for contact, one in found.items()}


def _without(one: Person, unread: Mapping[str, str]) -> Person:
    lost = [company for company in one.companies if company in unread]
    if not lost:
        return one
    missing = tuple(f"company {company}: {unread[company]}" for company in lost)
    kept = tuple(company for company in one.companies if company not in unread)
    return replace(one, companies=kept, missing=(*one.missing, *missing))
