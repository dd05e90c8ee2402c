"""Seeds: the example, made-up people, and what is said about a file that is no seed."""

from __future__ import annotations

import contextlib
import copy
import functools
import operator
import shutil
import subprocess
import sys
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.exc import IntegrityError

from tests.support import databases
from tests.support.admin.client import dump
from tests.support.databases import empty as without_tables
from tests.support.databases import opened
from workspace.access.view import Audience, View, may_open
from workspace.core.data_files import example_path
from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.database import tables
from workspace.database.tables import texts
from workspace.rules.model import parse
from workspace.serve import startup
from workspace.serve.seed import load as seed
from workspace.serve.seed.file import read
from workspace.serve.seed.load import SeedInvalid
from workspace.serve.seed.made_up import MadeUp, Person
from workspace.settings.initialise import AlreadyInitialised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

EXAMPLE = example_path("workspace.yaml")
TODAY = date(2026, 11, 22)
SMALL = """\
workspace: {name: Small}
help_centers:
  - {identifier: acme, name: Acme}
attributes:
  company: {plan_tier: {type: string, options: [free, team]}}
  person: {renewal: {type: date}, vip: {type: boolean}}
teammates:
  - {name: Mara, email: mara@acme.example}
companies:
  - {id: a, name: A, values: {plan_tier: team}}
people:
  - {id: u1, email: a@a.example, companies: [a], values: {renewal: 2026-02-01, vip: true}}
  - {email: lead@a.example, role: lead}
ticket_types:
  - {name: Question, category: customer, attributes: [{name: Size, type: list, items: [S, L]},
     {name: Weight, type: decimal, visible_to_customers: true}, {name: When, type: datetime}]}
ticket_states:
  - {internal: New, external: New, category: submitted}
tickets:
  - {number: 1, type: Question, state: New, from: u1, company: a, title: T, created_at: 2026-01-01,
     values: {Size: L, Weight: 1.5, When: 2026-01-02}}
"""


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[Engine]]:
    """Two empty databases."""
    made = make_url(databases.template("sqlite", databases.nothing)).database or ""
    entries = [startup.open_database(shutil.copy(made, tmp_path / name)) for name in ("one.db", "two.db")]
    yield entries
    for engine in entries:
        engine.dispose()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = startup.open_filled(tmp_path_factory.mktemp("example") / "workspace.db", None)
    yield engine
    engine.dispose()


def written(folder: Path, text: str) -> Path:
    path = folder / "seed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# --- the example ----------------------------------------------------------------------------------


