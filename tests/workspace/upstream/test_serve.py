"""`portal serve --upstream intercom`: the token stays with the server, and builds need a token of the server only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.reconciler.cli.conftest import Place, served, serving
from tests.support.databases import KINDS, empty
from tests.support.faults.child import Child

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["served"]

ADMIN = "a-token-that-somebody-chose"
FILE = """\
version: 1
name: acme
help_center: {identifier: acme, live: true}
audience: {attribute: company.plan_tier, is: [team]}
data_attributes: {company: {plan_tier: {type: string}}}
environments:
  production: {workspace: "%s", token: "${PORTAL_TOKEN}"}
"""


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with empty(request.param) as url:
        yield url


def vendor(served: Place) -> dict[str, str]:
    """What a server needs to reach the workspace that plays Intercom."""
    token = served.environment["PORTAL_TOKEN"]
    return {"INTERCOM_TOKEN": token, "PORTAL_INTERCOM_URL": served.url, "PORTAL_ADMIN_TOKEN": ADMIN}


def test_builds_plan_with_a_token_of_the_server_alone(served: Place, database: str) -> None:
    workers = "1" if database.startswith("sqlite") else "2"
    with serving(database, "--upstream", "intercom", "--workers", workers, **vendor(served)) as url:
        (served.folder / "portal.yaml").write_text(FILE % url, encoding="utf-8")
        build = Place(served.folder, environment={"PORTAL_TOKEN": ADMIN})
        ran = build.portal("plan", "-e", "production", "--detailed-exitcode")
        assert ran.code == 2, ran.err + ran.out
        assert "100 people as of" in ran.out
        assert "access-before-unknown" in ran.out or "not known" in ran.out
        status = build.portal("mirror", "status", "-e", "production")
        assert "100 people" in status.out
        refused = Place(served.folder, environment={"PORTAL_TOKEN": vendor(served)["INTERCOM_TOKEN"]})
        assert refused.portal("plan", "-e", "production").code == 7


def test_customers_and_the_public_api_find_nothing_there(served: Place, database: str) -> None:
    with (
        serving(database, "--upstream", "intercom", **vendor(served)) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ADMIN}"}) as http,
    ):
        for path in ("/hc/acme/en/", "/hc/acme/en/tickets-portal", "/en/", "/messenger"):
            assert http.get(path).status_code == 404, path
        assert http.get("/").headers["Location"] == "/admin/"
        for path in ("/me", "/contacts", "/companies/scroll", "/help_center/help_centers"):
            answer = http.get(path, headers={"Intercom-Version": "2.16"})
            assert answer.status_code == 404, path
            assert "the vendor's own API" in answer.text
        assert http.get("/healthz").status_code == 200


@pytest.mark.parametrize("arguments", [("--demo",), ("--people", "5")])
def test_what_is_for_a_workspace_of_its_own_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = Child(tmp_path, ["serve", "--upstream", "intercom", *arguments], {"INTERCOM_TOKEN": "x" * 30}).wait()
    assert ended.code == 64
    assert f"{arguments[0]} does not go with --upstream" in ended.err


def test_without_a_token_it_does_not_begin(tmp_path: Path) -> None:
    ended = Child(tmp_path, ["serve", "--upstream", "intercom"], {}).wait()
    assert ended.code == 7
    assert "INTERCOM_TOKEN" in ended.err


def test_a_database_of_a_vendor_is_not_served_as_if_it_was_ones_own(served: Place, tmp_path: Path) -> None:
    with serving(str(tmp_path / "intercom.db"), "--upstream", "intercom", "--region", "us", **vendor(served)):
        pass
    ended = Child(tmp_path, ["serve", "--db", "intercom.db", "--port", "0"], {}).wait()
    assert ended.code == 1
    assert "--upstream intercom" in ended.err
    other = Child(tmp_path, ["serve", "--db", "served.db", "--port", "0", "--upstream", "intercom"], vendor(served))
    ended = other.wait()
    assert ended.code == 1
    assert "a workspace without an upstream" in ended.err


def test_what_was_known_is_served_although_the_vendor_does_not_answer(served: Place, tmp_path: Path) -> None:
    known = vendor(served)
    with serving(str(tmp_path / "intercom.db"), "--upstream", "intercom", "--region", "us", **known):
        pass
    gone = {**known, "PORTAL_INTERCOM_URL": "http://127.0.0.1:9"}
    with (
        serving(str(tmp_path / "intercom.db"), "--upstream", "intercom", "--region", "us", **gone) as url,
        httpx.Client(
            base_url=f"{url}/portal_admin/v1", headers={"Authorization": f"Bearer {ADMIN}"}, timeout=60
        ) as http,
    ):
        assert http.get("/mirror").status_code == 200
        answer: Any = http.get("/help_centers/acme/configuration")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (424, "upstream_unreachable")
