"""The schema itself: what editors and other programs rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from referencing import Registry, Resource

from reconciler.config.schema import checker as schema
from reconciler.config.schema.explain import Context, Explainer
from reconciler.config.schema.unions import alternatives
from reconciler.config.yaml.document import parse
from reconciler.core.contract import load_json
from reconciler.rules.attributes import CONDITION_TYPE, builtin_types
from reconciler.rules.model import Condition
from reconciler.rules.wire import to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTAL: dict[str, Any] = load_json("portal.schema.json")
DEFINITIONS: dict[str, Any] = PORTAL["$defs"]
CONDITIONS = sorted(name for name in DEFINITIONS if name.endswith("_condition"))
ROOT = Path(__file__).parents[3]


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in the schema."""
    if isinstance(node, dict):
        yield node
        for one in node.values():
            yield from parts(one)
    elif isinstance(node, list):
        for one in node:
            yield from parts(one)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(PORTAL)


def test_nothing_is_silently_accepted() -> None:
    objects = [part for part in parts(PORTAL) if part.get("type") == "object"]
    assert objects
    assert all("additionalProperties" in part for part in objects)
    assert all(part["additionalProperties"] is False or "$ref" in part["additionalProperties"] for part in objects)


def test_every_definition_is_used() -> None:
    used = {part["$ref"].rpartition("/")[2] for part in parts(PORTAL) if isinstance(part.get("$ref"), str)}
    assert used == set(DEFINITIONS)


def test_everything_that_can_be_written_is_described() -> None:
    for part in parts(PORTAL):
        for name, entry in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else ():
            target = DEFINITIONS[entry["$ref"].rpartition("/")[2]] if "$ref" in entry else entry
            assert entry.get("description") or target.get("description") or "const" in target, name


def test_examples_are_examples() -> None:
    for part in parts(PORTAL):
        if "examples" in part:
            wrapped = {**part, "$defs": DEFINITIONS}
            validator = jsonschema.Draft202012Validator(wrapped)
            assert all(validator.is_valid(example) for example in part["examples"]), part["examples"]


def test_patterns_are_whole_and_mean_the_same_everywhere() -> None:
    patterns = [part["pattern"] for part in parts(PORTAL) if isinstance(part.get("pattern"), str)]
    assert patterns
    for pattern in patterns:
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        # Look-arounds and classes such as \d differ between the regular expressions of languages.
        assert not re.search(r"\(\?|\\[dDwWbBZA]", pattern)


def test_attributes_offered_are_those_built_in() -> None:
    (offered,) = [one["enum"] for one in DEFINITIONS["attribute"]["anyOf"] if "enum" in one]
    assert offered == list(builtin_types())


def test_every_type_of_attribute_has_its_condition() -> None:
    kinds = {*CONDITION_TYPE.values(), *builtin_types().values(), "options"}
    assert {f"{kind}_condition" for kind in kinds} == set(CONDITIONS)


def test_types_of_attributes_are_those_that_conditions_know() -> None:
    assert DEFINITIONS["data_attribute"]["properties"]["type"]["enum"] == list(CONDITION_TYPE)


def test_every_section_can_be_named_and_described() -> None:
    names, *described = [one.schema for one in alternatives(DEFINITIONS["section"], DEFINITIONS)]
    assert names["enum"] == [one["properties"]["type"]["const"] for one in described]


def test_overrides_are_the_settings() -> None:
    assert set(DEFINITIONS["overrides"]["properties"]) == set(PORTAL["properties"]) - {
        "version",
        "name",
        "promotion",
        "environments",
    }


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_operator_has_its_form_on_the_wire(name: str) -> None:
    kind = {"options_condition": "text"}.get(name, name.removesuffix("_condition"))
    for operator in DEFINITIONS[name]["properties"]:
        if operator != "attribute":
            wire = to_wire(Condition("person.email", operator, "x"), {"person.email": kind})
            assert wire["type"] == kind


def test_the_example_says_where_its_schema_is() -> None:
    first = (ROOT / "examples" / "portal.yaml").read_text(encoding="utf-8").splitlines()[0]
    path = first.partition("$schema=")[2]
    assert (ROOT / "examples" / path).resolve() == ROOT / "schemas" / schema.NAME


KEYS = sorted({name for part in parts(PORTAL) for name in part.get("properties", ()) if isinstance(name, str)})
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.floats(-2, 5, allow_nan=False).filter(lambda value: not value.is_integer())
    | st.sampled_from(["", "acme", "10%", "everyone", "company", "search", "2026-01-31", "2026-02-30", "a\n", "${T}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(DEFINITIONS)), VALUES)
@example("granted_companies", {})
def test_both_validators_agree(definition: str, value: Any) -> None:
    decides = schema.validator(definition).is_valid(value)
    explainer = Explainer(Context(PORTAL, {}, lambda name, part: schema.validator(name).is_valid(part)))
    assert decides == (not list(explainer.explain(value, (), definition)))


def test_a_document_that_is_valid_has_no_diagnostics() -> None:
    assert schema.check(parse("version: 1\nname: a\nhelp_center: {identifier: acme}\n", "x")) == ()


def test_a_file_of_an_environment_is_what_an_entry_is() -> None:
    own = load_json("environment.schema.json")
    registry: Registry[Any] = Registry().with_resources(
        (one["$id"], Resource.from_contents(one)) for one in (PORTAL, own)
    )
    validator = jsonschema.Draft202012Validator(own, registry=registry)
    entry = {"workspace": "https://a.example", "token": "${T}", "overrides": {"help_center": {"live": True}}}
    assert validator.is_valid(entry)
    assert not validator.is_valid({**entry, "version": 1})
    assert not validator.is_valid({"token": "${T}"})


def test_the_schema_is_kept_readable() -> None:
    text = (ROOT / "schemas" / schema.NAME).read_text(encoding="utf-8")
    assert text == json.dumps(PORTAL, indent=2, ensure_ascii=False) + "\n"


PLAIN: list[Any] = [{}, [], "", "x" * 5000, 0, None, 1.5, True, {"x": 1}, ["a", "a"], [[]]]


@pytest.mark.parametrize("definition", sorted(DEFINITIONS))
def test_what_is_refused_is_explained(definition: str) -> None:
    explainer = Explainer(Context(PORTAL, {}, lambda name, part: schema.validator(name).is_valid(part)))
    for value in PLAIN:
        explained = list(explainer.explain(value, (), definition))
        assert schema.validator(definition).is_valid(value) == (not explained), value
