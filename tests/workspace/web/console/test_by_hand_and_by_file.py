"""The page that says how each step is done by hand, by file and by command: every name on it is one that there is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import VERBS
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity
from tests.support.console.desk import PAGES
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tests.support.console.desk import Desk

PAGE = ROOT / "docs" / "by-hand-and-by-file.md"
ROWS = [
    tuple(re.findall(r"`([^`]+)`", cell) for cell in line.strip("| ").split(" | ")[1:])
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "`" in line
]
SCHEMA = json.loads((ROOT / "schemas" / "portal.schema.json").read_text(encoding="utf-8"))


def test_every_step_has_a_page_and_a_command(desk: Desk) -> None:
    mara = desk.admin()
    assert len(ROWS) > 20
    pages = set()
    for row in ROWS:
        ((page,), *_, (command,)) = row
        pages.add(page)
        assert mara.get(page).status_code == 200
        assert command.removeprefix("portal ").split()[0] in VERBS
    # Home and the pages beneath others have no step of their own.
    assert {one for one in PAGES if "/" not in one} - pages == {"home", "companies"}


def test_every_key_is_one_of_the_file() -> None:
    keys = [key for row in ROWS if len(row) == 3 for key in row[1]]
    assert len(keys) > 15
    for key in keys:
        node: Mapping[str, Any] = SCHEMA
        for part in key.split("."):
            node = _resolved(node["properties"][part])


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    return node


RULE = {
    "operator": "or",
    "predicates": [
        {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"},
        {
            "operator": "not",
            "predicates": [{"attribute": "tag", "type": "tag", "comparison": "in", "value": ["a", "b"]}],
        },
        {"attribute": "company.custom_attributes.tier", "type": "text", "comparison": "eq", "value": "gold"},
        {"attribute": "phone", "type": "text", "comparison": "unknown"},
        {"attribute": "signed_up_at", "type": "date", "comparison": "on", "value": "2026-01-31"},
    ],
}


@pytest.mark.parametrize(
    "page", ["general", "access", "help-center", "layout", "look", "messenger", "data", "data/contact/companies"]
)
def test_what_a_page_gives_to_copy_is_a_valid_file(desk: Desk, page: str) -> None:
    mara = desk.admin()
    mara.send(mara.form("data").set(model="company", name="tier", type="string", options="gold"))
    desk.stage.set("audience/acme", mode="rule", rule=RULE)
    desk.stage.set("ticket_visibility/acme", restricted=True, conditions=RULE)
    match = re.search(r'id="yaml"><code>(.*?)</code>', mara.get(page).text, re.DOTALL)
    assert match
    text = match[1].replace("&#39;", "'").replace("&#34;", '"').replace("&lt;", "<").replace("&amp;", "&")
    problems = semantics.validate(source.parse(text, "copied.yaml"))
    assert [one for one in problems if one.severity is Severity.ERROR] == []
