"""Activity, applies and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.rules.attributes import rule_name
from tests.support.admin.client import LEASE, RECEIPT
from tests.support.console.desk import ROOT, Form, text
from workspace.database import engine as db
from workspace.web.console.as_yaml import attribute_name, changed_lines

if TYPE_CHECKING:
    from tests.support.console.desk import Desk


def test_the_log_says_who_changed_what_and_through_what(desk: Desk) -> None:
    mara, tobias = desk.admin(), desk.admin("Tobias")
    mara.send(mara.form("help-center").set(custom_domain="support.acme.example"))
    tobias.send(tobias.form("messenger", "messenger/spaces").set(news="yes"))
    said = text(mara.get("activity").text)
    assert "Changed the Help Center acme: custom_domain Mara, via console" in said
    assert '"help.acme.example" → "support.acme.example"' in said
    assert "Tobias, via console" in said
    for query, mine, theirs in (
        ("by=Mara", True, False),
        ("resource=messenger_spaces", False, True),
        ("via=portal", False, False),
        ("via=console", True, True),
    ):
        said = text(mara.get(f"activity?{query}").text)
        assert ("Changed the Help Center" in said) is mine, query
        assert ("Changed the Messenger" in said) is theirs, query


def test_a_change_of_a_rule_is_shown_line_by_line_as_a_file_says_it(desk: Desk) -> None:
    before = {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"}
    more = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@x.example"}
    path = "/help_centers/acme/audience"
    for rule in (before, {"operator": "or", "predicates": [before, more]}):
        revision = desk.configuration()["audience"]["revision"]
        assert desk.stage.api.patch(path, {"mode": "rule", "rule": rule}, revision=revision).status_code == 200
    said = text(desk.admin().get("activity?resource=audience/acme").text)
    assert "- attribute: person.tag" in said
    assert "+ any:" in said
    assert "+ ends_with: '@x.example'" in said
    odd = [{"operator": "xor", "predicates": []}, {"comparison": "eq"}, {"predicates": 3}]
    assert changed_lines(odd[0], None) == [("-", "operator: xor"), ("-", "predicates: []")]
    assert all(changed_lines(one, one) for one in odd)


def test_a_lock_that_could_not_be_looked_at_is_not_said_to_be_free(desk: Desk) -> None:
    api, mara = desk.stage.api, desk.admin()
    assert api.send("POST", "/leases/acme", json=LEASE).is_success
    made = api.send("POST", "/receipts", json={**RECEIPT, "configuration": "acme"}, headers={"Portal-Lease": "acme/1"})
    assert made.is_success, made.text
    assert "locked acme by" in text(mara.get("applies").text)
    with db.writing(desk.stage.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE leases RENAME TO elsewhere")
    assert mara.http.get(f"{ROOT}/applies").status_code >= 500


def test_a_receipt_is_shown_with_its_undo(desk: Desk) -> None:
    api = desk.stage.api
    lease = api.send("POST", "/leases/acme", json=LEASE).json()
    made = api.send(
        "POST",
        "/receipts",
        json={**RECEIPT, "configuration": "acme"},
        headers={"Portal-Lease": f"acme/{lease['fence']}"},
    )
    assert made.status_code == 201, made.text
    mara = desk.admin()
    said = text(mara.get("applies").text)
    assert "locked acme by ada@laptop, process 7" in said
    receipt = made.json()["id"]
    assert receipt in said
    assert "running" in text(mara.get(f"applies/{receipt}").text)
    finish = {
        "outcome": "applied",
        "changes": [{"id": "1", "address": "identity", "outcome": "applied"}],
        "diagnostics": [],
    }
    done = api.send("POST", "/receipts/r1/finish", json=finish, headers={"Portal-Lease": f"acme/{lease['fence']}"})
    assert done.status_code == 200, done.text
    said = text(mara.get(f"applies/{receipt}").text)
    assert f"portal undo {receipt}" in said
    assert "1 change applied identity" in said
    assert mara.http.get(f"{ROOT}/applies/r2").status_code == 404


def test_a_token_is_made_shown_once_used_and_revoked(desk: Desk) -> None:
    mara = desk.admin()
    made = mara.send(mara.form("tokens").set(name="Rita", scope="read", days="30")).text
    token = made.partition('<output id="token">')[2].partition("<")[0]
    assert token.startswith("portal_")
    assert token not in mara.get("tokens").text
    assert token not in str(desk.stage.api.get("/activity").json())
    rita = desk.nobody()
    assert rita.send(Form("/admin/sign-in").set(token=token)).status_code == 303
    assert "read only" in rita.get("home").text
    entry = next(one for one in desk.stage.api.get("/tokens").json()["data"] if one["name"] == "Rita")
    assert entry["scope"] == "read"
    assert entry["expires_at"] == "2026-04-13T12:00:00Z"
    assert entry["last_used_at"] == "2026-03-14T12:00:00Z"
    revoke = Form(f"{ROOT}/tokens/revoke").set(csrf=mara.form("general").values["csrf"], name="Rita")
    assert "Revoked Rita." in mara.send(revoke).text
    assert rita.http.get(f"{ROOT}/home").status_code == 303
    assert [one["resource"] for one in desk.stage.api.get("/activity").json()["data"][:2]] == ["token/Rita"] * 2


@pytest.mark.parametrize(("name", "days"), [("", "1"), ("Mara", "1"), (" x ", "0"), ("x", "99999"), ("x", "-1")])
def test_a_token_that_cannot_be_is_refused(desk: Desk, name: str, days: str) -> None:
    mara = desk.admin()
    before = desk.stage.api.get("/tokens").json()
    assert mara.send(mara.form("tokens").set(name=name, days=days)).status_code == 422
    assert desk.stage.api.get("/tokens").json() == before


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("unsubscribed_from_emails", "person.unsubscribed"),
        ("company.custom_attributes.plan_tier", "company.plan_tier"),
        ("custom_attributes.email", "person.custom_attributes.email"),
        ("custom_attributes.custom_attributes.x", "person.custom_attributes.custom_attributes.x"),
    ],
)
def test_an_attribute_that_is_called_like_a_built_in_one_is_written_as_itself(wire: str, name: str) -> None:
    assert attribute_name(wire) == name
    model, _, own = name.partition(".")
    if "custom" in wire:
        assert rule_name({"person": "contact"}.get(model, model), own.removeprefix("custom_attributes.")) == name
