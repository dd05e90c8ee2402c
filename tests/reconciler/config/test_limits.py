"""What the schema of a configuration takes, the workspace takes: a limit that both have is one limit."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml

from reconciler.core.contract import load_json, schema_path

LIMITS = ("pattern", "maxLength", "minLength", "maxItems", "minItems", "minimum", "maximum")
SHARED = {
    "help_center/properties/custom_domain": "HelpCenterSettings/properties/custom_domain",
    "data_attribute/properties/options": "DataAttributeSettings/properties/options",
    "data_attribute/properties/options/items": "DataAttributeSettings/properties/options/items",
    "data_attribute/properties/description": "DataAttributeSettings/properties/description",
    "attribute_name": "AttributeName",
}


@cache
def workspace() -> Any:
    with schema_path("workspace.openapi.yaml").open("rb") as stream:
        return yaml.load(stream, yaml.CSafeLoader)["components"]["schemas"]


def limits(schemas: Any, path: str) -> dict[str, Any]:
    for part in path.split("/"):
        schemas = schemas[part]
    return {key: schemas[key] for key in LIMITS if key in schemas}


@pytest.mark.parametrize("place", SHARED)
def test_tool_and_workspace_have_the_same_limits(place: str) -> None:
    ours = limits(load_json("portal.schema.json")["$defs"], place)
    assert ours
    assert ours == limits(workspace(), SHARED[place])
