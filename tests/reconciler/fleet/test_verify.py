"""`portal verify` over a fleet: each configuration by its own people; to verify nobody is no success."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.reconciler.cli.conftest import EXAMPLE, Place
from tests.reconciler.cli.test_verify import SECRET, is_as_reports_expect_it, made_secret
from tests.reconciler.fleet.test_plan import BROKEN, GOLDEN, document, outcomes
from tests.support.golden import assert_golden
from tests.support.sample import template

if TYPE_CHECKING:
    from pathlib import Path

SPARSE = "version: 1\nname: {name}\nhelp_center: {{identifier: acme}}\n{more}"
NOBODY = "expectations: [{person: nobody@nowhere.example, can: [open_portal]}]\n"
FLEET = ("-f", "portals")


@pytest.fixture
def fleet(tmp_path: Path) -> Place:
    """Give a workspace where the example was applied, and a fleet of which it is one member."""
    portals = tmp_path / "portals"
    for folder in (portals, tmp_path / ".portal"):
        folder.mkdir(mode=0o700)
    shutil.copy(template(), tmp_path / ".portal" / "workspace.db")
    shutil.copy(EXAMPLE, portals / "acme.yaml")
    (portals / "bare.yaml").write_text(SPARSE.format(name="bare", more=""))
    home = Place(tmp_path)
    assert home.portal("apply", "-f", "portals/acme.yaml", "--yes", "--allow", "widens_access").code == 0
    home.environment[SECRET] = made_secret(home, "jwt")
    return home


def test_each_is_verified_by_its_own_people(fleet: Place) -> None:
    whole = document(fleet.portal("verify", *FLEET, "--format", "json"))
    assert whole["exit_code"] == 0
    assert outcomes(whole) == {"acme-support": "passed", "bare": "nothing_to_verify"}
    with fleet.somebody_else() as client:
        record = client.get("help_centers/acme/configuration", params={"record": "acme-support"}).json()["record"]
    assert record["verification"]["observed"] is True


def test_what_failed_is_told(fleet: Place) -> None:
    portals = fleet.folder / "portals"
    (portals / "broken.yaml").write_text(BROKEN)
    (portals / "strict.yaml").write_text(SPARSE.format(name="strict", more=NOBODY))
    done = fleet.portal("verify", *FLEET, "--no-color")
    assert done.code == 1
    assert_golden(GOLDEN / "verify.txt", done.out)
    assert fleet.environment[SECRET] not in done.out + done.err
    whole = document(fleet.portal("verify", *FLEET, "--evaluate-only", "--format", "json", **{SECRET: ""}))
    assert outcomes(whole) == {
        "acme-support": "passed",
        "bare": "nothing_to_verify",
        "portals/broken.yaml": "failed",
        "strict": "failed_checks",
    }

    suites = ET.fromstring(fleet.portal("verify", *FLEET, "--format", "junit").out)  # noqa: S314 (our own output)
    is_as_reports_expect_it(suites)
    assert {suite.get("name", "").split()[0]: suite.get("failures") for suite in suites} == {
        "acme-support": "0",
        "bare": "0",
        "portals/broken.yaml": "1",
        "strict": "1",
    }
    for suite in suites:
        cases = [(case.get("classname"), case.get("name")) for case in suite]
        assert len(cases) == len(set(cases))


def test_nobody_at_all_is_no_success(fleet: Place) -> None:
    (fleet.folder / "portals" / "acme.yaml").write_text(SPARSE.format(name="plain", more=""))
    done = fleet.portal("verify", *FLEET, "--evaluate-only", "--format", "json")
    assert done.code == 64
    assert json.loads(done.out)["diagnostics"][0]["code"] == "nobody-to-verify"
    named = document(fleet.portal("verify", *FLEET, "--evaluate-only", "--as", "ada@examply.com", "--format", "json"))
    assert outcomes(named) == {"plain": "passed", "bare": "passed"}


def test_without_a_secret_the_sample_web_application_logs_people_in(fleet: Place) -> None:
    with_one = document(fleet.portal("verify", *FLEET, "--format", "json"))
    without = document(fleet.portal("verify", *FLEET, "--format", "json", **{SECRET: ""}))
    assert outcomes(without) == outcomes(with_one)
