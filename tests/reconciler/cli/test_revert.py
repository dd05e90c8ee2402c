"""`portal drift --revert`: what somebody else changed is put back, and nothing else is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place


def test_drift_is_put_back_and_what_the_file_changed_is_not_applied(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    file = embedded.folder / "portal.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("spaces: {tickets: true}", "spaces: {tickets: true, news: true}"), encoding="utf-8")
    assert "news: true" in file.read_text(encoding="utf-8")

    guarded = embedded.portal("drift", "--revert", "--yes")
    assert guarded.code == 3
    assert "--allow narrows_access" in guarded.out
    done = embedded.portal("drift", "--revert", "--yes", "--allow", "narrows_access")
    assert done.code == 0, done.err
    assert "Put back 1 change." in done.out
    after = embedded.portal("drift")
    assert after.code == 0
    assert "messenger_spaces news" in after.out
    assert embedded.portal("history", "--limit", "1").out.split()[3] == "revert"
    assert embedded.portal("drift", "--revert", "--yes").out.startswith("No changes.")


def test_adopt_and_revert_exclude_each_other(embedded: Place) -> None:
    assert embedded.portal("drift", "--revert", "--adopt").code == 64
    assert embedded.portal("drift", "--yes").code == 64
