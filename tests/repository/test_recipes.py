"""The recipes for programs work as they stand, and the copy of a schema is held against this version."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import embedded, folder
from tests.support.faults.child import clean_environment
from tests.support.sample import ROOT
from tests.workflows.quick import Quick

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

__all__ = ["embedded", "folder"]
BLOCK = re.search(r"```sh\n(.*?)```", (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8"), re.DOTALL)
RECIPES = re.findall(r"^# (.+)\n(portal .+)$", BLOCK[1] if BLOCK else "", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")
def test_each_recipe_answers(embedded: Place) -> None:
    assert len(RECIPES) == 10
    said = {}
    with Quick() as quick:
        environment = clean_environment()
        environment["PATH"] = f"{quick.folder}:{environment['PATH']}"
        for question, line in RECIPES:
            done = subprocess.run(
                ["bash", "-c", line],
                cwd=embedded.folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, ""), question
            said[question] = done.stdout
    assert said["May this plan be applied?"] == "blocked\n"
    assert '"gained": 26' in said["How many gain and lose access?"]
    assert said["Which labels would let it through?"] == "portal:widens_access\n"
    assert "ada@examply.com\n" in said["Who gains access, as addresses?"]


def test_a_stale_copy_of_a_schema_is_told(embedded: Place) -> None:
    copy = embedded.folder / "portal.schema.json"
    asked = ("schema", "--check", "portal.schema.json")
    assert "schema-stale" in embedded.portal(*asked, workspace=False).err
    copy.write_text(embedded.portal("schema", workspace=False).out)
    current = embedded.portal(*asked, workspace=False)
    assert (current.code, current.out, current.err) == (0, "", "portal.schema.json is current.\n")
    copy.write_text(copy.read_text().replace("Guards", "Gates"))
    stale = embedded.portal(*asked, workspace=False)
    assert (stale.code, stale.out) == (1, "")
    assert "portal schema portal > portal.schema.json" in stale.err
