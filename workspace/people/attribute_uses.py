"""Where a data attribute is used: by rules that name it, and by people or companies that have a value of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from workspace.database import store
from workspace.database.tables import company_values, contact_values, settings
from workspace.rules import model as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# Where a kind of settings keeps its rule. Conditions are kept while the restriction is switched off.
_RULES = {"audience": "rule", "ticket_visibility": "conditions"}
_VALUES = {
    "contact": (contact_values, "1 person", "{} people"),
    "company": (company_values, "1 company", "{} companies"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a data attribute: the address of settings that name it, or its own for values; the text for people."""

    where: str
    text: str


def uses(connection: Connection, address: str) -> list[Use]:
    """Return every use of a data attribute, those in rules first."""
    return [*_in_rules(connection, address), *_in_values(connection, address)]


def named(connection: Connection) -> frozenset[str]:
    """Return every attribute that a rule of the settings names."""
    return frozenset(name for _, rule in _rules(connection) for name in attributes(rule))


def _in_rules(connection: Connection, address: str) -> Iterator[Use]:
    model, name = store.attribute_parts(address)
    custom_name = rules.custom_name(model, name)
    for where, rule in _rules(connection):
        times = sum(attribute == custom_name for attribute in attributes(rule))
        if times:
            kind, _, help_center = where.partition("/")
            conditions = "1 condition" if times == 1 else f"{times} conditions"
            place = f"the {kind.replace('_', ' ')} of {help_center}"
            yield Use(where, f"{model}.{name} is used by {conditions} of {place}")


def _rules(connection: Connection) -> Iterator[tuple[str, rules.Rule]]:
    of_a_kind = or_(*(settings.c.address.startswith(f"{kind}/", autoescape=True) for kind in _RULES))
    for row in connection.execute(select(settings).where(of_a_kind).order_by(settings.c.address)):
        rule = row.document[_RULES[row.address.partition("/")[0]]]
        if rule is not None:
            yield row.address, rules.parse(rule)


def _in_values(connection: Connection, address: str) -> Iterator[Use]:
    model, name = store.attribute_parts(address)
    table, text, many = _VALUES[model]
    count = connection.execute(select(func.count()).select_from(table).where(table.c.name == name)).scalar_one()
    if count:
        yield Use(address, f"{model}.{name} has a value for {text if count == 1 else many.format(count)}")


def attributes(rule: rules.Rule) -> Iterator[str]:
    """Yield the attribute of each condition of a rule."""
    if isinstance(rule, rules.Predicate):
        yield rule.attribute
        return
    for item in rule.rules:
        yield from attributes(item)
