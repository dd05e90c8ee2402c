"""Access rules and ticket visibility as plain Python, straight from the definitions, without regard to speed.

The workspace answers these questions in SQL. Tests ask both and compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

Rule = dict[str, Any]


@dataclass(frozen=True)
class Company:
    """A company. `values` are by wire name without `company.` (`name`, `custom_attributes.plan_tier`)."""

    id: str
    values: dict[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Person:
    """A contact. `values` are by wire name (`email`, `custom_attributes.job_title`); moments are seconds since 1970."""

    id: str
    values: dict[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    companies: tuple[Company, ...] = ()
    role: str = "user"
    archived: bool = False
    granted: tuple[Company, ...] = ()

    def reads(self) -> set[str]:
        """The ids of the companies whose tickets they read, once inside, unless they see only their own."""
        return {one.id for one in (*self.companies, *self.granted)}


@dataclass(frozen=True)
class View:
    """Everything that decides access to the portal and its tickets."""

    open: bool
    mode: str
    rule: Rule | None = None
    restricted: bool = False
    conditions: Rule | None = None
    regranted: dict[str, frozenset[str]] = field(default_factory=dict)
    """Grants by ids, in place of people's own."""

    def reads(self, person: Person) -> set[str]:
        """The ids of the companies whose tickets a person reads, once inside, unless they see only their own."""
        granted = self.regranted.get(person.id, {one.id for one in person.granted})
        return {one.id for one in person.companies} | granted


@dataclass(frozen=True)
class Ticket:
    """A ticket with the fields that decide its visibility."""

    id: str
    contact_id: str
    company_id: str | None
    category: str
    is_shared: bool = False


NO_COMPANY = Company(id="")


# --- rules ----------------------------------------------------------------------------------------


def matches(rule: Rule, person: Person, today: date) -> bool:
    """Return True if the whole rule holds for the person with one of their companies, or with an empty one."""
    return any(evaluate(rule, person, company, today) for company in person.companies or (NO_COMPANY,))


def evaluate(rule: Rule, person: Person, company: Company, today: date) -> bool:
    """Return True if the rule holds for one pair."""
    if "operator" not in rule:
        return holds(rule, person, company, today)
    answers = [evaluate(one, person, company, today) for one in rule["predicates"]]
    if rule["operator"] == "not":
        (answer,) = answers
        return not answer
    return all(answers) if rule["operator"] == "and" else any(answers)


def holds(predicate: Rule, person: Person, company: Company, today: date) -> bool:
    """Return True if one predicate holds for one pair."""
    comparison, wanted = predicate["comparison"], predicate.get("value")
    if comparison in ("ne", "nin", "unknown"):
        opposite = {"ne": "eq", "nin": "in", "unknown": "known"}[comparison]
        return not holds({**predicate, "comparison": opposite}, person, company, today)
    value = value_of(predicate, person, company)
    if predicate["type"] == "tag":
        return wanted in value if comparison == "eq" else any(one in value for one in wanted)
    if comparison == "known":
        return value is not None
    return value is not None and COMPARE[predicate["type"]](comparison, value, wanted, today)


def value_of(predicate: Rule, person: Person, company: Company) -> Any:
    """Return the pair's value of a predicate's attribute: tags, or one value, or None."""
    attribute = predicate["attribute"]
    owner: Person | Company = company if attribute.startswith("company.") else person
    name = attribute.removeprefix("company.")
    return owner.tags if name == "tag" else owner.values.get(name)


def compare_text(comparison: str, value: str, wanted: Any, _today: date) -> bool:
    if comparison == "eq":
        return value == wanted
    if comparison == "in":
        return value in wanted
    text, needle = value.casefold(), wanted.casefold()
    return {
        "contains": needle in text,
        "starts_with": text.startswith(needle),
        "ends_with": text.endswith(needle),
        "contains_word": contains_word(text, needle),
    }[comparison]


