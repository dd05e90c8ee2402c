"""Who opens the portal and what they see, compared with the definitions in `tests/support/reference.py`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, literal, select

from tests.support import reference
from tests.support.examples import examples
from tests.support.workspace.populate import populate
from tests.support.workspace.strategies import TODAY, World, rules, views, worlds
from workspace.access.changed_people import changed_people
from workspace.access.check import CheckAtOnce, check
from workspace.access.comparison import compare
from workspace.access.readers import Regranted
from workspace.access.states import STATE_CLASSES
from workspace.access.view import Audience, View, may_open, openers, preview, standing, visible_tickets
from workspace.rules.model import parse

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOW = datetime.combine(TODAY, time(14, 30), UTC)


def asked(view: reference.View) -> View:
    """The view as the workspace holds it, by way of the document that the admin API takes."""
    document = {
        "open": view.open,
        "audience": {"mode": view.mode, "rule": view.rule},
        "ticket_visibility": {"restricted": view.restricted, "conditions": view.conditions},
    }
    pairs = frozenset((person, company) for person, theirs in view.regranted.items() for company in theirs)
    return replace(View.from_document(document), regranted=Regranted(frozenset(view.regranted), pairs))


@st.composite
def regranted(draw: st.DrawFn, world: World, view: reference.View) -> reference.View:
    """The view, with some people who would be granted other companies."""
    if not world.companies:
        return view
    some = st.frozensets(st.sampled_from([one.id for one in world.companies]))
    people = st.dictionaries(st.sampled_from([one.id for one in world.people]), some)
    return replace(view, regranted=draw(people))


def in_order(people: list[reference.Person]) -> list[str]:
    def key(one: reference.Person) -> tuple[bool, str, str]:
        email = one.values.get("email")
        return email is None, (email or "").casefold(), one.id

    return [one.id for one in sorted(people, key=key)]


def company_name(company: reference.Company) -> str:
    name = company.values.get("name")
    return company.values.get("company_id", company.id) if name is None else name


@given(world=worlds(), view=views())
@examples(18)
def test_each_person_and_all_people_agree_with_the_definitions(
    blank: Connection, world: World, view: reference.View
) -> None:
    populate(blank, world)
    expected = {one.id for one in world.people if reference.may_open(view, one, TODAY)}
    assert set(blank.execute(openers(asked(view), TODAY)).scalars()) == expected
    for one in world.people:
        assert may_open(blank, one.id, asked(view), TODAY) is (one.id in expected)
        state = standing(blank, one.id, asked(view), TODAY)
        assert state.in_audience is reference.in_audience(view, one, TODAY)
        assert state.own_only is (one.id in expected and reference.own_only(view, one, TODAY))
        assert state.has_company is bool(one.reads())


@given(world=worlds(), view=views(), data=st.data())
@examples(18)
def test_people_see_exactly_their_tickets(
    blank: Connection, world: World, view: reference.View, data: st.DataObject
) -> None:
    populate(blank, world)
    view = data.draw(regranted(world, view))
    for one in world.people:
        wide = reference.may_open(view, one, TODAY) and not reference.own_only(view, one, TODAY) and view.reads(one)
        assert standing(blank, one.id, asked(view), TODAY).sees_company_tickets is bool(wide)
        rows = blank.execute(visible_tickets(blank, one.id, asked(view), TODAY)).all()
        expected = {ticket.id for ticket in world.tickets if reference.sees(view, one, ticket, TODAY)}
        assert {row.id for row in rows} == expected
        assert len(rows) == len(expected)


@given(world=worlds(), view=views(), per_page=st.integers(1, 4), page=st.integers(1, 3))
@examples(18)
def test_preview_pages_through_the_audience_in_order(
    blank: Connection, world: World, view: reference.View, per_page: int, page: int
) -> None:
    populate(blank, world)
    shown = preview(blank, asked(view).audience, NOW, page, per_page)
    expected = in_order([one for one in world.people if reference.in_audience(view, one, TODAY)])
    assert shown.count == len(expected)
    assert [one.id for one in shown.people] == expected[(page - 1) * per_page : page * per_page]
    companies = {one.id: sorted(map(company_name, one.companies)) for one in world.people}
    assert all(list(one.companies) == companies[one.id] for one in shown.people)
    assert shown.document()["as_of"] == "2026-03-01T14:30:00Z"
    assert shown.document()["total_pages"] == -(-len(expected) // per_page)


@given(world=worlds(), before=views(), after=views(), data=st.data())
@examples(24)
def test_comparison_counts_and_samples_what_the_definitions_say(
    blank: Connection, world: World, before: reference.View, after: reference.View, data: st.DataObject
) -> None:
    populate(blank, world)
    sample = data.draw(st.integers(0, 3))
    if data.draw(st.booleans()):
        before, after = data.draw(regranted(world, before)), data.draw(regranted(world, after))
    comparison = compare(blank, asked(before), asked(after), TODAY, sample)
    expected = reference.compare(before, after, list(world.people), TODAY)
    assert comparison.people == len(expected["people"])
    assert (comparison.before.count, comparison.before.own_only) == (
        len(expected["before"]),
        len(expected["before_own"]),
    )
    assert (comparison.after.count, comparison.after.own_only) == (len(expected["after"]), len(expected["after_own"]))
    people = {one.id: one for one in world.people}
    for name, members in comparison.classes.items():
        assert members.count == len(expected[name]), name
        assert [one.id for one in members.sample] == in_order([people[one] for one in expected[name]])[:sample], name
    companies = {one.id: one for one in world.companies}
    for name, group in comparison.companies.items():
        assert group.count == len(expected[name]), name
        assert list(group.sample) == sorted(company_name(companies[one]) for one in expected[name])[:sample], name


def in_pages(blank: Connection, before: View, after: View, most: int) -> list[dict[str, Any]]:
    """Everybody of all pages, each with the conditions themselves."""
    entries: list[dict[str, Any]] = []
    beyond: str | None = ""
    while beyond is not None:
        page = changed_people(blank, before, after, TODAY, beyond=beyond, most=most).document()
        assert len(page["people"]) <= most
        assert not page["following"] or len(page["people"]) == most
        for one in page["people"]:
            because = [(page["conditions"][why["condition"]], why["holds"]) for why in one["because"]]
            entries.append({**one, "because": because})
        beyond = page["following"]
    return entries


@given(world=worlds(), before=views(), after=views(), most=st.integers(1, 4))
@examples(30)
def test_everybody_who_changes_is_on_one_page_with_what_decides(
    blank: Connection, world: World, before: reference.View, after: reference.View, most: int
) -> None:
    populate(blank, world)
    changes = in_pages(blank, asked(before), asked(after), most)
    expected = reference.compare(before, after, list(world.people), TODAY)
    listed = {name: [one["person"]["id"] for one in changes if one["change"] == name] for name in STATE_CLASSES}
    assert listed == {name: sorted(expected[name]) for name in STATE_CLASSES}
    people = {one.id: one for one in world.people}
    for one in changes:
        access = one["change"] in ("gained", "lost")
        rule = (after.open and after.rule) if access else (after.restricted and after.conditions)
        assert bool(one["because"]) is bool(rule)
        theirs = people[one["person"]["id"]].companies or (reference.NO_COMPANY,)
        company = next(pair for pair in theirs if one["company"] in (None, company_name(pair)))
        for condition, holds in one["because"]:
            assert reference.evaluate(condition, people[one["person"]["id"]], company, TODAY) is holds
        if rule:
            # Whatever the other conditions say: with these alone it comes out the same.
            decided = {json.dumps(condition, sort_keys=True): holds for condition, holds in one["because"]}
            assert settled(rule, decided) is (one["change"] in ("gained", "sees_less"))


def settled(rule: dict[str, Any], decided: dict[str, bool]) -> bool | None:
    """What a rule comes to where only some of its conditions are known; None where that is not enough."""
    if "operator" not in rule:
        return decided.get(json.dumps({"value": None, **rule}, sort_keys=True))
    answers = [settled(one, decided) for one in rule["predicates"]]
    if rule["operator"] == "not":
        return None if answers[0] is None else not answers[0]
    settling = rule["operator"] == "or"
    if settling in answers:
        return settling
    return None if None in answers else not settling


def check_tree(
    node: dict[str, Any], rule: dict[str, Any], person: reference.Person, company: reference.Company
) -> None:
    """Fail where a node of an explanation says something else than the definitions."""
    assert node["holds"] is reference.evaluate(rule, person, company, TODAY)
    if "operator" in rule:
        assert node["operator"] == rule["operator"]
        assert len(node["predicates"]) == len(rule["predicates"])
        for inner, one in zip(node["predicates"], rule["predicates"], strict=True):
            check_tree(inner, one, person, company)
        return
    assert {key: node[key] for key in ("attribute", "type", "comparison", "value")} == {"value": None, **rule}
    value = reference.value_of(rule, person, company)
    if rule["type"] == "tag":
        assert node["found"] == sorted(value)
    elif rule["type"] == "date" and value is not None:
        day = datetime.fromtimestamp(value, UTC).date()
        assert node["found"] == day.isoformat()
    else:
        assert node["found"] == value


@given(world=worlds(), view=views(), card_shown=st.booleans())
@examples(18)
def test_check_explains_every_pair(blank: Connection, world: World, view: reference.View, card_shown: bool) -> None:
    populate(blank, world)
    refs = [one.id for one in world.people]
    results = [one.document() for one in check(blank, refs, asked(view), TODAY, card_shown=card_shown)]
    beside = select(literal(1).label("one")).subquery()
    at_once = CheckAtOnce(asked(view), TODAY, beside, beside.c)
    for ref in (*refs, *(one.values.get("email") or "nobody" for one in world.people)):
        rows = at_once.rows(blank, ref)
        assert at_once.checked(rows, ref, card_shown=card_shown) in check(
            blank, [ref], asked(view), TODAY, card_shown=card_shown
        )
    for person, result in zip(world.people, results, strict=True):
        opens = reference.may_open(view, person, TODAY)
        wide = opens and bool(person.reads()) and not reference.own_only(view, person, TODAY)
        assert result["found"] is True
        assert result["person"]["id"] == person.id
        assert result["in_audience"] is reference.in_audience(view, person, TODAY)
        assert result["can"] == {
            "open_portal": opens,
            "see_card": opens and card_shown,
            "see_company_tickets": wide,
        }
        assert result["granted"] == sorted(map(company_name, person.granted))
        if view.mode != "rule":
            assert result["explanation"] is None
            continue
        pairs = result["explanation"]["pairs"]
        companies = {one.id: one for one in person.companies}
        assert len(pairs) == max(len(companies), 1)
        for pair in pairs:
            company = companies.pop(pair["company"]["id"]) if pair["company"] else reference.NO_COMPANY
            assert pair["holds"] is pair["tree"]["holds"]
            check_tree(pair["tree"], view.rule or {}, person, company)
        assert any(pair["holds"] for pair in pairs) is reference.matches(view.rule or {}, person, TODAY)


COMPANY = reference.Company("c", {"created_at": 0, "company_id": "c-1", "name": "C"})
COLLEAGUE = reference.Ticket("t", "other", "c", "customer")
ALL, OWN = (reference.View(open=True, mode="everyone", restricted=one) for one in (False, True))
CLOSED = reference.View(open=False, mode="everyone")


def test_a_grant_shows_the_tickets_of_a_company_to_whoever_does_not_belong_to_it(blank: Connection) -> None:
    people = (reference.Person("guest", granted=(COMPANY,)), reference.Person("other"), reference.Person("none"))
    populate(blank, World(people, (COMPANY,), (COLLEAGUE,)))
    for view, sees in ((ALL, {"t"}), (OWN, set()), (CLOSED, set())):
        rows = blank.execute(visible_tickets(blank, "guest", asked(view), TODAY)).all()
        assert {row.id for row in rows} == sees
        assert standing(blank, "guest", asked(view), TODAY).sees_company_tickets is bool(sees)
    assert blank.execute(visible_tickets(blank, "none", asked(ALL), TODAY)).all() == []
    gained = compare(blank, asked(CLOSED), asked(ALL), TODAY)
    assert gained.classes["without_company"].count == 2
    assert gained.companies["companies_gained"].sample == ("C",)


def test_no_rule_asks_for_what_is_granted(blank: Connection) -> None:
    populate(blank, World((reference.Person("guest", granted=(COMPANY,)),), (COMPANY,)))
    rule = {"attribute": "company.name", "type": "text", "comparison": "eq", "value": "C"}
    view = asked(reference.View(open=True, mode="rule", rule=rule))
    assert not may_open(blank, "guest", view, TODAY)
    assert blank.execute(openers(view, TODAY)).all() == []


@given(before=views(), after=views(), rule=rules)
@examples(8)
def test_the_number_of_statements_depends_on_nobody(
    blank: Connection, before: reference.View, after: reference.View, rule: dict[str, Any]
) -> None:
    people = [reference.Person(f"p{number}", {"email": f"{number}@examply.com"}) for number in range(40)]
    for count in (1, 40):
        populate(blank, World(tuple(people[:count]), ()))
        assert statements(blank, lambda: compare(blank, asked(before), asked(after), TODAY)) <= 5
        assert statements(blank, lambda: preview(blank, Audience("rule", parse(rule)), NOW)) <= 5


def statements(connection: Connection, ask: Any) -> int:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)
    return len(seen)


# --- references -----------------------------------------------------------------------------------

OPEN = View(open=True, audience=Audience("everyone"))
PEOPLE = (
    reference.Person("id-1", {"email": "Ada@Examply.com", "external_id": "u-1"}),
    reference.Person("id-2", {"email": "twin@examply.com", "external_id": "id-1"}),
    reference.Person("id-3", {"email": "TWIN@examply.com"}),
    reference.Person("id-4", {"email": "one@examply.com"}),
    reference.Person("id-5", {"email": "one@examply.com"}, role="lead"),
    reference.Person("id-6", {"email": "one@examply.com"}, archived=True),
    reference.Person("id-7", {"email": "lead@examply.com"}, role="lead"),
    reference.Person("id-8", {"external_id": "ada@examply.com"}, archived=True),
)


@pytest.mark.parametrize(
    ("ref", "person"),
    [
        ("id-1", "id-1"),  # a contact's id goes before the same external id
        ("u-1", "id-1"),
        ("ADA@EXAMPLY.COM", "id-1"),
        ("ada@examply.com", "id-8"),  # an external id goes before an email
        ("one@examply.com", "id-4"),  # a user goes before a lead and an archived user
        ("lead@examply.com", "id-7"),
        ("nobody@examply.com", None),
        ("", None),
    ],
)
def test_references_are_tried_in_order(blank: Connection, ref: str, person: str | None) -> None:
    populate(blank, World(PEOPLE, ()))
    (checked,) = check(blank, [ref], OPEN, TODAY, card_shown=True)
    assert (checked.person.id if checked.person else None) == person
    assert checked.document()["found"] is (person is not None)


def test_a_shared_email_is_ambiguous(blank: Connection) -> None:
    populate(blank, World(PEOPLE, ()))
    (checked,) = check(blank, ["twin@Examply.com"], OPEN, TODAY, card_shown=True)
    document = checked.document()
    assert (document["found"], document["ambiguous"], document["person"]) == (False, 2, None)
    assert not any(document["can"].values())


def test_many_references_at_once_keep_their_order(blank: Connection) -> None:
    people = tuple(reference.Person(f"p-{number:04}") for number in range(1200))
    populate(blank, World(people, ()))
    refs = [one.id for one in reversed(people)]
    answer = check(blank, refs, OPEN, TODAY, card_shown=False)
    assert [one.person.id for one in answer if one.person] == refs


def test_nobody_of_that_id_opens_nothing(blank: Connection) -> None:
    assert may_open(blank, "nobody", OPEN, TODAY) is False
    assert blank.execute(visible_tickets(blank, "nobody", OPEN, TODAY)).all() == []


def test_a_statement_about_tickets_can_be_narrowed_and_ordered(blank: Connection) -> None:
    tickets = tuple(reference.Ticket(f"t-{number}", "id-1", None, "customer") for number in range(5))
    populate(blank, World(PEOPLE, (), tickets))
    statement = visible_tickets(blank, "id-1", OPEN, TODAY)
    narrowed = statement.where(statement.selected_columns.number > 1).order_by(statement.selected_columns.number.desc())
    assert [row.number for row in blank.execute(narrowed)] == [4, 3, 2]
    assert len(blank.execute(select(statement.subquery().c.id)).all()) == 5
