"""`portal validate` of a file whose workspace is Intercom: what no person could enter there is said with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.faults.child import Child

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
version: 1
name: acme
help_center: {identifier: acme}
data_attributes:
  company: {plan_tier: {type: string}}
audience:
  all:
    - {attribute: person.email, ends_with: "@examply.com"}
    - not:
        any:
          - {attribute: person.tag, is: beta}
          - {attribute: company.plan_tier, is: free}
environments:
  production: {intercom: {region: us, token: "${INTERCOM_TOKEN}"}}
  elsewhere: {workspace: "https://workspace.acme.example", token: "${TOKEN}"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "portal.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("asked", [(), ("-e", "production")])
def test_a_part_that_the_screen_does_not_have_is_an_error_with_its_place(folder: Path, asked: tuple[str, ...]) -> None:
    ended = Child(folder, ["validate", *asked], {}).wait()
    assert ended.code == 1
    assert "error[not-expressible]: Intercom's audience screen has no `not` around a group" in ended.err
    assert "portal.yaml:9:7" in ended.err


def test_another_workspace_holds_it(folder: Path) -> None:
    ended = Child(folder, ["validate", "-e", "elsewhere"], {}).wait()
    assert (ended.code, ended.out) == (0, "portal.yaml is valid.\n")


def test_three_levels_in_the_override_of_an_environment_are_found(folder: Path) -> None:
    deep = (
        "{any: [{attribute: person.tag, is: a}, {all: [{attribute: person.tag, is: b}, "
        "{any: [{attribute: person.tag, is: c}, {attribute: person.tag, is: d}]}]}]}"
    )
    text = FILE.replace(
        'production: {intercom: {region: us, token: "${INTERCOM_TOKEN}"}}',
        f'production:\n    intercom: {{region: us, token: "${{INTERCOM_TOKEN}}"}}\n    overrides: {{audience: {deep}}}',
    )
    (folder / "portal.yaml").write_text(text, encoding="utf-8")
    ended = Child(folder, ["validate", "-e", "production"], {}).wait()
    assert ended.code == 1
    assert "no `any` in a group that is in a group itself" in ended.err
    assert "portal.yaml:16:" in ended.err


def test_an_environment_that_is_not_there_is_told(folder: Path) -> None:
    ended = Child(folder, ["validate", "-e", "nowhere"], {}).wait()
    assert ended.code == 1
    assert "unknown-environment" in ended.err
