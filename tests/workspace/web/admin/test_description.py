"""The description of the admin API and what is there: one says what the other does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from tests.support.contract import PREFIX, description
from tests.support.databases import one_is_enough
from workspace.core import request_schemas
from workspace.settings.kinds import KINDS
from workspace.settings.kinds.data_attribute import ATTRIBUTE_NAME, MAX_ATTRIBUTE_NAME

if TYPE_CHECKING:
    from flask import Flask

METHODS = {"get", "put", "post", "patch", "delete"}


def described() -> set[tuple[str, str]]:
    return {
        (method.upper(), path) for path, item in description()["paths"].items() for method in item if method in METHODS
    }


@one_is_enough
def test_every_path_is_described_and_there(app: Flask) -> None:
    there = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix(PREFIX))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(PREFIX)
    }
    assert there == described()


def test_request_schemas_are_drawn_from_the_description() -> None:
    assert request_schemas.FILE.read_text() == request_schemas.text(description()), (
        "run: python -m workspace.core.request_schemas"
    )


@pytest.mark.parametrize("name", sorted(description()["components"]["schemas"]))
def test_every_schema_is_one(name: str) -> None:
    schemas = description()["components"]["schemas"]
    jsonschema_rs.meta.validate(schemas[name])
    jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}, validate_formats=True
    )


def test_every_schema_is_used() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", str(description())))
    assert used == set(description()["components"]["schemas"])


ASKS = "/configurations/named_by_others"
"""A question too long for an address: the scope `read` is enough."""


@pytest.mark.parametrize(("method", "path"), sorted(described()))
def test_every_operation_says_what_it_is_for_and_how_it_is_refused(method: str, path: str) -> None:
    operation = description()["paths"][path][method.lower()]
    assert operation["summary"].endswith(".")
    assert operation["tags"][0] in {tag["name"] for tag in description()["tags"]}
    expected = {"401", "500", "503"}
    if "{" in path:
        expected |= {"404"}
    if "requestBody" in operation:
        expected |= {"400", "413"}
        if "access" not in operation["tags"] and path != ASKS:
            expected |= {"403"}
        if "settings" in operation["tags"]:
            expected |= {"412", "428"}
    assert expected <= set(operation["responses"])


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [description()["paths"][path][method.lower()]["operationId"] for method, path in described()]
    assert len(set(names)) == len(names)


def test_every_kind_has_its_schema() -> None:
    assert {kind.schema for kind in KINDS} <= set(description()["components"]["schemas"])


def test_names_follow_one_pattern_everywhere() -> None:
    """What the description says of names in paths is what the code does; names are no part of a body."""
    schema = description()["components"]["schemas"]["AttributeName"]
    assert schema["pattern"] == f"^{ATTRIBUTE_NAME.pattern}$"
    assert schema["maxLength"] == MAX_ATTRIBUTE_NAME
