"""Small worlds of people and companies, and rules about them: alike enough that rules match now and then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from tests.support.reference import Company, Person, Ticket, View

TODAY = date(2026, 3, 1)
NOW = 1_772_323_200  # the first second of TODAY

PERSON_CUSTOM = {"job": "string", "seats": "integer", "score": "float", "vip": "boolean", "renewal": "date"}
COMPANY_CUSTOM = {"plan_tier": "string", "seats": "integer", "trial": "boolean", "audited_at": "datetime"}
TYPE = {
    "string": "text",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
}

PERSON_ATTRIBUTES = {
    **dict.fromkeys(("email", "name", "phone", "external_id"), "text"),
    **dict.fromkeys(("signed_up_at", "last_seen_at"), "date"),
    "unsubscribed_from_emails": "boolean",
    "tag": "tag",
    **{f"custom_attributes.{name}": TYPE[kind] for name, kind in PERSON_CUSTOM.items()},
}
COMPANY_ATTRIBUTES = {
    **dict.fromkeys(("name", "company_id", "industry", "website", "plan"), "text"),
    **dict.fromkeys(("size", "monthly_spend"), "number"),
    "created_at": "date",
    "tag": "tag",
    **{f"custom_attributes.{name}": TYPE[kind] for name, kind in COMPANY_CUSTOM.items()},
}
ATTRIBUTES = PERSON_ATTRIBUTES | {f"company.{name}": kind for name, kind in COMPANY_ATTRIBUTES.items()}
REQUIRED = {"created_at"}

TAGS = ("beta", "vip", "Beta", "ß")
WORDS = (
    *("", "a", "A", "ab", "a b", "a-b", "a_b", "-a", "a.", "(a)", "aß", "ASS", "ss", "ß", "ẞ", "İ", "i̇", "i", "I", "ı"),
    *(
        "%",
        "_",
        "\\",
        "a%b",
        "a_b%",
        "/",
        "a/b",
        "ﬀ",
        "ff",
        "Σ",
        "ς",
        "σ",
        "Ⅷ",
        "²",
        "a²",
        "é",
        "e\u0301",
        "日本",
        "本",
    ),
    *("'", '"', "a\nb", " a ", "\uffff", "a\uffffb", "🦀", "a🦀b", "ǅ", "x@examply.com", "X@EXAMPLY.COM", ":a", "?"),
)
texts = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
)
numbers = st.one_of(
    st.sampled_from((0, 1, 2, 2.5, -1, 0.1, 10**9, 2**53)),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
whole_numbers = st.integers(-3, 3)
moments = st.one_of(
    st.integers(-3, 3).flatmap(lambda day: st.sampled_from((-1, 0, 1, 43_200)).map(lambda s: NOW + day * 86_400 + s)),
    st.integers(-(2**33), 2**33),
)
days = st.one_of(
    st.sampled_from(("2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02")),
    st.dates(min_value=date(1700, 1, 1), max_value=date(2240, 1, 1)).map(date.isoformat),
    st.sampled_from(("0001-01-01", "9999-12-31")),
)
VALUES = {
    "text": texts,
    "number": numbers,
    "boolean": st.booleans(),
    "date": moments,
}


# --- rules ----------------------------------------------------------------------------------------


def _comparisons(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    def all_of(names: str, value: st.SearchStrategy[Any]) -> list[st.SearchStrategy[dict[str, Any]]]:
        return [st.fixed_dictionaries({"comparison": st.just(name), "value": value}) for name in names.split()]

    names = st.sampled_from((*TAGS, "gone"))
    presence = [st.sampled_from(({"comparison": "known"}, {"comparison": "unknown", "value": None}))]
    lists = all_of("in nin", st.lists(texts, min_size=1, max_size=3))
    searches = all_of("eq ne contains contains_word starts_with ends_with", texts)
    by_type = {
        "text": [*searches, *lists, *presence],
        "number": [*all_of("eq ne gt lt", numbers), *presence],
        "boolean": [*all_of("eq", st.booleans()), *presence],
        "date": [
            *all_of("after on before", days),
            *all_of("more_than_days_ago less_than_days_ago exactly_days_ago", st.integers(0, 4)),
            *presence,
        ],
        "tag": [*all_of("eq ne", names), *all_of("in nin", st.lists(names, min_size=1, max_size=3))],
    }
    return st.one_of(by_type[kind])


def _predicates_of(attribute: str, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return _comparisons(kind).map(lambda compared: {"attribute": attribute, "type": kind, **compared})


predicates = st.one_of([_predicates_of(*item) for item in ATTRIBUTES.items()])


def _groups(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    many = st.fixed_dictionaries(
        {"operator": st.sampled_from(("and", "or")), "predicates": st.lists(inner, min_size=1, max_size=4)}
    )
    one = st.fixed_dictionaries({"operator": st.just("not"), "predicates": st.lists(inner, min_size=1, max_size=1)})
    return many | one


rules = st.recursive(predicates, _groups, max_leaves=12)

# Rules about two tags of people and two of companies: in a crowd of few tags every second rule holds,
# so that whatever is wrong with groups, negation and pairs shows at once.
tag_predicates = st.sampled_from(("tag", "company.tag")).flatmap(
    lambda attribute: st.sampled_from(("beta", "vip")).flatmap(
        lambda tag: st.sampled_from(("eq", "ne")).map(
            lambda comparison: {"attribute": attribute, "type": "tag", "comparison": comparison, "value": tag}
        )
    )
)
tag_rules = st.recursive(tag_predicates, _groups, max_leaves=10)


# --- worlds ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Everybody and everything that a rule can be evaluated for."""

    people: tuple[Person, ...]
    companies: tuple[Company, ...]
    tickets: tuple[Ticket, ...] = ()


