"""Every complaint about a vendor is described, so that the command line can say what it is."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.support.sample import ROOT

CODE = re.compile(r'"((?:upstream_|needs_person|no_upstream)[a-z_]*)"')


@pytest.mark.slow
def test_every_code_is_in_the_description() -> None:
    described = yaml.safe_load((ROOT / "schemas" / "workspace.openapi.yaml").read_text(encoding="utf-8"))
    known = set(described["components"]["schemas"]["Error"]["properties"]["code"]["enum"])
    folders = (ROOT / "workspace" / "upstream", ROOT / "workspace" / "web" / "admin")
    used = {
        code
        for folder in folders
        for path in folder.rglob("*.py")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    assert len(used) > 10
    assert used <= known
