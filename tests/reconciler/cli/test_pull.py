"""`portal pull`, as it is run."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

CASES = Path(__file__).parents[2] / "cases" / "cli"


def test_the_sample_as_a_file(embedded: Place) -> None:
    done = embedded.portal("pull")
    assert done.code == 0
    assert_golden(CASES / "pull.yaml", done.out)
    assert_golden(CASES / "pull.txt", done.err)
    (embedded.folder / "pulled.yaml").write_text(done.out)
    assert embedded.portal("plan", "-f", "pulled.yaml", "--detailed-exitcode").code == 0
    assert embedded.portal("fmt", "--check", "pulled.yaml", workspace=False).code == 0


def test_a_file_is_written_and_not_replaced_unasked(embedded: Place) -> None:
    done = embedded.portal("pull", "--out", "pulled.yaml", "--name", "ours")
    assert (done.code, done.out) == (0, "")
    file = embedded.folder / "pulled.yaml"
    assert "\nname: ours\n" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) & 0o600 == 0o600
    file.write_text("mine")
    again = embedded.portal("pull", "--out", "pulled.yaml")
    assert again.code == 1
    assert_golden(CASES / "refused-pull-file-exists.txt", again.err)
    assert file.read_text() == "mine"
    assert embedded.portal("pull", "--out", "pulled.yaml", "--force").code == 0
    assert "name: acme" in file.read_text()
    assert embedded.portal("pull", "--out", "nowhere/pulled.yaml").code == 1


def test_what_makes_no_sense_is_refused(embedded: Place) -> None:
    wrong = embedded.portal("pull", "--name", "Not A Name")
    assert (wrong.code, wrong.out) == (64, "")
    assert "not-allowed-value" in wrong.err
    unknown = embedded.portal("pull", "--help-center", "acne")
    assert unknown.code == 1
    assert "Did you mean `acme`?" in unknown.err


def test_several_help_centers_want_a_choice(embedded: Place) -> None:
    centres = "[{identifier: one, name: One}, {identifier: two, name: Two}]"
    seed = f"workspace: {{id: two, name: Two}}\nhelp_centers: {centres}\n"
    (embedded.folder / "two.yaml").write_text(seed)
    (embedded.folder / ".portal" / "workspace.db").unlink()
    done = embedded.portal("pull", "--seed", "two.yaml")
    assert done.code == 64
    assert_golden(CASES / "refused-pull-several.txt", done.err)
    assert "  identifier: two\n" in embedded.portal("pull", "--help-center", "two").out


def test_an_environment_of_a_file_says_where_to_pull_from(embedded: Place) -> None:
    done = embedded.portal("pull", "--env", "staging")
    assert (done.code, done.out) == (7, "")
    assert "PORTAL_STAGING_TOKEN" in done.err