def _values(attributes: dict[str, str], custom: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    strategies: dict[str, st.SearchStrategy[Any]] = {}
    for name, kind in attributes.items():
        if kind != "tag":
            strategies[name] = VALUES[kind]
    for name, kind in custom.items():
        if kind == "integer":
            strategies[f"custom_attributes.{name}"] = whole_numbers
    required = {name: strategies.pop(name) for name in REQUIRED & strategies.keys()}
    return st.fixed_dictionaries(required, optional=strategies)


@st.composite
def worlds(draw: st.DrawFn, max_people: int = 6) -> World:
    """Generate a world of few companies, few people and a handful of tickets."""
    tags = st.frozensets(st.sampled_from(TAGS), max_size=2)

    def some(most: int) -> tuple[Company, ...]:
        if not companies:
            return ()
        return tuple(draw(st.lists(st.sampled_from(companies), unique_by=lambda one: one.id, max_size=most)))

    companies = tuple(
        Company(f"company-{index}", _unique(draw(_values(COMPANY_ATTRIBUTES, COMPANY_CUSTOM)), index), draw(tags))
        for index in range(draw(st.integers(0, 3)))
    )
    people = tuple(
        Person(
            f"person-{index}",
            draw(_values(PERSON_ATTRIBUTES, PERSON_CUSTOM)),
            draw(tags),
            some(3),
            role=draw(st.sampled_from(("user", "user", "user", "lead"))),
            archived=draw(st.sampled_from((False, False, False, True))),
            granted=some(2),
        )
        for index in range(draw(st.integers(1, max_people)))
    )
    return World(people, companies, draw(_tickets(people, companies)))


def crowd() -> World:
    """Return a person for every set of tags with every choice of up to two companies of every set of tags."""
    sets = [frozenset(tags) for tags in ((), ("beta",), ("vip",), ("beta", "vip"))]
    companies = tuple(Company(f"company-{number}", {"created_at": 0}, tags) for number, tags in enumerate(sets))
    choices = [(), *combinations(companies, 1), *combinations(companies, 2)]
    people = tuple(
        Person(f"person-{number}", {}, tags, choice) for number, (tags, choice) in enumerate(product(sets, choices))
    )
    return World(people, companies)


def _unique(values: dict[str, Any], index: int) -> dict[str, Any]:
    if "company_id" in values:
        values["company_id"] = f"{index}{values['company_id']}"
    return values


@st.composite
def _tickets(draw: st.DrawFn, people: tuple[Person, ...], companies: tuple[Company, ...]) -> tuple[Ticket, ...]:
    somewhere = st.sampled_from((*(one.id for one in companies), None))
    return tuple(
        Ticket(
            f"ticket-{index}",
            draw(st.sampled_from(people)).id,
            draw(somewhere),
            draw(st.sampled_from(("customer", "customer", "back-office", "tracker"))),
            is_shared=draw(st.booleans()),
        )
        for index in range(draw(st.integers(0, 6)))
    )


_either = tag_rules | rules


@st.composite
def views(draw: st.DrawFn) -> View:
    """Generate a view: mostly open, mostly by rule."""
    mode = draw(st.sampled_from(("rule", "rule", "rule", "everyone", "nobody")))
    return View(
        open=draw(st.sampled_from((True, True, True, False))),
        mode=mode,
        rule=draw(_either) if mode == "rule" else None,
        restricted=draw(st.booleans()),
        conditions=draw(st.none() | _either),
    )
