"""Grants of the people in a configuration: one call each, the only way of the vendor; those of others stay.

Granted companies that nobody belongs to are requested by their ids. An empty answer is no proof of no grants until
somebody was found to have one, or one was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workspace.access.check import meant
from workspace.database import engine as db
from workspace.database import store
from workspace.database.store import Stored
from workspace.people import grants
from workspace.settings.kinds.granted_companies import KIND
from workspace.upstream import knowledge
from workspace.upstream.capabilities import ANY
from workspace.upstream.mirror import rows
from workspace.upstream.protocol import How, Known
from workspace.writes.admin_write import admin_write
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from workspace.upstream.protocol import MirroredAttributes, People, Upstream
    from workspace.writes.admin_write import AdminWrite


@dataclass(frozen=True, slots=True)
class GrantQuery:
    """Whose grants to read, unknown and ambiguous people left out; companies in grants, by the customer's own ids."""

    people: Sequence[str] = ()
    companies: Sequence[str] = ()


FIELD = KIND.address(), ANY
"""Of everybody's grants alike: whether they are known hangs on the feature, which is one for all."""


def refresh(
    engine: Engine,
    upstream: Upstream,
    query: GrantQuery,
    moment: int,
    *,
    attributes: MirroredAttributes,
    sweep: int,
) -> None:
    """Read and keep people's grants, with companies that are not there yet; ApiError where the vendor fails."""
    with db.reading(engine) as connection:
        named = [meant(connection, name) for name in query.people]
    by_person = {ids[0]: upstream.granted(ids[0]) for ids in named if len(ids) == 1}
    companies = {*query.companies, *(text for some in by_person.values() for text in some)}
    _add_companies(engine, upstream.people(attributes), companies, sweep)
    if not by_person:
        return
    caller = Caller(upstream.vendor, ("write",), upstream.vendor, None)
    with admin_write(engine, caller, moment) as write:
        _keep(write, upstream, by_person)
        if any(by_person.values()):
            seen = Known(How.OBSERVED, moment, upstream.vendor, None, "GET /contacts/ID/granted_companies")
            knowledge.keep(write.connection, {FIELD: seen})


def standing(connection: Connection) -> str:
    """Return the state of the grants in the admin API's words: `known` or `not_read`."""
    return "known" if FIELD in knowledge.load(connection) else "not_read"


def _add_companies(engine: Engine, people: People, companies: Collection[str], sweep: int) -> None:
    """Keep companies that are not there, as far as the vendor has them."""
    with db.reading(engine) as connection:
        there = grants.known(connection, sorted(companies))
    answers = (people.company_called(text) for text in sorted(companies) if text not in there)
    if employers := [employer for employer in answers if employer is not None]:
        with db.writing(engine) as connection:
            rows.keep_companies(connection, employers, sweep)


def _keep(write: AdminWrite, upstream: Upstream, by_person: Mapping[str, Sequence[str]]) -> None:
    connection = write.connection
    there = grants.known(connection, [text for some in by_person.values() for text in some])
    now = {text: grants.companies_of(connection, text) for text in by_person}
    # A company that the vendor does not have any more has no tickets that anybody could be shown.
    then = {text: [company for company in some if company in there] for text, some in by_person.items()}
    changed = {text: some for text, some in then.items() if sorted(some) != now[text]}
    if not changed:
        return
    before = store.load(connection, KIND.address()) or Stored(KIND.address(), 0, KIND.defaults)
    message = f"Saw granted companies changed in {upstream.vendor.capitalize()}"
    grants.change(write, before, {text: now[text] for text in changed}, changed, message)
