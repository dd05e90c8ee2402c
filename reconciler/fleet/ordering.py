"""The order in which one workspace's members are applied, and their needs of each other.

A setting of the whole workspace that a required setting reads opens and closes every portal that is enabled there. So
what closes goes first; then members with an enabled portal that must change before it opens; then what opens; and last
members whose portal is enabled thanks to that. It is the order of one plan, between plans.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from reconciler.core.contract import load_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.plan.effect.prerequisites import Status

Key = tuple[str, int]

_DECIDES_ACCESS = frozenset({"portal", "audience", "ticket_visibility", "help_center"})
"""The kinds that decide access to a Help Center."""


def _status() -> type[Status]:
    # Loaded where something is put in order: of a fleet in which nothing moved there is nothing.
    from reconciler.plan.effect.prerequisites import Status

    return Status


class _Stage(IntEnum):
    CLOSES = 0
    AWAITS = 1
    OPENS_ITS_OWN = 2
    OPENS = 3
    """Or is independent of others."""
    OPENS_AND_NEEDS = 4
    NEEDS = 5


@dataclass(frozen=True, slots=True)
class Need:
    """A condition for applying a member: one of `members` meets it, and without any it cannot be met."""

    members: tuple[Key, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A member in its place; `awaits` if only later members open its portal."""

    key: Key
    stage: int
    needs: tuple[Need, ...]
    awaits: bool


class _Member:
    """The effects of a plan on others in its workspace."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.key: Key = (entry["file"], entry["line"])
        self._plan: Mapping[str, Any] = entry["document"] or {"changes": (), "prerequisites": (), "portal": {}}
        self._blocked = entry["outcome"] == "blocked"
        self.failed = entry["outcome"] == "failed"

    def _settings(self, *statuses: Status) -> frozenset[str]:
        prerequisites = self._plan["prerequisites"]
        return frozenset(
            prerequisite["id"]
            for prerequisite in prerequisites
            if prerequisite["required"] and prerequisite["status"] in statuses
        )

    def _brings(self, status: Status) -> frozenset[str]:
        changed = {change["address"] for change in self._plan["changes"]}
        return frozenset(setting for setting in self._settings(status) if reads(setting) & changed)

    @cached_property
    def opens(self) -> frozenset[str]:
        """The required settings that it meets for every portal; none where it closes them all."""
        return frozenset() if self.closes else self._brings(_status().MET_BY_PLAN)

    @cached_property
    def closes(self) -> frozenset[str]:
        """The required settings that it breaks for every portal."""
        return self._brings(_status().BROKEN_BY_PLAN)

    @cached_property
    def gets(self) -> frozenset[str]:
        """The required settings that others meet."""
        return self._settings(_status().MET_BY_FLEET)

    @cached_property
    def loses(self) -> frozenset[str]:
        """The required settings that others break."""
        return self._settings(_status().BROKEN_BY_FLEET)

    @cached_property
    def _becomes(self) -> bool | None:
        """Whether the portal is enabled afterwards; `None` where that stays."""
        fields = (
            field
            for change in self._plan["changes"]
            if change["address"].startswith("portal/")
            for field in change["fields"]
        )
        return next((field["after"] for field in fields if field["field"] == "enabled"), None)

    @property
    def _enabled(self) -> bool:
        return self._becomes is False or (self._becomes is None and bool(self._plan["portal"].get("enabled")))

    @property
    def enables(self) -> bool:
        return self._becomes is True

    @cached_property
    def stands(self) -> bool:
        """Whether the portal is enabled already and must not open before this is done."""
        changed = {change["address"].partition("/")[0] for change in self._plan["changes"]}
        return self._enabled and (self._blocked or bool(changed & _DECIDES_ACCESS))

    @property
    def stage(self) -> _Stage:
        if self.closes:
            return _Stage.CLOSES
        needs = self.enables and bool(self.gets)
        if self.opens:
            return _Stage.OPENS_AND_NEEDS if needs else _Stage.OPENS_ITS_OWN if self.stands else _Stage.OPENS
        if needs:
            return _Stage.NEEDS
        return _Stage.AWAITS if self.gets and self._enabled else _Stage.OPENS


def order_members(entries: Iterable[Mapping[str, Any]]) -> dict[Key, Turn]:
    """Arrange the members of one workspace, from their entries in the document of plans."""
    members = [_Member(entry) for entry in entries]
    closing = [item for item in members if item.closes]
    opening = [item for item in members if item.opens]
    standing = [item for item in members if item.stands and item.gets and not (item.opens or item.closes)]
    failed = [item for item in members if item.failed]
    results = {}
    for member in members:
        needs = (*_of_settings(member, closing, opening, failed), *_of_those_opened(member, closing, standing, opening))
        results[member.key] = Turn(member.key, member.stage, needs, awaits=member.stage is _Stage.AWAITS)
    return results


_TOO_EARLY = "it opens that portal, which would not be as it should be"
_TWICE = "another configuration changes the same setting of the workspace, and each would open the other's portal early"


def _of_settings(
    member: _Member, closing: Sequence[_Member], opening: Sequence[_Member], failed: Sequence[_Member]
) -> Iterator[Need]:
    """Yield the members that must meet the settings a member was planned with."""
    if member.enables and not member.closes:
        for setting in sorted(member.gets):
            # What could not be planned may be what would have made it so; where nothing failed, it is elsewhere.
            keys = _keys(other for other in opening if setting in other.opens) or _keys(failed)
            if keys:
                yield Need(keys, "its portal cannot be enabled without that")
    elif not member.closes and member.stands:
        for setting in sorted(member.loses):
            keys = _keys(other for other in closing if setting in other.closes)
            if keys:
                yield Need(keys, "it was planned for a portal that nobody can open any more")


def _of_those_opened(
    member: _Member, closing: Sequence[_Member], standing: Sequence[_Member], opening: Sequence[_Member]
) -> Iterator[Need]:
    """Yield the members that must be done before a member opens portals."""
    if not member.opens:
        return
    for other in closing:
        yield Need((other.key,), "it opens what that closes")
    for other in standing:
        if other.gets & member.opens:
            yield Need((other.key,), _TOO_EARLY)
    for other in opening:
        if other is not member and other.stands and other.opens & member.opens:
            # Whichever of two is first opens the portal of the other.
            yield Need((), _TWICE) if member.stands else Need((other.key,), _TOO_EARLY)


def _keys(members: Iterable[_Member]) -> tuple[Key, ...]:
    return tuple(member.key for member in members)


_NOT_COMMON = frozenset({"site", "help_center"})
"""The beginnings of addresses of facts, or of one Help Center's resources."""


@cache
def shared_settings() -> frozenset[str]:
    """Return the addresses of all workspace settings that required settings read."""
    return frozenset().union(*map(reads, load_json("required-settings.json")["settings"]))


@cache
def reads(name: str) -> frozenset[str]:
    """Return the addresses that one required setting reads."""
    cases = load_json("required-settings.json")["settings"][name]["cases"]
    paths = {path for case in cases for part in ("when", "want") for path in case[part]}
    return frozenset({path.rpartition(".")[0] for path in paths} - _NOT_COMMON)
