"""The table of endpoints says what there is, and all that the vendor has in the same places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import one_is_enough
from tests.support.public import spec
from tests.support.sample import ROOT
from workspace.web.public.http.gate import ROOTS

if TYPE_CHECKING:
    from flask import Flask

_ROW = re.compile(r"^\| `([A-Z]+) (/\S*)` \| (there|in part|not there) \| (.*?) ?\|$", re.MULTILINE)


def table() -> dict[tuple[str, str], tuple[str, str]]:
    """Return the state and the remark of each endpoint."""
    rows = _ROW.findall((ROOT / "docs" / "rest-api.md").read_text(encoding="utf-8"))
    by_name = {(method, re.sub(r"\{[^}]*\}", "{}", path)): (state, remark) for method, path, state, remark in rows}
    assert len(by_name) == len(rows)
    return by_name


@one_is_enough
def test_the_table_and_the_routes_agree(app: Flask) -> None:
    routes = {
        (method, re.sub(r"<[^>]*>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule[1:].partition("/")[0] in ROOTS
    }
    assert {one for one, (state, _) in table().items() if state != "not there"} == routes


def test_what_is_there_in_part_says_what_is_missing() -> None:
    assert not [one for one, (state, remark) in table().items() if state == "in part" and not remark]


@pytest.mark.skipif(not spec.AT_HAND, reason="the vendor's description is not at hand")
def test_the_table_names_everything_in_the_same_places() -> None:
    described = {(method, path) for method, path in spec.operations() if path[1:].partition("/")[0] in ROOTS}
    assert set(table()) == described


@one_is_enough
def test_every_route_is_behind_the_gate(app: Flask) -> None:
    # A blueprint of the public API whose path began elsewhere would ask for no token.
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("rest_")]
    assert rules
    assert {rule.rule[1:].partition("/")[0] for rule in rules} == ROOTS
