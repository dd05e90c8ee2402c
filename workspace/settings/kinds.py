"""The kinds of settings: the form of each, and what may be set together. Used by every way of writing them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from workspace.core.errors import ApiError, Problem, invalid_value
from workspace.rules import model as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

Values = dict[str, Any]

ATTRIBUTE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*( [A-Za-z0-9_-]+)*")
MAX_ATTRIBUTE_NAME = 190

SCHEMAS = {
    "help_center": "HelpCenterSettings",
    "audience": "AudienceSettings",
    "ticket_visibility": "TicketVisibilitySettings",
    "portal": "PortalSettings",
    "homepage": "HomepageDraft",
    "identity": "IdentitySettings",
    "messenger_spaces": "MessengerSpacesSettings",
    "site": "SiteSettings",
    "data_attribute": "DataAttributeSettings",
}
"""What a write may name, by kind: a schema of the admin API's description."""


def kind_of(address: str) -> str:
    """Return the kind of a resource: `audience` for `audience/acme`."""
    return address.partition("/")[0]


def combine(connection: Connection, kind: str, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    """Return a resource's values after a write that names some of them.

    Args:
        connection: The transaction of the write.
        kind: The resource's kind.
        before: All its values before.
        values: Those that the write names, of the form that `SCHEMAS` gives.

    Raises:
        ApiError: 422 where they may not be set, with everything that is wrong.
    """
    return _COMBINE.get(kind, _merge)(connection, before, values)


def check_sections(sections: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a page that has two sections of one type.

    Raises:
        ApiError: 422.
    """
    counted = Counter(section["type"] for section in sections)
    found = [
        Problem("section_duplicate", f"a page has a section of type {kind} at most once, not {times} times", "sections")
        for kind, times in counted.items()
        if times > 1
    ]
    if found:
        raise ApiError(422, found)


def check_attribute_name(name: str) -> None:
    """Refuse a name that a new data attribute cannot have.

    Raises:
        ApiError: 422.
    """
    if len(name) > MAX_ATTRIBUTE_NAME or not ATTRIBUTE_NAME.fullmatch(name):
        form = f"letters, digits, _, - and single blanks follow, at most {MAX_ATTRIBUTE_NAME}"
        raise invalid_value(f"a name begins with a letter; {form}", "name")


def check_options(values: Mapping[str, Any]) -> None:
    """Refuse options of an attribute that is no text.

    Raises:
        ApiError: 422.
    """
    if values["options"] is not None and values["type"] != "string":
        raise invalid_value("only attributes of type string have options", "options")


def _merge(_connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    return {**before, **values}


def _audience(connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    mode = values.get("mode", before["mode"])
    if mode != "rule":
        if values.get("rule") is not None:
            raise invalid_value(f"the mode {mode} takes no rule", "rule")
        return {"mode": mode, "rule": None}
    rule = values.get("rule", before["rule"])
    if rule is None:
        raise invalid_value("the mode rule needs a rule", "rule")
    _check_rule(connection, rule, "rule")
    return {"mode": mode, "rule": rule}


def _ticket_visibility(connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    if values.get("conditions") is not None:
        _check_rule(connection, values["conditions"], "conditions")
    return {**before, **values}


def _data_attribute(_connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    if values.get("type", before["type"]) != before["type"]:
        raise invalid_value(f"the type is {before['type']} and cannot change", "type")
    after = {**before, **values}
    check_options(after)
    return after


def _check_rule(connection: Connection, rule: object, field: str) -> None:
    found = rules.problems(rule, rules.attribute_types(connection), field=field)
    if found:
        raise ApiError(422, found)


_COMBINE: dict[str, Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], Values]] = {
    "audience": _audience,
    "ticket_visibility": _ticket_visibility,
    "data_attribute": _data_attribute,
}
