"""The tables of a workspace, one SQLAlchemy description for every database; `migrations/` brings a database to it.

Text that rules compare has two copies, written by `workspace.people.rows`: folded (`str.casefold`), and with word
boundaries marked (`workspace.core.folding`), so that databases agree with Python to the letter. Text of tickets has the
folded one only: new rows get it by themselves, a change of the text must write it. Moments are seconds since 1970 in
UTC. Settings of one resource are one JSON document beside its revision, read and written whole.
"""

from __future__ import annotations

from workspace.database.tables.applies import leases, receipt_steps, receipts
from workspace.database.tables.base import know_postgresql, metadata
from workspace.database.tables.configuration import (
    activity,
    console_sessions,
    data_attributes,
    help_centers,
    named,
    records,
    settings,
    tokens,
    verifications,
    workspaces,
)
from workspace.database.tables.desk import (
    admins,
    ticket_replies,
    ticket_states,
    ticket_type_attributes,
    ticket_types,
    ticket_values,
    tickets,
)
from workspace.database.tables.directory import (
    companies,
    company_tags,
    company_values,
    contact_tags,
    contact_values,
    contacts,
    granted_companies,
    memberships,
    tags,
)
from workspace.database.tables.portal import (
    articles,
    collections,
    identity_secrets,
    preview_links,
    sessions,
    viewings,
)
from workspace.database.tables.upstream import (
    attestations,
    knowledge,
    mirrored_companies,
    mirrored_people,
    mirrors,
    tasks,
    upstreams,
)

__all__ = [
    "activity",
    "admins",
    "articles",
    "attestations",
    "collections",
    "companies",
    "company_tags",
    "company_values",
    "console_sessions",
    "contact_tags",
    "contact_values",
    "contacts",
    "data_attributes",
    "granted_companies",
    "help_centers",
    "identity_secrets",
    "know_postgresql",
    "knowledge",
    "leases",
    "memberships",
    "metadata",
    "mirrored_companies",
    "mirrored_people",
    "mirrors",
    "named",
    "preview_links",
    "receipt_steps",
    "receipts",
    "records",
    "sessions",
    "settings",
    "tags",
    "tasks",
    "ticket_replies",
    "ticket_states",
    "ticket_type_attributes",
    "ticket_types",
    "ticket_values",
    "tickets",
    "tokens",
    "upstreams",
    "verifications",
    "viewings",
    "workspaces",
]
