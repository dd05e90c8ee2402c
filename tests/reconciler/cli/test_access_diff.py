"""Everybody who gains or loses access, one by one: of a file, of a saved plan, of what was changed by hand."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.core.documents import head
from reconciler.core.errors import WorkspaceUnusable
from reconciler.operations import access
from reconciler.render.text import access_diff
from reconciler.target.embedded import open_embedded
from tests.reconciler.cli.test_end_to_end import document
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place

GOLDEN = ROOT / "tests" / "cases" / "cli"
ALLOWED = ("--yes", "--allow", "widens_access")


def listed(place: Place, *arguments: str) -> dict[str, Any]:
    ended = place.portal("access", "diff", *arguments, "--format", "json")
    assert ended.code == 0, ended.err
    return document(ended, "result.schema.json")


def test_what_a_person_reads(embedded: Place) -> None:
    assert_golden(GOLDEN / "access-diff.txt", embedded.portal("access", "diff").out)
    assert_golden(GOLDEN / "access-diff.csv", embedded.portal("access", "diff", "--format", "csv").out)


def test_the_list_is_everybody_whom_the_plan_counts(place: Place) -> None:
    plan = document(place.portal("plan", "--people", "all", "--format", "json"), "plan.schema.json")
    rows = listed(place)
    assert rows["counts"] == {name: plan["access"][name]["count"] for name in rows["counts"]}
    assert rows["counts"]["gained"] == len(rows["people"]) == 26
    assert sorted(one["id"] for one in plan["access"]["everybody"]) == [one["id"] for one in rows["people"]]
    assert all(one["because"] and all(why["holds"] for why in one["because"]) for one in rows["people"])
    table = list(csv.DictReader(io.StringIO(place.portal("access", "diff", "--format", "csv").out)))
    assert [one["email"] for one in table] == [one["email"] for one in rows["people"]]


def test_a_saved_plan_and_what_was_done_by_hand(embedded: Place) -> None:
    assert embedded.portal("plan", "--allow", "widens_access", "--out", "plan.json").code == 0
    assert listed(embedded, "plan.json")["counts"]["gained"] == 26
    assert embedded.portal("apply", "plan.json", "--yes").code == 0
    assert listed(embedded)["people"] == []
    assert embedded.portal("access", "diff").out.endswith("Nobody gains or loses access.\n")
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    by_hand = listed(embedded, "--drift")
    assert by_hand["counts"] == {"gained": 74, "lost": 0, "sees_more": 0, "sees_less": 0}
    assert {one["why"] for one in by_hand["people"]} == {"everyone is let in"}
    back = listed(embedded)
    assert back["counts"]["lost"] == 74
    eve = next(one for one in back["people"] if one["email"] == "eve@elsewhere.example")
    assert eve["why"] == 'not (person.email ends with "@examply.com") and not (person.tag is "beta")'
    text = (embedded.folder / "plan.json").read_text().replace("ws_acme", "ws_other")
    (embedded.folder / "other.json").write_text(text)
    refused = embedded.portal("access", "diff", "other.json")
    assert (refused.code, refused.out) == (1, "")
    assert embedded.portal("access", "diff", "plan.json", "--drift").code == 64


def test_whose_tickets_come_into_view(embedded: Place) -> None:
    assert embedded.portal("apply", *ALLOWED).code == 0
    rule = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"}
    embedded.meddle("help_centers/acme/ticket_visibility", {"restricted": True, "conditions": rule})
    less = listed(embedded, "--drift")
    assert less["counts"]["sees_less"] == len(less["people"]) > 0
    assert {one["why"] for one in less["people"]} == {'person.email ends with "@examply.com"'}
    more = listed(embedded)
    assert more["counts"]["sees_more"] == len(more["people"]) == len(less["people"])
    assert {one["why"] for one in more["people"]} == {"nobody is held to their own tickets"}


@pytest.fixture
def crowded(embedded: Place) -> Path:
    """Give a workspace with 2,500 people more."""
    path = embedded.folder / ".portal" / "workspace.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500) insert into contacts"
            " (id, role, email, email_folded, email_reversed, name, created_at, archived)"
            " select printf('z%05d', i), 'user', '=p' || i || '@x.example', '=p' || i || '@x.example', '', 'P', 1, 0"
            " from n"
        )
    connection.close()
    return path


EVERYONE = {"open": True, "audience": {"mode": "everyone"}, "ticket_visibility": {"restricted": False}}
NOBODY = {**EVERYONE, "open": False}


def test_no_more_than_a_page_is_held(crowded: Path) -> None:
    target = open_embedded(crowded, None)
    pages: list[str] = []
    asked = target.changed

    def changed(help_center: str, before: Any, after: Any, beyond: str) -> Any:
        pages.append(beyond)
        return asked(help_center, before, after, beyond)

    target.changed = changed  # type: ignore[method-assign]  # the real one is asked, and counted
    people = access.everybody(target, "acme", NOBODY, EVERYONE)
    first = next(people)
    assert pages == [""]
    assert len({first["id"], *(one["id"] for one in people)}) == 2600
    assert len(pages) == 3
    assert list(access.everybody(target, "acme", NOBODY, {**NOBODY, "audience": {"mode": "nobody"}})) == []
    assert len(pages) == 3
    target.close()


def test_no_cell_of_a_table_is_a_formula(crowded: Path) -> None:
    target = open_embedded(crowded, None)
    table = csv.DictReader(io.StringIO("".join(access_diff.as_csv(access.everybody(target, "acme", NOBODY, EVERYONE)))))
    assert next(one["email"] for one in table if "x.example" in one["email"]) == "'=p1@x.example"
    target.close()


def test_a_list_that_breaks_off_says_so(crowded: Path) -> None:
    """The workspace goes away between two pages."""
    target = open_embedded(crowded, None)

    def broken() -> Iterator[Any]:
        for number, one in enumerate(access.everybody(target, "acme", NOBODY, EVERYONE)):
            if number == 999:
                crowded.write_bytes(b"gone")
                for journal in crowded.parent.glob("workspace.db-*"):
                    journal.unlink()
            yield one

    about = {
        "configuration": {"name": "acme-support", "file": "portal.yaml"},
        "environment": None,
        "workspace": {"id": "ws_acme", "name": "Acme Support", "target": "here", "help_center": "acme"},
    }
    parts: list[str] = []
    with pytest.raises(WorkspaceUnusable):
        parts.extend(access_diff.as_json(broken(), {**head("access_diff", "done"), **about}))
    contents = json.loads("".join(parts))
    assert contents["outcome"] == "failed"
    assert contents["diagnostics"]
    assert len(contents["people"]) == contents["counts"]["gained"] == 1000
