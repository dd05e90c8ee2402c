"""Who else manages what the members of a fleet share, where a workspace tells of the first few only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.fleet import outsiders
from reconciler.fleet.model import Site
from tests.reconciler.fleet.test_plan import document
from tests.support.fleet.fleets import place, portal
from tests.support.sample import Sample, sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reconciler.target.rest import RestTarget

SHARED = "data_attributes: {company: {territory: {type: string, description: Where they are}}}\n"
NAMES = [f"hc-{number}" for number in range(10)]
FELLOWS = frozenset(f"n{number}" for number in range(12))


def record(workspace: Sample, name: str, values: Mapping[str, Any]) -> None:
    body = {"help_center": "acme", "digest": "sha256:0", "values": values, "commit": None}
    with workspace.client() as client:
        tag = client.get(f"records/{name}").headers.get("ETag")
        done = client.put(f"records/{name}", json=body, headers={"If-Match": tag} if tag else {"If-None-Match": "*"})
    assert done.is_success, done.text


class _Asked:
    """A workspace that takes note of what it is asked about others."""

    def __init__(self, target: RestTarget) -> None:
        self._target = target
        self.names: list[Sequence[str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def others(self, names: Sequence[str]) -> Any:
        self.names.append(names)
        return self._target.others(names)


def told(asked: _Asked, site: Site, member_names: frozenset[str] = FELLOWS) -> dict[str, list[str]]:
    """Return who is told to manage something, by address, to a member of a page of two."""
    states = asked.observe_page([("acme", "n1"), ("acme", "n2")]).states
    only = outsiders.only(states, member_names, asked, site)  # type: ignore[arg-type]
    by_address = only["acme", "n1"].others.by_address
    return {address: [one.name for one in known] for address, known in sorted(by_address.items())}


def test_they_are_asked_for_once_until_something_moves() -> None:
    site = Site("https://workspace.example")
    with sample() as workspace:
        asked = _Asked(workspace.target())
        for name in sorted(FELLOWS)[:6]:
            record(workspace, name, {"identity": {"mode": "jwt"}})
        record(workspace, "zoe", {"identity": {"mode": "jwt"}, "audience/acme": {"rule": "everyone"}})
        # All are told: nobody has to ask.
        assert told(asked, site) == {"audience/acme": ["zoe"], "identity": ["zoe"]}
        assert asked.names == []
        for name in sorted(FELLOWS)[6:]:
            record(workspace, name, {"identity": {"mode": "jwt"}, "audience/acme": {"rule": "everyone"}})
        for _ in range(3):
            assert told(asked, site) == {"audience/acme": ["zoe"], "identity": ["zoe"]}
        assert asked.names == [sorted(FELLOWS)]
        record(workspace, "yan", {"identity": {"mode": "jwt"}})
        assert told(asked, site)["identity"] == ["yan", "zoe"]
        record(workspace, "yan", {"messenger_spaces": {"tickets": True}})
        expected = {"audience/acme": ["zoe"], "identity": ["zoe"], "messenger_spaces": ["yan"]}
        assert told(asked, site) == expected
        assert len(asked.names) == 3
        # Whoever is not of the fleet is a stranger, and another workspace is asked for itself.
        assert told(asked, site, FELLOWS - {"n3"})["identity"] == ["n3", "zoe"]
        assert told(asked, Site("https://another.example")) == expected
        assert len(asked.names) == 5


def test_more_strangers_than_are_told_are_said_to_be_more() -> None:
    with sample() as workspace:
        asked = _Asked(workspace.target())
        for number in range(20):
            record(workspace, f"n{number}", {"identity": {"mode": "jwt"}})
        states = asked.observe_page([("acme", "n1")]).states
        member_names = frozenset({"n1", "n0"})
        state = outsiders.only(states, member_names, asked, Site("https://many.example"))["acme", "n1"]  # type: ignore[arg-type]
        assert len(state.others.of("identity")) == 7
        assert state.others.are_more("identity", ["mode"])
        assert not state.others.are_more("identity", ["other"])


@pytest.fixture
def applied(tmp_path: Path) -> Any:
    folder = place(tmp_path, {f"{name}.yaml": portal(name, name, SHARED) for name in NAMES}, tuple(NAMES))
    assert folder.portal("apply", "-f", ".", "--yes").code == 0
    return folder


def test_what_a_large_fleet_shares_is_nothing_to_warn_of(applied: Any, tmp_path: Path) -> None:
    assert "managed-elsewhere" not in applied.portal("plan", "-f", ".", "--format", "json").out
    (tmp_path / "hc-9.yaml").rename(tmp_path / "hc-9.left")
    part = document(applied.portal("plan", "-f", ".", "--format", "json"))
    assert len(part["portals"]) == 9
    for one in part["portals"]:
        (said,) = one["diagnostics"]
        assert (said["code"], said["summary"][:4]) == ("managed-elsewhere", "hc-9")
    alone = applied.portal("plan", "-f", "hc-4.yaml")
    assert "many more configurations manage fields of data_attribute/company.territory, too" in alone.out + alone.err
