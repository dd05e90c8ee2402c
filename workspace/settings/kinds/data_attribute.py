"""`data_attribute/company.plan_tier`: attributes of people and companies. They are kept in a table of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workspace.core.errors import invalid_value
from workspace.settings.kinds.base import SettingKind, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

ATTRIBUTE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*( [A-Za-z0-9_-]+)*")
MAX_ATTRIBUTE_NAME = 190
BUILT_IN: Mapping[str, Values] = {
    "data_attribute/contact.companies": {
        "type": "relation",
        "options": None,
        "description": "The companies a person belongs to.",
        "messenger_writable": True,
    }
}
"""The attributes that come with every workspace, by address."""


def check_attribute_name(name: str) -> None:
    """Refuse an invalid name of a new data attribute, with ApiError 422."""
    if len(name) > MAX_ATTRIBUTE_NAME or not ATTRIBUTE_NAME.fullmatch(name):
        form = f"letters, digits, _, - and single blanks follow, at most {MAX_ATTRIBUTE_NAME}"
        raise invalid_value(f"a name begins with a letter; {form}", "name")


def check_options(values: Mapping[str, Any]) -> None:
    """Refuse options of an attribute that is no text, with ApiError 422."""
    if values["options"] is not None and values["type"] != "string":
        raise invalid_value("only attributes of type string have options", "options")


def _combine(_connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    if values.get("type", before["type"]) != before["type"]:
        raise invalid_value(f"the type is {before['type']} and cannot change", "type")
    after = {**before, **values}
    check_options(after)
    return after


KIND = SettingKind(
    name="data_attribute",
    scope="attribute",
    schema="DataAttributeSettings",
    title="the data attribute {of}",
    defaults={"options": None, "description": None, "messenger_writable": False},
    combine=_combine,
    own_module=True,
    vendor_activity=False,
)
