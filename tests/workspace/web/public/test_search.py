"""POST /contacts/search: what it finds, held against plain Python; its limits and its refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, false, insert, select

from tests.support.databases import one_is_enough
from tests.support.examples import examples
from tests.support.public import reference
from tests.support.public.asking import new_contact, ok, refused
from workspace.database import tables
from workspace.people import rows as people
from workspace.people.custom_values import add_values
from workspace.web.public.contacts.lists import newest_first
from workspace.web.public.contacts.search import finder
from workspace.web.public.http import paging, values
from workspace.web.public.http.query import MAX_VALUES, condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from sqlalchemy import Connection

    from workspace.web.public.http.query import Condition

DAY = 86_400
KINDS = {
    "id": "text",
    "role": "text",
    "name": "text",
    "email": "text",
    "email_domain": "caseless",
    "phone": "text",
    "external_id": "text",
    "browser": "text",
    "created_at": "date",
    "signed_up_at": "date",
    "updated_at": "date",
    "last_contacted_at": "date",
    "unsubscribed_from_emails": "boolean",
    "has_hard_bounced": "boolean",
    "tag_id": "tags",
    "custom_attributes.colour": "text",
    "custom_attributes.seats": "number",
    "custom_attributes.weight": "number",
    "custom_attributes.keen": "boolean",
    "custom_attributes.since": "date",
}
CUSTOM = {"colour": "string", "seats": "integer", "weight": "float", "keen": "boolean", "since": "date"}
OPERATORS = {
    "text": ["=", "!=", "IN", "NIN", "~", "!~", "^", "$"],
    "caseless": ["=", "!=", "IN", "NIN", "~", "!~", "^", "$"],
    "number": ["=", "!=", "IN", "NIN", "<", ">", "<=", ">="],
    "boolean": ["=", "!=", "IN", "NIN"],
    "date": ["=", "<", ">"],
    "tags": ["=", "!="],
}
TAGS = ["gold", "silver"]

# Letters that fold to others or to several, that LIKE gives a meaning, and that make words.
texts = st.text(st.sampled_from("aAbßẞSsİiıKΣςσ%_\\' é"), max_size=4)
emails = st.builds(lambda one, other: f"{one or 'x'}@{other or 'Y'}".replace(" ", ""), texts, texts)
moments = st.builds(lambda days, rest: days * DAY + rest, st.integers(0, 3), st.sampled_from([0, 1, DAY - 1]))
VALUES = {
    "text": texts,
    "caseless": texts,
    "number": st.integers(-2, 2) | st.sampled_from([0.5, -1.5]),
    "boolean": st.booleans(),
    "date": moments,
    "tags": st.sampled_from([*TAGS, "none"]),
}


@st.composite
def persons(draw: st.DrawFn) -> dict[str, Any]:
    maybe = st.none() | texts
    email = draw(st.none() | emails)
    created = draw(moments)
    custom = {
        f"custom_attributes.{name}": draw(st.none() | VALUES[KINDS[f"custom_attributes.{name}"]])
        for name in ("colour", "weight", "keen", "since")
    }
    return {
        "role": draw(st.sampled_from(["user", "lead"])),
        **{name: draw(maybe) for name in ("name", "phone", "external_id")},
        "email": email,
        "email_domain": email and email.rpartition("@")[2].casefold(),
        "created_at": created,
        "signed_up_at": draw(st.none() | moments),
        "updated_at": draw(st.just(created) | moments),
        "unsubscribed_from_emails": draw(st.booleans()),
        "has_hard_bounced": False,
        "tag_id": draw(st.sets(st.sampled_from(TAGS))),
        "archived": draw(st.sampled_from([False, False, True])),
        **custom,
        "custom_attributes.seats": draw(st.none() | st.integers(-2, 2)),
    }


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[field]
    operator = draw(st.sampled_from(OPERATORS[kind]))
    values = VALUES[kind] | st.sampled_from(["0", "1", "2"]) if field == "id" else VALUES[kind]
    if operator in {"IN", "NIN"}:
        value: Any = draw(st.lists(values, min_size=1, max_size=3))
    else:
        value = draw(values | st.none() if operator in {"=", "!="} else values)
        if kind == "date" and value is not None:
            value = draw(st.sampled_from([value, str(value)]))
    return {"field": field, "operator": operator, "value": value}


def groups(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"operator": st.sampled_from(["AND", "OR"]), "value": st.lists(members, min_size=1, max_size=3)}
    )


queries = filters() | groups(filters() | groups(filters()))


@pytest.fixture(scope="module")
def nobody(new_url: Callable[[], str]) -> Iterator[Connection]:
    """A database with attributes and tags but nobody in it; nothing is ever committed."""
    engine = create_engine(new_url())
    tables.metadata.create_all(engine)
    with engine.connect() as connection:
        rows = [
            {"model": "contact", "name": name, "type": kind, "revision": 1, "custom": True, "messenger_writable": False}
            for name, kind in CUSTOM.items()
        ]
        connection.execute(insert(tables.data_attributes), rows)
        people.add_tags(connection, [(name, name) for name in TAGS])
        yield connection
    engine.dispose()


def populate(connection: Connection, persons: list[dict[str, Any]]) -> None:
    connection.execute(delete(tables.contacts))
    for table in (tables.contact_tags, tables.contact_values):
        connection.execute(delete(table))
    own = ("role", "name", "phone", "external_id", "email", "created_at", "signed_up_at", "unsubscribed_from_emails")
    for number, one in enumerate(persons):
        contact = people.Contact(id=str(number), **{name: one[name] for name in own})
        people.add_contacts(connection, [contact])
        people.update_contact(connection, str(number), {name: one[name] for name in ("updated_at", "archived")})
        people.add_taggings(connection, "contact", [(str(number), tag) for tag in sorted(one["tag_id"])])
        values = [(str(number), name, one[f"custom_attributes.{name}"]) for name in CUSTOM]
        add_values(connection, "contact", [value for value in values if value[2] is not None])


@examples(12)
@given(st.lists(persons(), min_size=1, max_size=5), st.lists(queries, min_size=1, max_size=6))
def test_a_search_finds_what_plain_python_finds(
    nobody: Connection, persons: list[dict[str, Any]], queries: list[dict[str, Any]]
) -> None:
    populate(nobody, persons)
    for query in queries:
        statement = select(tables.contacts.c.id).where(condition(query, finder(nobody)).where)
        names = set(nobody.execute(statement).scalars())
        expected = {
            str(number)
            for number, one in enumerate(persons)
            if reference.matches(query, {**one, "id": str(number)}.get, KINDS)
        }
        assert names == expected, query
        in_order = sorted(expected, key=lambda number: (-persons[int(number)]["created_at"], number))
        listed = [number for number in in_order if not persons[int(number)]["archived"]]
        for limits in LIMITS:
            with pytest.MonkeyPatch.context() as patched:
                for (module, limit), most in zip(
                    ((paging, "_FEW"), (paging, "_NEAR"), (values, "_FEW_HIDDEN")), limits, strict=True
                ):
                    patched.setattr(module, limit, most)
                assert pages_of(nobody, condition(query, finder(nobody))) == (listed, {len(listed)}), (query, limits)


LIMITS = [(-1, 2, 0), (-1, 10**6, 10**6), (10**6, 0, 10**6), (1, 0, 0)]
"""How many are few to sort, near in the order, and few that no list shows: each way of reading what is found."""


def pages_of(connection: Connection, found: Condition) -> tuple[list[str], set[int]]:
    """Return the ids of all pages of two, and the totals that they state."""
    listed = select(tables.contacts.c.id).where(tables.contacts.c.archived == false())
    ids: list[str] = []
    totals = set()
    page = paging.Page(2)
    while True:
        rows = paging.fetch(connection, listed, newest_first(), page, found)
        ids += rows.ids
        totals.add(rows.total)
        if rows.following is None:
            return ids, totals
        page = paging.at(2, rows.following)


def search(api: httpx.Client, query: Any, **more: Any) -> Any:
    return api.post("/contacts/search", json={"query": query, **more})


def a_filter(**change: Any) -> dict[str, Any]:
    return {"field": "name", "operator": "=", "value": "x", **change}


def nested(levels: int) -> dict[str, Any]:
    query = a_filter()
    for _ in range(levels):
        query = {"operator": "AND", "value": [query]}
    return query


@one_is_enough
@pytest.mark.parametrize(
    ("query", "code"),
    [
        (None, "parameter_invalid"),
        ([], "parameter_invalid"),
        ({}, "parameter_invalid"),
        ({"field": "name", "operator": "="}, "parameter_invalid"),
        ({"operator": "AND", "value": []}, "parameter_invalid"),
        ({"operator": "AND", "value": a_filter()}, "parameter_invalid"),
        ({"operator": "XOR", "value": [a_filter()]}, "parameter_invalid"),
        ({"operator": ["AND"], "value": [a_filter()]}, "parameter_invalid"),
        ({"operator": "OR", "value": [a_filter()] * 16}, "parameter_invalid"),
        (nested(3), "parameter_invalid"),
        (a_filter(field="company.name"), "invalid_field"),
        (a_filter(field="custom_attributes.none"), "invalid_field"),
        (a_filter(field=["name"]), "invalid_field"),
        (a_filter(operator="=="), "invalid_operator"),
        (a_filter(operator=">"), "invalid_operator"),
        (a_filter(field="created_at", operator="!=", value=1), "invalid_operator"),
        (a_filter(field="created_at", operator=">=", value=1), "invalid_operator"),
        (a_filter(field="created_at", operator="IN", value=[1]), "invalid_operator"),
        (a_filter(field="tag_id", operator="IN", value=["x"]), "invalid_operator"),
        (a_filter(field="unsubscribed_from_emails", operator="~", value="x"), "invalid_operator"),
        (a_filter(field="created_at", operator=">", value="foobar"), "type_mismatch"),
        (a_filter(field="created_at", operator=">", value=None), "type_mismatch"),
        (a_filter(field="created_at", operator=">", value=2**60), "type_mismatch"),
        (a_filter(value=5), "type_mismatch"),
        (a_filter(operator="IN", value="x"), "type_mismatch"),
        (a_filter(operator="IN", value=[]), "type_mismatch"),
        (a_filter(operator="IN", value=[None]), "type_mismatch"),
        (a_filter(operator="IN", value=["x"] * (MAX_VALUES + 1)), "parameter_invalid"),
        (a_filter(field="unsubscribed_from_emails", value="true"), "type_mismatch"),
    ],
)
def test_a_query_that_cannot_be(api: httpx.Client, query: Any, code: str) -> None:
    refused(search(api, query), 400, code)


@one_is_enough
def test_messages_that_are_documented(api: httpx.Client) -> None:
    sort = {"field": "created_at", "order": "desc"}
    message = "Invalid sort order 'desc'. Must be one of: ascending, descending"
    refused(search(api, a_filter(), sort=sort), 400, "invalid_sort_order", message)
    refused(search(api, a_filter(field="plan")), 400, "invalid_field", "plan is not a valid search field")
    refused(search(api, a_filter(), sort={"field": "segment_id"}), 400, "invalid_field")
    refused(api.post("/contacts/search", json={}), 400, "parameter_missing")
    refused(search(api, a_filter(), pagination={"per_page": 0}), 400, "parameter_invalid")
    refused(search(api, a_filter(), pagination={"per_page": 151}), 400, "parameter_invalid")


def test_the_largest_query_is_answered(api: httpx.Client) -> None:
    members = [a_filter(operator="IN", value=[f"{number}" for number in range(MAX_VALUES)])] * 15
    query = {"operator": "OR", "value": [{"operator": "AND", "value": members}] * 15}
    assert ok(search(api, query))["total_count"] == 0


EVERYBODY = {"operator": "OR", "value": [{"field": "role", "operator": "IN", "value": ["user", "lead"]}]}


@pytest.mark.parametrize("field", ["created_at", "last_seen_at", "name", "email", "external_id", "updated_at", "id"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_results_are_ordered_and_walked(api: httpx.Client, field: str, order: str) -> None:
    new_contact(api, role="lead")
    sort = {"field": field, "order": order}
    seen: list[dict[str, Any]] = []
    pagination: dict[str, Any] = {"per_page": 40}
    while pagination:
        page = ok(search(api, EVERYBODY, sort=sort, pagination=pagination))
        seen += page["data"]
        following = page["pages"].get("next", {})
        pagination = {name: following[name] for name in ("per_page", "starting_after") if name in following}
    assert len({one["id"] for one in seen}) == len(seen) == page["total_count"]
    keys = [one[field] for one in seen]
    folded = [key.casefold() if isinstance(key, str) else -1 if key is None else key for key in keys]
    texts = [key if isinstance(key, int) else key or "" for key in folded]
    if any(isinstance(key, str) for key in keys):
        texts = ["" if key == -1 else key for key in texts]
    assert texts == sorted(texts, reverse=order == "descending")


def test_a_cursor_holds_the_longest_text(api: httpx.Client) -> None:
    for number in range(3):
        new_contact(api, name="\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}" * 255, external_id=f"{number}")
    query = {"field": "external_id", "operator": "IN", "value": ["0", "1", "2"]}
    sort = {"field": "name", "order": "ascending"}
    page = ok(search(api, query, sort=sort, pagination={"per_page": 2}))
    assert len(ok(search(api, query, sort=sort, pagination=page["pages"]["next"]))["data"]) == 1


def test_a_cursor_belongs_to_its_order(api: httpx.Client) -> None:
    page = ok(search(api, EVERYBODY, pagination={"per_page": 5}))
    pagination = {"per_page": 5, "starting_after": page["pages"]["next"]["starting_after"]}
    response = search(api, EVERYBODY, pagination=pagination, sort={"field": "name", "order": "ascending"})
    refused(response, 400, "client_error")


def test_a_search_finds_fifty_at_first(api: httpx.Client) -> None:
    page = ok(search(api, EVERYBODY))
    assert (len(page["data"]), page["pages"]["per_page"]) == (50, 50)


def walked(api: httpx.Client, path: str, key: str, query: Any, **more: Any) -> list[dict[str, Any]]:
    """Return what a search finds, page by page, each with the same number of all."""
    rows: list[dict[str, Any]] = []
    totals, after = set(), {}
    while after is not None:
        page = ok(api.post(path, json={"query": query, "pagination": {"per_page": 3, **after}, **more}))
        rows += page[key]
        totals.add(page["total_count"])
        following = page["pages"].get("next")
        after = following and {"starting_after": following["starting_after"]}
    assert totals == {len(rows)}
    return rows


@pytest.mark.parametrize("few", [-1, 10**6], ids=["many", "few"])
def test_few_and_many_are_read_in_other_ways_and_in_the_same_order(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(paging, "_FEW", few)
    everybody = {"operator": "OR", "value": [a_filter(operator="!="), a_filter()]}
    users = a_filter(field="role", value="user")
    rows = walked(api, "/contacts/search", "data", everybody)
    assert len(rows) > 9
    assert rows == sorted(rows, key=lambda row: (-row["created_at"], row["id"]))
    assert walked(api, "/contacts/search", "data", users) == [row for row in rows if row["role"] == "user"]
    by_name = walked(api, "/contacts/search", "data", users, sort={"field": "name", "order": "ascending"})
    names = [(row["name"] or "").casefold() for row in by_name]
    assert names == sorted(names)
    tickets = walked(api, "/tickets/search", "tickets", a_filter(field="created_at", operator=">", value=0))
    assert len(tickets) > 3
    assert tickets == sorted(tickets, key=lambda row: (-row["created_at"], row["id"]))
