"""The many changes of a fleet: those of each portal are sent together, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core import documents
from tests.reconciler.cli.conftest import Place
from tests.reconciler.cli.test_stopping import settings_write
from tests.reconciler.fleet.test_plan import document
from tests.support.faults.proxy import Moment, Proxy, Request
from tests.support.faults.stand import stand
from tests.support.sample import TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def asked(folder: Path, sizes: Sequence[int]) -> tuple[list[int], int]:
    """Apply a fleet whose members have so many changes each.

    Return how many steps each receipt has, and how many writes of settings were requests of their own.
    """
    (folder / "fleet").mkdir()
    for number, size in enumerate(sizes):
        attributes = {f"a{number}_{place}": {"type": "string"} for place in range(size)}
        member = {"version": 1, "name": f"m{number}", "help_center": {"identifier": "acme"}}
        text = documents.dumps({**member, "data_attributes": {"company": attributes}})
        (folder / "fleet" / f"{number}.yaml").write_text(text)
    alone: list[str] = []

    def look(moment: Moment, request: Request) -> None:
        if moment is Moment.BEFORE and settings_write(request):
            alone.append(request.path)

    with stand(folder) as workspace:
        with Proxy(workspace.url, look=look) as proxy:
            place = Place(folder, ["--workspace", proxy.url], {"PORTAL_TOKEN": TOKEN})
            done = document(place.portal("apply", "-f", "fleet", "--yes", "--format", "json"))
            assert done["totals"]["outcomes"] == {"applied": len(sizes)}
            assert place.portal("plan", "-f", "fleet", "--detailed-exitcode").code == 0
        receipts = [portal["document"]["receipt"] for portal in done["portals"]]
        steps = [workspace.get(f"receipts/{receipt}")["steps"] for receipt in receipts]
    return [len([step for step in some if step["step"] != "record"]) for some in steps], len(alone)


def test_many_changes_of_a_fleet_are_sent_together(tmp_path: Path) -> None:
    assert asked(tmp_path, [7, 1, 12]) == ([7, 1, 12], 0)


def test_few_changes_of_a_fleet_are_sent_one_by_one(tmp_path: Path) -> None:
    assert asked(tmp_path, [7, 1, 11]) == ([7, 1, 11], 19)