def test_the_example_has_what_the_documentation_leans_on(example: Engine) -> None:
    rule = {
        "operator": "or",
        "predicates": [
            {
                "operator": "and",
                "predicates": [
                    {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"},
                    {
                        "attribute": "company.custom_attributes.plan_tier",
                        "type": "text",
                        "comparison": "in",
                        "value": ["team", "enterprise"],
                    },
                ],
            },
            {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"},
        ],
    }
    view = View(open=True, audience=Audience("rule", parse(rule)))
    with db.reading(example) as connection:
        ids = {row.email: row.id for row in connection.execute(select(tables.contacts))}
        assert may_open(connection, ids["ada@examply.com"], view, TODAY)
        assert may_open(connection, ids["omar.haddad@EXAMPLY.COM"], view, TODAY)
        assert not may_open(connection, ids["eve@elsewhere.example"], view, TODAY)
        assert not may_open(connection, ids["Ivy.Chen@Examply.com"], view, TODAY)
        assert not may_open(connection, ids["curious@examply.com"], view, TODAY)
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
        }
    assert counts["contacts"] > 100
    assert counts["companies"] == 14
    assert 140 < counts["tickets"] < 170
    assert counts["ticket_replies"] > 100


def test_the_example_has_every_kind_of_ticket_and_person(example: Engine) -> None:
    with db.reading(example) as connection:
        category, shared = tables.ticket_types.c.category, tables.tickets.c.is_shared
        kinds = set(
            map(tuple, connection.execute(select(category, shared).join_from(tables.tickets, tables.ticket_types)))
        )
        states = set(connection.execute(select(tables.ticket_states.c.category)).scalars())
        notes = set(connection.execute(select(tables.ticket_replies.c.part_type)).scalars())
        members = (
            connection.execute(
                select(func.count()).select_from(tables.memberships).group_by(tables.memberships.c.contact_id)
            )
            .scalars()
            .all()
        )
        users = connection.execute(select(func.count()).where(tables.contacts.c.role == "user")).scalar_one()
    assert {("customer", False), ("back-office", False), ("back-office", True), ("tracker", False)} <= kinds
    assert states == {"submitted", "in_progress", "waiting_on_customer", "resolved"}
    assert notes == {"comment", "note"}
    assert max(members) == 3
    assert len(members) < users


def test_the_example_has_attributes_for_customers_and_for_teammates(example: Engine) -> None:
    attribute, value = tables.ticket_type_attributes.c, tables.ticket_values.c
    with db.reading(example) as connection:
        known = set(connection.execute(select(attribute.visible_to_contacts)).scalars())
        used = select(attribute.data_type, attribute.visible_to_contacts).join(
            tables.ticket_values, value.attribute_id == attribute.id
        )
        names = set(map(tuple, connection.execute(used)))
    assert known == {True, False}
    assert {kind for kind, visible in names if visible} == {"list", "boolean", "integer", "decimal", "datetime"}
    assert ("string", False) in names


def test_no_ticket_or_reply_is_older_than_what_it_belongs_to(example: Engine) -> None:
    tickets, replies = tables.tickets, tables.ticket_replies
    with db.reading(example) as connection:
        early = select(replies.c.id).join(tickets).where(replies.c.created_at < tickets.c.created_at)
        assert connection.execute(early).all() == []
        assert connection.execute(select(tickets.c.id).where(tickets.c.updated_at < tickets.c.created_at)).all() == []


def test_nobody_has_set_up_the_portal_in_the_example(example: Engine) -> None:
    with db.reading(example) as connection:
        by_name = {row.address: row.document for row in connection.execute(select(tables.settings))}
        writable = connection.execute(
            select(tables.data_attributes.c.messenger_writable).where(tables.data_attributes.c.name == "companies")
        ).scalar_one()
    assert by_name["portal/acme"] == {"enabled": False}
    assert by_name["audience/acme"] == {"mode": "nobody", "rule": None}
    assert by_name["identity"] == {"mode": "off"}
    assert by_name["help_center/acme"]["live"] is False
    assert by_name["homepage/acme"]["draft"] == by_name["homepage/acme"]["live"]
    assert [one["type"] for one in by_name["homepage/acme"]["live"]] == [
        "search",
        "collections",
        "featured_content",
        "announcements",
    ]
    assert writable is True


def test_the_example_is_readable() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 120
    assert not any(line != line.rstrip() for line in lines)


# --- the same seed, the same database -------------------------------------------------------------


def filled(engine: Engine) -> dict[str, Any]:
    """Return what a database holds but for what is random in each: who it is, and with what it digests."""
    by_name: dict[str, Any] = dump(engine)
    return {**by_name, "workspaces": [row[:4] for row in by_name["workspaces"]]}


def test_the_same_seed_gives_the_same_database(engines: list[Engine]) -> None:
    for engine in engines:
        seed.load_file(engine, EXAMPLE, people=300)
    first, second = (filled(engine) for engine in engines)
    assert first == second


def indexes(engine: Engine) -> list[tuple[str, str]]:
    """Return the indexes of a database in the order in which they were made, each with what makes it."""
    asked = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY tbl_name, rowid",
        "postgresql": "SELECT relname, pg_get_indexdef(pg_class.oid) FROM pg_class JOIN pg_index ON indexrelid = "
        "pg_class.oid WHERE relnamespace = current_schema()::regnamespace ORDER BY indrelid, pg_class.oid",
    }
    with engine.connect() as connection:
        return [(name, sql) for name, sql in connection.execute(text(asked[engine.dialect.name]))]


