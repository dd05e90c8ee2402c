"""The registry of kinds, the schema and these cases agree; every field of the schema takes part in the diff (law 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click import unstyle

from reconciler.core.contract import load_json
from reconciler.kinds.registry import KINDS
from reconciler.operations import plan as planning
from reconciler.operations.drift import drift_document
from reconciler.plan.document import write
from reconciler.render import formats
from reconciler.render.markdown import issue
from reconciler.render.text import drift as text_drift
from reconciler.render.text import plan as text
from tests.support import applying
from tests.support.laws.stage import NOW, Stage, read, stage
from tests.support.reference import Company, Person
from tests.support.workspace.strategies import World

if TYPE_CHECKING:
    from collections.abc import Iterator

Leaf = tuple[str, ...]

NOT_COMPARED = {"version", "name", "expectations", "guards", "ignore", "promotion", "environments"}
"""Parts of a file that say how to work, not what a workspace should be."""

# For each leaf of the schema: a file that wants one thing, and a value there that is another thing.
LEAVES: dict[Leaf, tuple[Any, Any]] = {
    ("help_center", "live"): (True, False),
    ("help_center", "custom_domain"): ("help.acme.example", "help.other.example"),
    ("help_center", "https"): (True, False),
    ("help_center", "cookie_forwarding"): (True, False),
    ("messenger", "identity"): ("jwt", "hmac"),
    **{
        ("messenger", "spaces", name): (True, False)
        for name in ("home", "messages", "help", "news", "tasks", "tickets")
    },
    ("data_attributes", "ATTRIBUTE", "type"): ("string", "integer"),
    ("data_attributes", "ATTRIBUTE", "options"): (["a", "b"], ["a"]),
    ("data_attributes", "ATTRIBUTE", "description"): ("one", "two"),
    ("data_attributes", "ATTRIBUTE", "messenger_writable"): (True, False),
    ("portal", "enabled"): (True, False),
    ("portal", "ticket_visibility"): ("company", "own"),
    ("audience",): ("nobody", {"attribute": "person.email", "contains": "a"}),
    ("homepage", "sections", "enabled"): (True, False),
    ("homepage", "sections", "search", "placeholder"): ("one", "two"),
    ("homepage", "sections", "tickets_portal", "title"): ("one", "two"),
    ("homepage", "sections", "tickets_portal", "description"): ("one", "two"),
    ("homepage", "sections", "collections", "columns"): (2, 3),
    ("homepage", "sections", "featured_content", "title"): ("one", "two"),
    ("homepage", "sections", "text_content", "title"): ("one", "two"),
    ("homepage", "sections", "text_content", "body"): ("one", "two"),
    ("homepage", "sections", "external_links", "title"): ("one", "two"),
    ("homepage", "sections", "external_links", "links"): (
        [{"label": "one", "url": "https://one.example"}],
        [{"label": "one", "url": "https://two.example"}],
    ),
    ("homepage", "unlisted"): ("keep", "hide"),
    ("homepage", "publish"): (False, True),
    ("granted_companies", "PERSON"): (["northwind"], []),
    ("granted_by_rule",): (
        [{"where": {"attribute": "person.external_id", "is": "PERSON"}, "companies": ["northwind"]}],
        [{"where": "nobody", "companies": ["northwind"]}],
    ),
    ("style", "logo"): ("https://one.example/logo.svg", "https://two.example/logo.svg"),
    ("style", "primary_color"): ("#1f5c4a", "#7a2fb0"),
    ("style", "favicon"): ("https://one.example/icon.png", "https://two.example/icon.png"),
    ("style", "footer_links"): (
        [{"label": "one", "url": "https://one.example"}],
        [{"label": "one", "url": "https://two.example"}],
    ),
}

# What lets the portal be enabled, so that `enabled` can be applied like any other field.
GROUND = {
    "help_center": {
        "identifier": "acme",
        "live": True,
        "custom_domain": "help.acme.example",
        "https": True,
        "cookie_forwarding": True,
    },
    "messenger": {"identity": "jwt"},
    "data_attributes": {"contact": {"companies": {"messenger_writable": False}}},
}
# Somebody who can be granted something.
WORLD = World((Person("p", {"external_id": "PERSON"}),), (Company("c", {"created_at": 0, "company_id": "northwind"}),))
LIVE = {
    "site": {
        "messenger_installed": True,
        "certificate_valid": True,
        "cookie_forwarding_detectable": True,
        "plan": "expert",
    },
    "audience/acme": "nobody",
    "ticket_visibility/acme": "company",
}


def leaves_of_the_schema() -> Iterator[Leaf]:
    """Yield every leaf that a file can set, but for what is not compared."""
    schema = load_json("portal.schema.json")
    defs = schema["$defs"]
    for name in schema["properties"]:
        if name in NOT_COMPARED:
            continue
        if name in ("audience", "granted_by_rule"):
            yield (name,)
        elif name == "homepage":
            yield from _homepage(defs)
        elif name == "data_attributes":
            yield from (("data_attributes", "ATTRIBUTE", field) for field in defs["data_attribute"]["properties"])
        elif name == "granted_companies":
            yield ("granted_companies", "PERSON")
        elif name == "messenger":
            for field, inner in defs["messenger"]["properties"].items():
                nested = inner.get("properties")
                yield from (("messenger", field, one) for one in nested) if nested else [("messenger", field)]
        else:
            yield from ((name, field) for field in defs[name]["properties"] if field != "identifier")


def _homepage(defs: dict[str, Any]) -> Iterator[Leaf]:
    yield from (("homepage", field) for field in defs["homepage"]["properties"] if field != "sections")
    yield ("homepage", "sections", "enabled")
    for name in defs["section"]["anyOf"][0]["enum"]:
        fields = defs[f"{name}_section"]["properties"]
        yield from (("homepage", "sections", name, field) for field in fields if field not in ("type", "enabled"))


def file_with(leaf: Leaf, value: Any) -> dict[str, Any]:
    """Return the values of a file that sets a leaf, on the common ground."""
    values: dict[str, Any] = {"version": 1, "name": "law", **{key: dict(part) for key, part in GROUND.items()}}
    match leaf:
        case ("audience" | "granted_by_rule" as name,):
            values[name] = value
        case ("data_attributes", _, "type"):
            values["data_attributes"] |= {"company": {"one": {"type": value}}}
        case ("data_attributes", _, field):
            values["data_attributes"] |= {"company": {"one": {"type": "string", field: value}}}
        case ("homepage", "sections", "enabled"):
            values["homepage"] = {"sections": [{"type": "search", "enabled": value}]}
        case ("homepage", "sections", name, field):
            values["homepage"] = {"sections": [{"type": name, field: value}]}
        case ("homepage", field):
            values["homepage"] = {"sections": [{"type": "collections", "columns": 2}], "publish": True, field: value}
        case (part, field):
            values[part] = {**values.get(part, {}), field: value}
        case (part, group, field):
            values[part] = {**values.get(part, {}), group: {field: value}}
    return values


def apply_file(workspace: Stage, values: dict[str, Any]) -> None:

    target, _ = workspace.target()
    plan = planning.make_plan(read(values), target, now=NOW)
    assert not plan.blocked, plan.blockers
    assert applying.run(plan, target).failure is None


def test_every_leaf_of_the_schema_has_a_case() -> None:
    assert set(leaves_of_the_schema()) == set(LEAVES)


@pytest.mark.parametrize("leaf", LEAVES, ids=".".join)
def test_a_field_that_differs_is_planned(leaf: Leaf) -> None:
    first, second = LEAVES[leaf]
    with stage(WORLD, LIVE) as workspace:
        apply_file(workspace, file_with(leaf, first))
        target, _ = workspace.target()
        plan = planning.make_plan(read(file_with(leaf, second)), target, now=NOW)
    paths = [field.path for change in plan.changes for field in change.fields]
    expected = tuple("company" if part == "ATTRIBUTE" else part for part in leaf)
    assert len(paths) == 1
    # What a rule grants is a field of each person.
    assert paths[0][0] == expected[0].replace("granted_by_rule", "granted_companies")


NOT_DRIFTED = {
    ("data_attributes", "ATTRIBUTE", "type"): "fixed once the attribute is there",
    ("homepage", "unlisted"): "says which sections are managed, and is no value of the workspace",
    ("granted_by_rule",): "becomes a field of each person, by contact id",
    ("homepage", "publish"): "is drift where somebody else leaves a draft, and here nobody does",
}


@pytest.mark.parametrize("leaf", sorted(set(LEAVES) - set(NOT_DRIFTED)), ids=".".join)
def test_every_field_that_drifts_is_shown_in_every_format(leaf: Leaf) -> None:
    first, second = LEAVES[leaf]
    with stage(WORLD, LIVE) as workspace:
        apply_file(workspace, file_with(leaf, first))
        apply_file(workspace, {**file_with(leaf, second), "name": "somebody-else"})
        target, _ = workspace.target()
        config = read(file_with(leaf, first))
        plan = planning.make_plan(config, target, now=NOW)
        drifted = drift_document(plan)
    (field,) = plan.drift
    document = write.to_document(plan)
    shown = {name: formats.plan(document, name) for name in formats.RENDERED}
    texts = {
        "text": text.plan(document),
        "drift": text_drift.drift(drifted),
        "issue": issue.body(drifted),
        "markdown": shown["markdown"],
        "html": shown["html"],
    }
    for name, one in texts.items():
        assert field.field in one, name
        assert all(word in unstyle(one) for word in _words(second)), name


def _words(value: Any) -> Iterator[str]:
    """Yield each text in a value that its rendering has to show; what is taken out of a list is not among them."""
    match value:
        case bool():
            return
        case dict():
            for one in value.values():
                yield from _words(one)
        case list():
            for one in value:
                yield from _words(one)
        case _:
            yield str(value)


def test_every_field_of_a_kind_is_in_the_schema() -> None:
    schema = load_json("portal.schema.json")["$defs"]
    of_the_schema = {
        "help_center": set(schema["help_center"]["properties"]) - {"identifier"},
        "identity": {"mode"},
        # A field for each person.
        "granted_companies": set(),
        "messenger_spaces": set(schema["messenger"]["properties"]["spaces"]["properties"]),
        "data_attribute": set(schema["data_attribute"]["properties"]),
        "ticket_visibility": {"mode"},
        "audience": {"rule"},
        "portal": {"enabled"},
        "homepage": {"sections", "publish"},
        "style": set(schema["style"]["properties"]),
    }
    assert {name: set(kind.fields) for name, kind in KINDS.items()} == of_the_schema


def test_ignore_rules_know_every_field_of_a_kind() -> None:
    fields = load_json("portal.schema.json")["$defs"]["ignore_rule"]["x-fields"]
    assert fields == {name: list(kind.fields) for name, kind in KINDS.items()}
