"""The vendor's own client as a second opinion on what is mirrored."""

from __future__ import annotations

import time

import httpx
from intercom import Intercom, SingleFilterSearchRequest, StartingAfterPaging
from sqlalchemy import select

from tests.reconciler.cli.conftest import Place, served
from tests.support.databases import empty
from workspace.database.engine import engine_for, migrate
from workspace.database.tables import companies, contacts, memberships
from workspace.upstream import mirror, observing
from workspace.upstream.intercom import workspace as vendor
from workspace.upstream.intercom.api import Account, Api
from workspace.upstream.protocol import MirroredAttributes

__all__ = ["served"]


def test_the_vendors_own_client_reads_the_same_people_and_companies(served: Place) -> None:
    """Acceptance check 34: python-intercom, which knows nothing of us, lists what is mirrored."""
    token = served.environment["PORTAL_TOKEN"]
    upstream = vendor.Intercom(Api(Account("us", token, served.url)))
    with empty("sqlite") as url, httpx.Client(timeout=60) as connections:
        engine = engine_for(url)
        migrate(engine)
        observing.look(engine, upstream)
        mirror.Mirror(engine, upstream).refresh(MirroredAttributes(), int(time.time()))
        client = Intercom(token=token, base_url=served.url, httpx_client=connections)
        query = SingleFilterSearchRequest(field="role", operator="=", value="user")
        # Its pager sends the same request again and again: everybody fits on one page.
        page = client.contacts.search(query=query, pagination=StartingAfterPaging(per_page=150))
        theirs = {one.id: one for one in page.response.data}
        with engine.connect() as connection:
            ours = {row.id: row.email for row in connection.execute(select(contacts.c.id, contacts.c.email))}
            ties: dict[str, set[str]] = {}
            for row in connection.execute(select(memberships)):
                ties.setdefault(row.contact_id, set()).add(row.company_id)
            firms = set(connection.execute(select(companies.c.id)).scalars())
        assert {one.id: one.email or None for one in theirs.values()} == ours
        for one in list(theirs)[:20]:
            listed = {company.id for company in client.contacts.list_attached_companies(one)}
            assert listed == ties.get(one, set())
            assert listed <= firms
        engine.dispose()
    upstream.close()
