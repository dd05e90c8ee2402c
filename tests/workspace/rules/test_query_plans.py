"""Indexes serve the rules that they can serve: the databases say so themselves, of a few thousand people."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, false, func, insert, select, text

from tests.support.databases import KINDS, copied
from workspace.access import view as access
from workspace.access.comparison_sql import statement
from workspace.access.view import Audience, View
from workspace.core.data_files import example_path
from workspace.database import engine as db
from workspace.database import named, store, tables
from workspace.portal.statements import MOST_PARTS, statements
from workspace.rules.model import parse
from workspace.rules.sql import PERSON, Query, query_of_all
from workspace.serve.seed import load as seed
from workspace.serve.startup import DEFAULT_SEED
from workspace.web.public.contacts import search as contact_search
from workspace.web.public.contacts.search import finder
from workspace.web.public.http import paging
from workspace.web.public.http.query import condition
from workspace.web.public.tickets import search as ticket_search
from workspace.writes import receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, Select

ASKED = Query(date(2026, 11, 22))
PEOPLE = 4000
APPLIES = 1000


def finished(number: int) -> dict[str, Any]:
    """Return an apply of long ago, as it is kept."""
    said = dict.fromkeys(
        ("plan_digest", "configuration_digest", "holder", "by_name", "generator", "request_digest"), ""
    )
    kept = {"configuration": f"portal-{number % 10}", "help_center": "acme", "action": "apply", "outcome": "applied"}
    long: dict[str, Any] = {"counts": {}, "plan": {}, "changes": [], "diagnostics": []}
    counted = {"number": number, "id": f"r{number}-made", "fence": number, "started_at": number, "steps_done": 0}
    return {**said, **kept, **long, **counted}


def fill(engine: Engine) -> None:
    seed.load_file(engine, example_path(DEFAULT_SEED), people=PEOPLE)
    with db.writing(engine) as connection:
        connection.execute(insert(tables.receipts), [finished(number) for number in range(1, APPLIES)])
        people = connection.scalars(select(tables.contacts.c.id).limit(APPLIES)).all()
        seats = [{"owner_id": one, "name": "seats", "number": number} for number, one in enumerate(people)]
        connection.execute(insert(tables.contact_values), seats)
        for number in range(APPLIES):
            values = {"identity": {"mode": "jwt"}, f"audience/hc-{number}": {"rule": None}, "site": {"plan": number}}
            document = {"help_center": "acme", "digest": "", "values": values, "commit": None, "base": None}
            kept = {**document, "applied_at": number, "applied_by": "ada"}
            store.save(connection, store.Stored(f"record/n{number}", 1, kept), is_new=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


@pytest.fixture(scope="module", params=KINDS)
def crowd(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with ExitStack() as opened:
        yield opened.enter_context(opened.enter_context(copied(request.param, fill)).connect())


def rule(attribute: str, comparison: str, value: object, kind: str = "text") -> dict[str, Any]:
    return {
        "attribute": attribute,
        "type": kind,
        "comparison": comparison,
        **({} if value is None else {"value": value}),
    }


def group(operator: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"operator": operator, "predicates": list(rules)}


EMAIL = rule("email", "ends_with", "ada@examply.com")
TRAINED = rule("custom_attributes.portal_training", "eq", True, "boolean")
PILOT = rule("company.tag", "eq", "pilot", "tag")
OPERATIONS = rule("custom_attributes.job_title", "eq", "Head of Operations")
# Where something is kept in few rows, PostgreSQL reads them all; they are rows of values, not of people.
LEADING = {
    "equal": (rule("email", "eq", "ada@examply.com"), "ix_contacts_email"),
    "begins": (rule("email", "starts_with", "ADA@"), "ix_contacts_users_email"),
    "ends": (EMAIL, "ix_contacts_users_email_reversed"),
    "external id": (rule("external_id", "in", ["u-1001", "u-1002"]), "ix_contacts_external_id"),
    "tag": (rule("tag", "eq", "nobody has it", "tag"), "ix_contact_tags_tag_id|contact_tags.tag_id"),
    "text": (OPERATIONS, "ix_contact_values_text"),
    "boolean": (TRAINED, "ix_contact_values_boolean"),
    "date": (rule("custom_attributes.onboarded_on", "on", "2023-06-12", "date"), "ix_contact_values_moment"),
    "company": (PILOT, "ix_memberships_company_id"),
    "all": (group("and", rule("name", "contains", "a"), TRAINED, PILOT), "ix_contact_values_boolean"),
    "any": (group("or", EMAIL, TRAINED, PILOT), "ix_contacts_users_email_reversed"),
}
INSIDE = rule("email", "contains", "examply")
TIER = "company.custom_attributes.plan_tier"
MANY = rule(TIER, "in", ["team", "enterprise"])
NOT_FREE = group("not", rule(TIER, "eq", "free"))


def view(audience: dict[str, Any]) -> View:
    return View(open=True, audience=Audience("rule", parse(audience)))


def counted(audience: dict[str, Any]) -> Select[Any]:
    return select(func.count()).select_from(tables.contacts).where(view(audience).audience.condition(ASKED))


def compared(connection: Connection, before: dict[str, Any], after: dict[str, Any]) -> Select[Any]:
    asked = query_of_all(connection, [parse(before), parse(after)], ASKED.today)
    return statement(view(before), view(after), asked, 5, "key")


def plan(connection: Connection, asked: Select[Any]) -> list[str]:
    """Return the lines in which the database says how it would answer."""
    compiled = asked.compile(connection, compile_kwargs={"render_postcompile": True})
    values: Any = compiled.params
    if compiled.positiontup is not None:
        values = tuple(values[name] for name in compiled.positiontup)
    return explained(connection, str(compiled), values)


def explained(connection: Connection, asked: str, values: Any) -> list[str]:
    """Return the lines in which the database says how it would answer a statement of its own language."""
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    return [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {asked}", values)]


@pytest.fixture
def led(crowd: Connection) -> Iterator[Connection]:
    """Give the crowd, asked by a database that goes by indexes wherever there are any that serve.

    Of so few people PostgreSQL may find it as cheap to read them all, which hides what it would do with many.
    """
    ways = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin") if crowd.dialect.name == "postgresql" else ()
    for way in ways:
        crowd.exec_driver_sql(f"SET {way} = off")
    yield crowd
    if ways:
        # With what a test has turned off besides.
        crowd.exec_driver_sql("RESET ALL")


def scans(lines: list[str]) -> list[str]:
    """Return the lines that say that everybody is looked at."""
    entries = []
    for number, line in enumerate(lines):
        over = re.search(r"^SCAN contacts\b|Seq Scan on contacts\b|Scan using \w+ on contacts\b", line)
        narrowed = number + 1 < len(lines) and "Cond:" in lines[number + 1]
        if over and not narrowed:
            entries.append(line)
    return entries


@pytest.mark.parametrize("name", LEADING)
def test_an_index_leads_to_the_people_whom_a_rule_means(led: Connection, name: str) -> None:
    audience, index = LEADING[name]
    lines = plan(led, counted(audience))
    assert scans(lines) == [], lines
    assert any(re.search(rf"\b({index})\b", line) for line in lines), lines


@pytest.mark.parametrize("name", LEADING)
def test_a_comparison_looks_at_nobody_else_but_to_count_all_users(led: Connection, name: str) -> None:
    lines = plan(led, compared(led, LEADING[name][0], OPERATIONS))
    assert len(scans(lines)) <= 1, lines


@pytest.mark.parametrize("before", [INSIDE, group("not", EMAIL)])
def test_where_no_index_leads_everybody_is_looked_at_once(crowd: Connection, before: dict[str, Any]) -> None:
    assert len(scans(plan(crowd, counted(before)))) == 1
    # Once more for the number of all users; PostgreSQL may read them again rather than look up many whom it found.
    most = {"sqlite": 2, "postgresql": 3}[crowd.dialect.name]
    assert len(scans(plan(crowd, compared(crowd, before, OPERATIONS)))) <= most


@pytest.mark.parametrize("crowd", ["postgresql"], indirect=True)
@pytest.mark.parametrize("after", [MANY, NOT_FREE, group("and", MANY, INSIDE)])
def test_postgresql_joins_what_it_finds_and_knows_how_much_that_is(crowd: Connection, after: dict[str, Any]) -> None:
    lines = plan(crowd, compared(crowd, MANY, after))
    assert sum("Full Join" in line for line in lines) == (after is not MANY), lines
    # Groups of people, which it takes for two hundred however many they are, and questions asked of each by itself.
    assert not any(re.search(r"Group Key: .*\b(contacts|found)\w*\.id|SubPlan", line) for line in lines), lines


@pytest.mark.parametrize("crowd", ["sqlite"], indirect=True)
def test_sqlite_goes_from_people_to_their_companies(crowd: Connection) -> None:
    lines = plan(crowd, compared(crowd, MANY, NOT_FREE))
    assert not any("AUTOMATIC" in line for line in lines), lines


def test_what_was_left_behind_is_found_without_a_look_at_what_was_finished(led: Connection) -> None:
    asked: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        asked.append((call[2], call[3]))

    event.listen(led, "before_cursor_execute", note)
    assert receipts.unfinished(led, ["portal-1", "portal-2"]) == {}
    event.remove(led, "before_cursor_execute", note)
    ((statement, values),) = asked
    assert any("ix_receipts_running" in line for line in explained(led, statement, values))


def test_who_else_names_something_is_found_without_a_look_at_all_records(led: Connection) -> None:
    asked: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        asked.append((call[2], call[3]))

    event.listen(led, "before_cursor_execute", note)
    namings, more = named.by_record(led, ["hc-7"], ["n8"])
    event.remove(led, "before_cursor_execute", note)
    assert [one.name for one in namings] == ["n0", "n1", "n10", "n100", "n101", "n102", "n103", "n7", "n8"]
    assert [place.address for place in more] == ["identity", "site"]
    assert len(asked) == 2
    for text_of, values in asked:
        lines = explained(led, text_of, values)
        over = [line for line in lines if re.search(r"^SCAN (named|records)\b|Seq Scan on (named|records)\b", line)]
        assert not over, lines
        # Of a place only the first ones, up to the name that bounds them.
        if "ends" in text_of:
            assert any(re.search(r"\bplace\b.*=.*\bname\b.*<", line) for line in lines), lines
        # Of the records only what they say themselves, not what all of them say of the whole workspace.
        else:
            assert any(re.search(r"\b(sqlite_autoindex_named_1|pk_named)\b", line) for line in lines), lines


@pytest.mark.parametrize("audience", [EMAIL, MANY, NOT_FREE, INSIDE, group("and", PILOT, INSIDE)])
def test_a_page_that_is_looked_for_is_the_page_that_is_sorted(
    crowd: Connection, monkeypatch: pytest.MonkeyPatch, audience: dict[str, Any]
) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    pages = []
    for looked_for in (True, False):
        monkeypatch.setattr(access, "_is_looked_for", lambda *_sizes, answer=looked_for: answer)
        pages.append(access.preview(crowd, view(audience).audience, now, page=2, per_page=3))
    assert pages[0] == pages[1]


PORTAL_STATEMENTS = {
    "page": lambda one: one.listed((), "updated", 2, ascending=False).page,
    "page of many companies": lambda one: one.listed((), "updated", MOST_PARTS + 1, ascending=False).page,
    "filtered page": lambda one: one.listed(("type", "creator"), "title", 2, ascending=True).page,
    "choices": lambda one: one.choices,
    "by_number": lambda statements: statements.by_number,
}
VALUES = {"most": 1001, "start": 0, "number": 7, "type": "x", "creator": "x", "company_0": "x", "company_1": "y"}


@pytest.mark.parametrize("own_only", [True, False], ids=["own", "company"])
@pytest.mark.parametrize("name", PORTAL_STATEMENTS)
def test_the_portal_looks_at_no_tickets_and_no_people_of_others(led: Connection, name: str, own_only: bool) -> None:
    asked = PORTAL_STATEMENTS[name](statements(own_only=own_only))._statement
    lines = plan(led, asked.params({PERSON.key: "nobody", **VALUES}))
    assert not [line for line in lines if re.search(r"^SCAN tickets\b|Seq Scan on tickets\b", line)], lines
    assert scans(lines) == [], lines


LISTS: dict[str, tuple[Any, Any]] = {
    "contacts": (tables.contacts, [tables.contacts.c.archived == false()]),
    "companies": (tables.companies, []),
    "tickets": (tables.tickets, []),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("after", [None, ("created_at descending", 1_700_000_000, "x")], ids=["first", "further"])
def test_a_page_of_a_list_is_read_from_an_index_in_its_order(
    led: Connection, name: str, after: tuple[str, int, str] | None
) -> None:
    told: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        told.append((call[2], call[3]))

    table, conditions = LISTS[name]
    order = paging.by_moment("created_at", table.c.created_at, table.c.id)
    event.listen(led, "before_cursor_execute", note)
    paging.fetch(led, select(table.c.id).where(*conditions), order, paging.Page(20, after=after))
    event.remove(led, "before_cursor_execute", note)
    (asked, values), _count = told
    if led.dialect.name == "postgresql":
        # Of so few rows it may find it as cheap to sort them.
        led.exec_driver_sql("SET LOCAL enable_sort = off")
        led.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    lines = explained(led, asked, values)
    assert any(f"ix_{name}_newest" in line for line in lines), lines
    # It neither sorts nor reads what stands before the page.
    assert not [line for line in lines if "TEMP B-TREE" in line or "Sort" in line], lines
    if after is not None:
        assert any("SEARCH" in line or "Index Cond" in line for line in lines), lines


SEARCHES: dict[str, tuple[str, str, object, str]] = {
    "role": ("role", "=", "lead", "ix_contacts_listed_role"),
    "custom attribute": ("custom_attributes.job_title", "=", "Head of Operations", "ix_contact_values_text"),
    "tag": ("tag_id", "=", "nobody has it", "ix_contact_tags_tag_id"),
    "email": ("email", "=", "ada@examply.com", "ix_contacts_email"),
    "email that begins": ("email", "^", "ADA@", "ix_contacts_email_folded"),
    "external id": ("external_id", "=", "u-1001", "ix_contacts_external_id"),
    "name": ("name", "=", "nobody has it", "ix_contacts_listed_name"),
    "phone": ("phone", "=", "nobody has it", "ix_contacts_listed_phone"),
    "signed up": ("signed_up_at", "=", 5, "ix_contacts_listed_signed_up_at"),
    "seen": ("last_seen_at", "=", 5, "ix_contacts_listed_last_seen_at"),
    "changed": ("updated_at", "=", 5, "ix_contacts_listed_updated_at"),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_an_index_leads_to_the_contacts_that_a_search_by_one_field_finds(led: Connection, name: str) -> None:
    field, operator, value, index = SEARCHES[name]
    where = condition({"field": field, "operator": operator, "value": value}, finder(led))
    listed = select(tables.contacts.c.id).where(tables.contacts.c.archived == false(), where.where)
    lines = plan(led, select(func.count()).select_from(listed.subquery()))
    assert scans(lines) == [], lines
    assert any(re.search(rf"\b{index}\b", line) for line in lines), lines


def told_by_search(led: Connection, monkeypatch: pytest.MonkeyPatch, ids: Any, where: Any) -> list[list[str]]:
    """Return how the database answers each statement of a search: its count, and its page if many are found."""
    told: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        told.append((call[2], call[3]))

    monkeypatch.setattr(paging, "_FEW", -1)
    order = paging.by_moment("created_at", ids.table.c.created_at, ids)
    listed = select(ids).where(*LISTS[ids.table.name][1])
    event.listen(led, "before_cursor_execute", note)
    paging.fetch(led, listed, order, paging.Page(20), where)
    event.remove(led, "before_cursor_execute", note)
    if led.dialect.name == "postgresql":
        # Of so few rows it may find it as cheap to sort them.
        for way in ("sort", "bitmapscan", "material"):
            led.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    # Between them it asks where the page may end.
    return [explained(led, told[number][0], told[number][1]) for number in (0, 2)]


VALUES_OF_KINDS: dict[str, tuple[list[str], object, str]] = {
    "string": (["=", "IN"], "x", "text"),
    "integer": (["=", "IN", "<", ">", "<=", ">="], 5, "number"),
    "float": (["=", "<"], 0.5, "number"),
    "boolean": (["=", "IN"], True, "boolean"),
    "date": (["=", "<", ">"], 1_700_000_000, "moment"),
}
OF_VALUES = [
    (kind, operator, [value] if operator == "IN" else value, f"ix_{{}}_values_{index}")
    for kind, (operators, value, index) in VALUES_OF_KINDS.items()
    for operator in operators
]


@pytest.mark.parametrize("one", [*OF_VALUES, ("tag", "=", "x", "ix_{}_tags_tag_id")], ids=str)
def test_what_many_have_is_counted_by_its_values_and_listed_in_order(
    led: Connection, monkeypatch: pytest.MonkeyPatch, one: tuple[str, str, object, str]
) -> None:
    kind, operator, value, index = one
    field = contact_search._FIELDS["tag_id"] if kind == "tag" else contact_search._custom("seats", kind)
    where = condition({"field": "seats", "operator": operator, "value": value}, lambda _: field)
    counted, listed = told_by_search(led, monkeypatch, tables.contacts.c.id, where)
    assert any(index.format("contact") in line for line in counted), counted
    # Of people, it looks at those in no list.
    assert [line for line in scans(counted) if "ix_contacts_archived" not in line] == [], counted
    in_order(listed, "contacts")


def in_order(lines: list[str], name: str) -> None:
    """Check that rows are read from an index in the order of a list, and that none is sorted."""
    assert any(f"ix_{name}_newest" in line for line in lines), lines
    assert not [line for line in lines if "TEMP B-TREE" in line or "Sort" in line or "LIST SUBQUERY" in line], lines


@pytest.mark.parametrize("one", OF_VALUES, ids=str)
def test_what_many_tickets_have_is_counted_by_its_values_and_listed_in_order(
    led: Connection, monkeypatch: pytest.MonkeyPatch, one: tuple[str, str, object, str]
) -> None:
    kind, operator, value, index = one
    data_type = {"float": "decimal", "date": "datetime"}.get(kind, kind)
    field = ticket_search._attribute("a", data_type)
    where = condition({"field": "seats", "operator": operator, "value": value}, lambda _: field)
    counted, listed = told_by_search(led, monkeypatch, tables.tickets.c.id, where)
    assert any(index.format("ticket") in line for line in counted), counted
    assert not [line for line in counted if re.search(r"\btickets\b", line)], counted
    in_order(listed, "tickets")


PARTS = {"sqlite": "ticket_texts VIRTUAL TABLE", "postgresql": "ix_tickets_{}_folded_parts"}
CHANGED = dict.fromkeys(PARTS, "ix_tickets_updated_at")
TYPED, STATED = (dict.fromkeys(PARTS, f"ix_tickets_{name}_id") for name in ("type", "state"))
VALUED = dict.fromkeys(PARTS, "ix_ticket_values_text")
TICKET_SEARCHES: list[tuple[str, str, object, dict[str, str]]] = [
    *((field, operator, "nobody SAYS it", PARTS) for field in ("title", "description") for operator in "~^$="),
    *(("updated_at", operator, 2_000_000_000, CHANGED) for operator in (">", "=")),
    ("ticket_attribute.{}", "=", "nobody has it", VALUED),
    *(("ticket_type_id", operator, value, TYPED) for operator, value in (("=", "none"), ("IN", ["none", "no"]))),
    *((field, "=", value, STATED) for field, value in (("state", "resolved"), ("open", False))),
    ("category", "=", "tracker", TYPED),
]


@pytest.mark.parametrize(("field", "operator", "value", "index"), TICKET_SEARCHES)
def test_an_index_leads_to_the_tickets_that_a_search_by_one_field_finds(
    led: Connection, field: str, operator: str, value: object, index: dict[str, str]
) -> None:
    told: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        told.append((call[2], call[3]))

    of_text = tables.ticket_type_attributes.c.data_type == "string"
    attribute = led.scalars(select(tables.ticket_type_attributes.c.id).where(of_text)).first()
    query = {"field": field.format(attribute), "operator": operator, "value": value}
    where = condition(query, ticket_search.finder(led))
    order = paging.by_moment("created_at", tables.tickets.c.created_at, tables.tickets.c.id)
    event.listen(led, "before_cursor_execute", note)
    paging.fetch(led, ticket_search.LISTED, order, paging.Page(20), where)
    event.remove(led, "before_cursor_execute", note)
    assert len(told) == 2
    for asked, values in told:
        lines = explained(led, asked, values)
        assert any(index[led.dialect.name].format(field) in line for line in lines), lines
        over = [line for line in lines if re.search(r"^SCAN tickets\b|(Seq|Index) Scan\b.* on tickets\b", line)]
        assert not [line for line in over if not re.search(r"ix_tickets_(updated_at|\w+_id)\b|pk_tickets", line)], lines