def contains_word(text: str, needle: str) -> bool:
    """Return True if the needle occurs in the text with no letter, digit or underscore on either side of it."""
    for start in range(len(text) - len(needle) + 1):
        end = start + len(needle)
        before = text[start - 1 : start] if start else ""
        if text[start:end] == needle and not in_word(before) and not in_word(text[end : end + 1]):
            return True
    return False


def in_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def compare_number(comparison: str, value: float, wanted: float, _today: date) -> bool:
    value, wanted = float(value), float(wanted)
    return {"eq": value == wanted, "gt": value > wanted, "lt": value < wanted}[comparison]


def compare_boolean(_comparison: str, value: bool, wanted: bool, _today: date) -> bool:
    return value == wanted


def compare_date(comparison: str, value: int, wanted: Any, today: date) -> bool:
    return compare_day(comparison, (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)).date(), wanted, today)


def compare_day(comparison: str, day: date, wanted: Any, today: date) -> bool:
    if comparison in ("after", "on", "before"):
        limit = date.fromisoformat(wanted)
        return {"after": day > limit, "on": day == limit, "before": day < limit}[comparison]
    days_ago = (today - day).days
    return {
        "more_than_days_ago": days_ago > wanted,
        "less_than_days_ago": 0 <= days_ago < wanted,
        "exactly_days_ago": days_ago == wanted,
    }[comparison]


COMPARE = {"text": compare_text, "number": compare_number, "boolean": compare_boolean, "date": compare_date}


# --- access ---------------------------------------------------------------------------------------


def in_audience(view: View, person: Person, today: date) -> bool:
    """Return True for a member of the audience, of an open or a closed portal."""
    if person.role != "user" or person.archived or view.mode == "nobody":
        return False
    return view.mode == "everyone" or matches(view.rule or {}, person, today)


def may_open(view: View, person: Person, today: date) -> bool:
    """Return True if the person can open the portal."""
    return view.open and in_audience(view, person, today)


def own_only(view: View, person: Person, today: date) -> bool:
    """Return True if the person, once inside, sees only tickets they created."""
    if not view.restricted:
        return False
    return view.conditions is None or matches(view.conditions, person, today)


def sees(view: View, person: Person, ticket: Ticket, today: date) -> bool:
    """Return True if the person sees one ticket in the portal."""
    if not may_open(view, person, today):
        return False
    if ticket.category == "tracker" or (ticket.category == "back-office" and not ticket.is_shared):
        return False
    if ticket.contact_id == person.id:
        return True
    return ticket.company_id in view.reads(person) and not own_only(view, person, today)


# --- the difference between two views ---------------------------------------------------------------


def compare(before: View, after: View, people: list[Person], today: date) -> dict[str, set[str]]:
    """Return the members of each class of a comparison: ids of people, and of companies for `companies_…`."""
    people = [one for one in people if one.role == "user" and not one.archived]
    had = {one.id for one in people if may_open(before, one, today)}
    has = {one.id for one in people if may_open(after, one, today)}
    had_own = {one.id for one in people if one.id in had and own_only(before, one, today)}
    has_own = {one.id for one in people if one.id in has and own_only(after, one, today)}
    seen = {company for one in people if one.id in had - had_own for company in before.reads(one)}
    seen_after = {company for one in people if one.id in has - has_own for company in after.reads(one)}
    wide = {one.id for one in people if one.id in (had - had_own) & (has - has_own)}
    return {
        "people": {one.id for one in people},
        "before": had,
        "before_own": had_own,
        "after": has,
        "after_own": has_own,
        "gained": has - had,
        "lost": had - has,
        "sees_more": ((has & had_own) - has_own)
        | {one.id for one in people if one.id in wide and after.reads(one) - before.reads(one)},
        "sees_less": ((had & has_own) - had_own)
        | {one.id for one in people if one.id in wide and before.reads(one) - after.reads(one)},
        "without_company": {one.id for one in people if one.id in has and not after.reads(one)},
        "companies_gained": seen_after - seen,
        "companies_lost": seen - seen_after,
    }
