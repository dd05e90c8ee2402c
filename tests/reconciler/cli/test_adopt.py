"""`portal drift --adopt`, as it is run: what a person reads, what is written, what is refused."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from reconciler.core.contract import load_json
from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place, Run

CASES = Path(__file__).parents[2] / "cases" / "cli"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def applied(embedded: Place) -> Place:
    """Give a folder whose configuration was applied."""
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    return embedded


def golden(name: str, done: Run) -> None:
    assert_golden(CASES / f"{name}.txt", _MOMENT.sub("2026-11-22T17:00:00Z", done.out + done.err))


def change_access(place: Place) -> None:
    """Change audience and ticket visibility by hand, with an attribute that the file does not declare."""
    place.meddle("help_centers/acme/ticket_visibility", {"restricted": True, "conditions": None})
    email = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"}
    tier = {"attribute": "company.custom_attributes.plan_tier", "type": "text", "comparison": "in"}
    job = {"attribute": "custom_attributes.job_title", "type": "text", "comparison": "eq", "value": "Planner"}
    whole = {"operator": "and", "predicates": [{**tier, "value": ["enterprise", "free"]}, email]}
    rule = {"operator": "or", "predicates": [job, whole]}
    place.meddle("help_centers/acme/audience", {"mode": "rule", "rule": rule})


def test_adopted_values_stand_in_the_file_and_nothing_else_changed(applied: Place) -> None:
    change_access(applied)
    file = applied.folder / "portal.yaml"
    before = file.read_text()
    file.chmod(0o640)
    done = applied.portal("drift", "--adopt")
    assert done.code == 0, done.err
    golden("adopt", done)
    after = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    gone = [line for line in before.splitlines() if line not in after.splitlines()]
    assert gone == [
        "  ticket_visibility: company",
        "        - {attribute: company.plan_tier, is: [team, enterprise]}",
        "    - {attribute: person.tag, is: beta}",
    ]
    drift = applied.portal("drift")
    assert drift.code == 0
    golden("drift-adopted", drift)
    assert applied.portal("plan").out.startswith("No changes.")
    assert applied.portal("apply", "--yes").code == 0
    assert "Changed since" not in applied.portal("drift").out
    assert applied.portal("drift", "--adopt").out.startswith("Nothing to adopt")
    assert file.read_text() == after


def test_only_what_is_named_is_adopted(applied: Place) -> None:
    change_access(applied)
    done = applied.portal("drift", "--adopt", "--only", "ticket_visibility/acme")
    assert done.code == 2
    golden("adopt-only", done)
    assert applied.portal("drift", "--adopt", "--only", "audience/acme.rule").code == 0


def test_what_the_file_changed_too_is_adopted_only_by_name(applied: Place) -> None:
    applied.meddle("help_centers/acme/ticket_visibility", {"restricted": True, "conditions": None})
    file = applied.folder / "portal.yaml"
    rule = "{own_for: {attribute: person.tag, is: beta}, otherwise: company}"
    file.write_text(file.read_text().replace("ticket_visibility: company", f"ticket_visibility: {rule}"))
    done = applied.portal("drift", "--adopt")
    assert done.code == 2
    golden("adopt-conflict", done)
    assert rule in file.read_text()
    assert applied.portal("drift", "--adopt", "--only", "ticket_visibility/acme").code == 0
    assert "  ticket_visibility: own\n" in file.read_text()


def test_sections_are_adopted_in_the_form_of_the_file(applied: Place) -> None:
    page = {one["type"]: one for one in applied.live_page()}
    page["search"]["enabled"] = False
    order = ["tickets_portal", "search", "featured_content", "announcements", "collections"]
    with applied.somebody_else() as client:
        path = "help_centers/acme/homepage/draft"
        tag = client.get(path).headers["ETag"]
        assert client.patch(path, json={"sections": [page[one] for one in order]}, headers={"If-Match": tag}).is_success
    applied.publish()
    assert applied.portal("drift", "--adopt").code == 0
    text = (applied.folder / "portal.yaml").read_text()
    assert "sections: [tickets_portal, {type: search, enabled: false}, collections]  # in this order" in text
    assert applied.portal("plan").out.startswith("No changes.")


def test_what_a_file_cannot_say_is_refused_and_nothing_is_written(applied: Place) -> None:
    applied.meddle("help_centers/acme", {"custom_domain": None})
    applied.meddle("messenger_spaces", {"tickets": False})
    file = applied.folder / "portal.yaml"
    before = file.read_bytes()
    done = applied.portal("drift", "--adopt")
    assert done.code == 1
    golden("refused-adopt", done)
    assert file.read_bytes() == before
    assert applied.portal("drift", "--adopt", "--only", "messenger_spaces.tickets").code == 2


def test_what_an_alias_shares_is_refused(applied: Place) -> None:
    file = applied.folder / "portal.yaml"
    text = file.read_text().replace("  live: true", "  live: &yes true").replace("  https: true", "  https: *yes")
    file.write_text(text)
    applied.meddle("help_centers/acme", {"live": False})
    done = applied.portal("drift", "--adopt")
    assert done.code == 1
    assert "edit-shared" in done.err
    assert "portal.yaml:20:10" in done.err
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("name", "code", "arguments"),
    [
        ("only-without-adopt", 64, ["drift", "--only", "portal/acme"]),
        ("adopt-unknown", 64, ["drift", "--adopt", "--only", "portal/acme"]),
        ("adopt-stdin", 64, ["drift", "--adopt", "-f", "-"]),
    ],
)
def test_what_makes_no_sense_is_refused(applied: Place, name: str, code: int, arguments: list[str]) -> None:
    applied.meddle("messenger_spaces", {"tickets": False})
    done = applied.portal(*arguments)
    assert (done.code, done.out) == (code, "")
    golden(f"refused-{name}", done)


def test_a_file_with_the_longest_name_is_written(applied: Place) -> None:
    applied.meddle("messenger_spaces", {"tickets": False})
    folder = applied.folder / "elsewhere"
    folder.mkdir()
    long = folder / ("p" * 250)
    (applied.folder / "portal.yaml").rename(long)
    assert applied.portal("drift", "--adopt", "-f", str(long)).code == 0
    assert [path.name for path in folder.iterdir()] == [long.name]
    assert "tickets: false" in long.read_text()


@pytest.mark.parametrize("arguments", [["--adopt"], ["--adopt", "--only", "portal/acme"], []])
def test_the_documents_are_of_the_schema(applied: Place, arguments: list[str]) -> None:
    change_access(applied)
    done = applied.portal("drift", "--format", "json", *arguments)
    schemas = {name: load_json(f"{name}.schema.json") for name in ("plan", "result")}
    registry: Registry[object] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    Draft202012Validator(schemas["result"], registry=registry).validate(json.loads(done.out))
