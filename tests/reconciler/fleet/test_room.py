"""How much room a fleet takes: of each configuration its bytes and what they say are kept, not where it stands."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

from reconciler.fleet.load import survey
from reconciler.fleet.model import Choice, Member, Site
from tests.support.fleet.fleets import portal

if TYPE_CHECKING:
    from pathlib import Path

FEW, MANY = 100, 300
MORE = """\
portal: {ticket_visibility: company}
homepage: {sections: [search, collections], publish: true}
data_attributes: {company: {plan_tier: {type: string, description: What is paid for}}}
"""
MOST = 8 * 1024
"""Bytes that one may take; with the places of everything in it, one took 40,000."""


def test_each_member_takes_little_room(tmp_path: Path) -> None:
    paths = []
    for number in range(MANY):
        path = tmp_path / f"{number:05}.yaml"
        path.write_text(portal(f"n{number}", f"hc-{number}", MORE))
        paths.append(str(path))
    choice = Choice(None, Site(None))
    # What is loaded for the first, and kept for all, counts for none.
    assert all(isinstance(one, Member) for one in survey.load_members(paths[:FEW], choice))
    tracemalloc.start()
    try:
        kept = list(survey.load_members(paths, choice))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert all(isinstance(one, Member) for one in kept)
    assert taken / MANY < MOST
