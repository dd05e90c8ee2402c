"""The capabilities: one row for every field of the schema, and no other."""

from __future__ import annotations

import pytest

from reconciler.kinds.registry import KINDS
from tests.reconciler.kinds.test_kinds import leaves_of_the_schema
from workspace.upstream import capabilities
from workspace.upstream.capabilities import table

COMPANIES = "data_attributes.contact.companies.messenger_writable"


def test_every_field_of_the_schema_has_a_row_and_no_other_has() -> None:
    # Rules about grants become the granted companies of each person, which have a row.
    fields = {".".join(leaf) for leaf in leaves_of_the_schema()} - {"granted_by_rule"} | {COMPANIES}
    assert {one.field for one in table()} == fields
    assert len(table()) == len(fields)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.field)
def test_a_row_says_only_what_is_possible(row: capabilities.Capability) -> None:
    assert row.read in {"api", "part", "none"}
    assert row.written in {"api", "person", "never"}
    assert row.proof in {"observed", "count", "url", "text", "word"}
    assert (row.minutes > 0) == (row.written == "person")
    # What the API tells is proven by it; what it does not, cannot be.
    assert (row.proof == "observed") == (row.read != "none")
    assert row.source in {"description", "documentation", "articles", "not documented"}


def test_every_field_of_every_kind_has_a_capability() -> None:
    for kind in KINDS.values():
        address = "data_attribute/company.one" if kind.name == "data_attribute" else f"{kind.name}/acme"
        for name in kind.fields:
            entry = capabilities.of("intercom", address, name)
            assert entry is not None, (kind.name, name)
            assert entry.address == kind.name


def test_the_longest_address_decides() -> None:
    entry = capabilities.of("intercom", "data_attribute/contact.companies", "messenger_writable")
    assert entry is not None
    assert (entry.written, entry.read) == ("person", "none")
    other = capabilities.of("intercom", "data_attribute/contact.plan", "messenger_writable")
    assert other is not None
    assert other.written == "api"
