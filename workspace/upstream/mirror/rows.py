"""Pages of people and companies as rows: unchanged people are not written again, and nothing is coerced.

A value that its attribute cannot hold is dropped and reported as odd. A company missing from the pages of companies is
requested by its id: no membership is lost, and a person with an unreadable company counts as incomplete.
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


def keep_tags(connection: Connection, names: Iterable[tuple[str, str]]) -> None:
    """Keep the tags there are, in place of those that were."""
    there = {row.id: row.name for row in connection.execute(select(tags))}
    now = dict(names)
    changed = [value for value in there if now.get(value) != there[value]]
    for portion in ties.portions(changed):
        connection.execute(delete(tags).where(tags.c.id.in_(portion)))
    rows.insert_all(connection, tags, ({"id": text, "name": now[text]} for text in now if there.get(text) != now[text]))


def keep_companies(connection: Connection, page: Sequence[Employer], sweep: int) -> None:
    """Keep a page of companies; one that comes twice is kept once."""
    employers = {employer.company.id: employer for employer in page}
    digests = {text: ties.digest(employer) for text, employer in employers.items()}
    table = mirrored_companies
    there = ties.digests(connection, table, table.c.company_id, employers)
    changed = [employers[text] for text in employers if there.get(text) != digests[text]]
    kept, odd = _fitting_companies(changed)
    _write_companies(connection, kept, new={company.id for company in kept} - there.keys())
    known = ties.known_tags(connection)
    ties.tie(connection, company_tags, {employer.company.id: employer.tags for employer in changed}, known)
    odd |= ties.keep_values(
        connection, "company", company_values, {employer.company.id: employer.values for employer in changed}, odd
    )
    ties.note(
        connection,
        table,
        "company_id",
        [
            {
                "company_id": employer.company.id,
                "sweep": sweep,
                "digest": digests[employer.company.id],
                "made_by_form": employer.made_by_form,
                "odd": odd.get(employer.company.id),
            }
            for employer in changed
        ],
        there,
    )
    unchanged = employers.keys() - {employer.company.id for employer in changed}
    ties.see(connection, table, table.c.company_id, unchanged, sweep)


def keep_people(connection: Connection, people: People, page: Sequence[Person], sweep: int) -> None:
    """Keep a page of people, the last one of duplicates, in its transaction; missing companies come from `people`."""
    with_companies = {person.contact.id: person for person in page}
    with_companies = _with_companies(connection, people, with_companies, sweep)
    digests = {text: ties.digest(person) for text, person in with_companies.items()}
    table = mirrored_people
    there = ties.digests(connection, table, table.c.contact_id, with_companies)
    changed = [with_companies[company] for company in with_companies if there.get(company) != digests[company]]
    kept, odd = _fitting_people(changed)
    _write_people(connection, kept, new={contact.id for contact in kept} - there.keys())
    ties.tie(connection, memberships, {person.contact.id: person.companies for person in changed})
    ties.tie(
        connection, contact_tags, {person.contact.id: person.tags for person in changed}, ties.known_tags(connection)
    )
    odd |= ties.keep_values(
        connection, "contact", contact_values, {person.contact.id: person.values for person in changed}, odd
    )
    ties.note(
        connection,
        table,
        "contact_id",
        [
            {
                "contact_id": person.contact.id,
                "sweep": sweep,
                "updated_at": person.updated_at,
                "digest": digests[person.contact.id],
                "missing": "; ".join(person.missing) or None,
                "odd": odd.get(person.contact.id),
            }
            for person in changed
        ],
        there,
    )
    ties.see(
        connection, table, table.c.contact_id, with_companies.keys() - {person.contact.id for person in changed}, sweep
    )


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
    """Return the people in a form that tables hold, and their odd values, by id."""
    odd = {person.contact.id: "; ".join(person.odd) for person in page if person.odd}
    return [_fitting(person.contact, _PEOPLE_TEXT, odd) for person in page], odd


def _fitting_companies(page: Sequence[Employer]) -> tuple[list[Company], dict[str, str]]:
    odd: dict[str, str] = {}
    return [_fitting(employer.company, _COMPANY_TEXT, odd) for employer in page], odd


def _fitting(value: Any, names: Iterable[str], odd: dict[str, str]) -> Any:
    """Return a person or a company without the texts that no database can keep."""
    for name in names:
        text = getattr(value, name)
        try:
            if text is not None:
                rows.checked_text(name, text)
        except rows.InvalidValue as problem:
            odd[value.id] = ties.joined(odd.get(value.id), str(problem))
            value = replace(value, **{name: None})
    return value


def _write_people(connection: Connection, people: Sequence[Contact], new: set[str]) -> None:
    rows.add_contacts(connection, [contact for contact in people if contact.id in new])
    for person in people:
        if person.id not in new:
            rows.update_contact(
                connection, person.id, {name: value for name, value in asdict(person).items() if name != "id"}
            )


def _write_companies(connection: Connection, page: Sequence[Company], new: set[str]) -> None:
    # An id of the customer's may have gone from one company to another, the old one of which is still there.
    for portion in ties.portions([item.company_id for item in page if item.company_id is not None]):
        connection.execute(update(companies).where(companies.c.company_id.in_(portion)).values(company_id=None))
    rows.add_companies(connection, [item for item in page if item.id in new])
    for company in page:
        if company.id not in new:
            rows.update_company(connection, company.id, _changes(company))


def _changes(item: Contact | Company) -> dict[str, Any]:
    return {name: value for name, value in asdict(item).items() if name != "id"}


def _with_companies(
    connection: Connection, people: People, entry: Mapping[str, Person], sweep: int
) -> dict[str, Person]:
    """Return the people with those companies that are there, asking for those that are not."""
    named = {company for person in entry.values() for company in person.companies}
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
        return dict(entry)
    return {contact: _without(person, unread) for contact, person in entry.items()}


def _without(person: Person, unread: Mapping[str, str]) -> Person:
    lost = [company for company in person.companies if company in unread]
    if not lost:
        return person
    missing = tuple(f"company {company}: {unread[company]}" for company in lost)
    kept = tuple(company for company in person.companies if company not in unread)
    return replace(person, companies=kept, missing=(*person.missing, *missing))