def _look_up_a_ticket(engine: Engine) -> None:
    """Find tickets by the full-text index, which SQLite finds to be what the tickets say."""
    with db.writing(engine) as connection:
        titles = connection.execute(select(tables.tickets.c.title_folded)).scalars().all()
        led = texts.holders(connection, "title_folded", titles[-1], whole=True)
        assert led is not None
        statement = select(func.count()).select_from(tables.tickets).where(led)
        assert connection.execute(statement).scalar() == sum(titles[-1] in title for title in titles)
        if engine.dialect.name == "sqlite":
            texts_checked = "INSERT INTO ticket_texts (ticket_texts, rank) VALUES ('integrity-check', 1)"
            connection.exec_driver_sql(texts_checked)


def test_indexes_that_come_afterwards_are_the_same(database_kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so is everything else, whether many people are filled in at once or few."""
    entries = []
    for many in (1, 10**9):
        monkeypatch.setattr(seed, "_MANY", many)
        with without_tables(database_kind) as url:
            engine = db.engine_for(url)
            db.migrate(engine)
            before = indexes(engine)
            seed.load_file(engine, EXAMPLE, people=60)
            assert indexes(engine) == before
            entries.append(filled(engine))
            _look_up_a_ticket(engine)
            engine.dispose()
    assert entries[0] == entries[1]


def test_a_sort_is_in_a_file_while_many_are_filled_in_and_in_memory_afterwards(
    engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    if engines[0].dialect.name != "sqlite":
        pytest.skip("a setting of SQLite")
    found = []

    def look(connection: Any, *_: object) -> None:
        driver = connection.connection.driver_connection
        found.append(tuple(driver.execute(f"PRAGMA {name}").fetchone()[0] for name in ("temp_store", "cache_size")))

    def settings() -> tuple[int, int]:
        with engines[0].connect() as connection:
            look(connection)
        return found.pop()

    before = settings()
    monkeypatch.setattr(seed, "_MANY", 1)
    event.listen(engines[0], "after_cursor_execute", look)
    seed.load_file(engines[0], EXAMPLE, people=60)
    event.remove(engines[0], "after_cursor_execute", look)
    assert set(found) == {(1, -8192)}
    assert settings() == before != (1, -8192)


def test_what_many_people_take_of_memory_does_not_grow(tmp_path: Path) -> None:
    few, many = (memory_of_filling(tmp_path / f"{people}.db", people) for people in (6_000, 24_000))
    assert many - few < 12


def memory_of_filling(path: Path, people: int) -> int:
    """Fill a new database in a process of its own; return the most MiB that it took."""
    filled = f"startup.open_filled(Path({str(path)!r}), None, people={people}).dispose()"
    told = "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    program = f"import resource; from pathlib import Path; from workspace.serve import startup; {filled}; {told}"
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout)


def test_a_fill_that_fails_leaves_the_indexes(engines: list[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "_MANY", 1)
    monkeypatch.setattr(MadeUp, "contact_tags", lambda _self, _people: [("nobody", "beta")])
    before = indexes(engines[0])
    with pytest.raises(IntegrityError):
        seed.load_file(engines[0], EXAMPLE, people=60)
    assert indexes(engines[0]) == before
    with engines[0].connect() as connection:
        assert db.is_empty(connection)


def test_plain_values_are_a_seed_as_well(engines: list[Engine], tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    seed.load_file(engines[0], path)
    seed.load(engines[1], read(path).values)
    assert filled(engines[0]) == filled(engines[1])


def everybody(made_up: MadeUp) -> list[Person]:
    """Return all people of any number of portions, in the order in which they come."""
    return [one for portion in made_up.portions() for one in portion]


def test_people_come_in_portions_in_the_order_of_their_ids() -> None:
    made_up = MadeUp(5000, {})
    assert max(map(len, made_up.portions())) <= 2000
    people = everybody(made_up)
    assert [one.number for one in people] == list(range(5000))
    for ids in ([one.id for one in people], [one.id for one in made_up.companies()]):
        assert ids == sorted(set(ids))


@given(fewer=st.integers(1, 60), more=st.integers(60, 150))
def test_more_people_begin_with_the_same_people(fewer: int, more: int) -> None:
    some, all_of_them = ({one.number: one for one in everybody(MadeUp(count, {}))} for count in (fewer, more))
    assert some == {number: all_of_them[number] for number in range(fewer)}


def test_made_up_people_are_told_apart_and_believable() -> None:
    made_up = MadeUp(4000, {"company": {"plan_tier": ["free", "team", "enterprise"]}, "contact": {"job_title": None}})
    people = everybody(made_up)
    contacts, companies = list(made_up.contacts(people)), list(made_up.companies())
    assert len({one.id for one in contacts}) == 4000
    emails = [one.email for one in contacts if one.email]
    assert len(set(emails)) == len(emails) > 3900
    assert len({one.name for one in companies}) == len(companies) == 200
    members = list(made_up.memberships(people))
    assert len(members) == len(set(members))
    assert {company for _, company in members} <= {one.id for one in companies}
    several = len(members) - len({person for person, _ in members})
    assert 100 < several < 400
    roles = [one.role for one in contacts]
    assert 50 < roles.count("lead") < 300
    assert {one.id for one in contacts if one.role == "lead"}.isdisjoint(person for person, _ in members)
    assert {value for _, _, value in made_up.company_values()} == {"free", "team", "enterprise"}
    assert {tag for _, tag in made_up.contact_tags(people)} == {"beta", "vip"}
    tickets = list(made_up.tickets(people, ["question", "task"], ["new"], count(11)))
    assert [one["number"] for one in tickets] == list(range(11, 11 + len(tickets)))
    assert {one["contact_id"] for one in tickets} <= {one.id for one in contacts if one.role == "user"}
    seen = [one.last_seen_at for one in contacts if one.last_seen_at is not None]
    assert max(seen) < 1_795_000_000


def test_company_names_go_on_when_the_words_run_out() -> None:
    names = [one.name for one in MadeUp(80_000, {}).companies()]
    assert len(set(names)) == len(names)


def test_a_seed_without_attributes_and_tickets_takes_people_too(engines: list[Engine]) -> None:
    values = {"workspace": {"name": "Bare"}, "help_centers": [{"identifier": "acme", "name": "Acme"}]}
    seed.load(engines[0], values, people=30)
    with db.reading(engines[0]) as connection:
        assert connection.execute(select(func.count()).select_from(tables.contacts)).scalar_one() == 30
        assert connection.execute(select(func.count()).select_from(tables.tickets)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(tables.contact_values)).scalar_one() == 0


def test_a_database_is_filled_once(engines: list[Engine], tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    seed.load_file(engines[0], path)
    before = dump(engines[0])
    with pytest.raises(AlreadyInitialised):
        seed.load_file(engines[0], path)
    assert dump(engines[0]) == before


# --- what is no seed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("{name: Small}", "{name: Small, colour: red}"), 1, "colour"),
        (("workspace: {name: Small}\n", ""), 1, '"workspace" is a required property'),
        (("identifier: acme", "identifier: ACME"), 3, "ACME"),
        (("type: date", "type: day"), 6, '"day"'),
        (("companies: [a]", "companies: [b]"), 12, "there is no company b"),
        (("companies: [a]", "companies: a"), 12, '"a" is not of type "array"'),
        (("email: a@a.example", "mail: a@a.example"), 12, "mail"),
        (("vip: true", "vpi: true"), 12, "there is no attribute vpi"),
        (("2026-02-01", "soon"), 12, "soon is no day"),
        (("vip: true", "vip: 1"), 12, "vip is of type boolean"),
        (("plan_tier: team}", "plan_tier: gold}"), 10, "plan_tier is one of free, team"),
        (("from: u1", "from: u2"), 20, "there is no person u2"),
        (("type: Question", "type: Questoin"), 20, "there is no ticket type Questoin"),
        (("state: New,", "state: Old,"), 20, "there is no ticket state Old"),
        (("created_at: 2026-01-01", "created_at: 2026-13-01"), 20, "2026-13-01 is no day"),
        (("created_at: 2026-01-01", "created_at: 1.1.2026"), 20, "does not match"),
        (("number: 1,", "number: one,"), 20, '"one" is not of type "integer"'),
        (("title: T,", "title: T, replies: [{by: Max, at: 2026-01-02, text: x}],"), 20, "no teammate or person Max"),
        (("{email: lead@a.example, role: lead}", "{id: u1}"), 13, "the person u1 is there twice"),
        (("{id: a, name: A,", "{id: a}\n  - {id: a, name: A,"), 11, "the company a is there twice"),
        (("Size: L,", "Size: M,"), 21, "Size is one of S, L"),
        (("Size: L,", "size: L,"), 21, "there is no attribute of Question called size"),
        (("Weight: 1.5", "Weight: heavy"), 21, "Weight is of type decimal"),
        (("When: 2026-01-02", "When: later"), 21, "later is no day"),
        (("type: list, items: [S, L]", "type: list"), 15, '"items" is a required property'),
        (("{name: When, type: datetime}", "{name: Size, type: string}"), 16, "the attribute Size is there twice"),
        (("{name: Small}", "{name: Small, name: Other}"), 1, "name is there twice"),
        (("{name: Small}", "&a {name: Small}\nx: *a"), 2, "aliases"),
        (("{name: Small}", "{name: Small"), 2, "not YAML"),
        (("{name: Small}", "{[a]: b}"), 1, "a key is a text"),
        (("{name: Small}", '{name: "a\\0b"}'), 1, "NUL"),
        (("{name: Small}", f"{{name: {'[' * 30}{']' * 30}}}"), 1, "deep"),
        (("help_centers:", "---\nhelp_centers:"), 2, "one document"),
        (("teammates:", "settings: {portal/acme: {enabled: maybe}}\nteammates:"), 7, "enabled"),
        (("teammates:", "settings: {nothing/here: {}}\nteammates:"), 7, "nothing/here"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    engines: list[Engine], tmp_path: Path, change: tuple[str, str], line: int, what: str
) -> None:
    assert change[0] in SMALL
    path = written(tmp_path, SMALL.replace(*change, 1))
    with pytest.raises(SeedInvalid) as caught:
        seed.load_file(engines[0], path)
    assert what in caught.value.summary
    assert caught.value.summary.startswith(f"{path}:{line}: ")
    assert caught.value.remedy
    with db.reading(engines[0]) as connection:
        assert db.is_empty(connection)


def test_all_problems_are_named_at_once_but_not_endlessly(engines: list[Engine], tmp_path: Path) -> None:
    people = "".join(f"  - {{id: p{number}, companies: [gone]}}\n" for number in range(40))
    path = written(tmp_path, SMALL.replace("ticket_types:", f"{people}ticket_types:"))
    with pytest.raises(SeedInvalid) as caught:
        seed.load_file(engines[0], path)
    assert len(caught.value.problems) == 40
    assert len(caught.value.summary.splitlines()) == 21
    assert "and 20 more" in caught.value.summary


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"- a\n", b"just text", b"null", b"\t", b"a: !!python/object:x {}"]
)
def test_a_file_that_is_something_else_is_refused(engines: list[Engine], tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seed.yaml"
    path.write_bytes(content)
    with pytest.raises(SeedInvalid, match=r"is not|not YAML|not UTF-8|tags are"):
        seed.load_file(engines[0], path)


def test_a_file_that_is_missing_is_refused(engines: list[Engine], tmp_path: Path) -> None:
    with pytest.raises(SeedInvalid, match="No such file"):
        seed.load_file(engines[0], tmp_path / "gone.yaml")
    with pytest.raises(SeedInvalid, match="directory"):
        seed.load_file(engines[0], tmp_path)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield (*at, step)
        yield from places(one, (*at, step))


VALUES = yaml.load(SMALL, yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts
VALUES["tickets"][0]["number"] = 1
VALUES["tickets"][0]["values"]["Weight"] = 1.5
VALUES["ticket_types"][0]["attributes"][1]["visible_to_customers"] = True
VALUES["people"][0]["values"]["vip"] = True


@given(
    place=st.sampled_from(list(places(VALUES))),
    value=st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(([], {}, "2026-01-01", "a", "u1")),
)
def test_a_seed_with_anything_put_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, template: Path, place: tuple[Any, ...], value: Any
) -> None:
    values = copy.deepcopy(VALUES)
    *way, last = place
    functools.reduce(operator.getitem, way, values)[last] = value
    path = shutil.copy(template, tmp_path_factory.mktemp("seed") / "workspace.db")
    with opened(path) as engine, contextlib.suppress(WorkspaceError):
        seed.load(engine, values)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them; copied, never changed."""
    path = tmp_path_factory.mktemp("template") / "workspace.db"
    startup.open_database(path).dispose()
    return path
