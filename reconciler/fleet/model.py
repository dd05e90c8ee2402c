"""Values of a fleet: members, their workspaces, and batches. A process elsewhere reads a member's bytes again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.core.secrets import address as shown
from reconciler.target.protocol import PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.config.compact import Compact
    from reconciler.config.desired import Config
    from reconciler.config.environments.files import Files
    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.effect.prerequisites import Values


@dataclass(frozen=True, slots=True)
class Site:
    """The URL of a workspace (None: embedded, filled from `seed`), and the variable of its token, read late."""

    address: str | None
    variable: str = "PORTAL_TOKEN"
    seed: str | None = None

    def __str__(self) -> str:
        return shown(self.address) if self.address else "the embedded workspace"


@dataclass(frozen=True, slots=True)
class Choice:
    """The command line's destination: an environment of each file, or one workspace for all."""

    environment: str | None
    site: Site


@dataclass(frozen=True, slots=True)
class Place:
    """The file of a member, and its first line there."""

    file: str
    line: int


@dataclass(frozen=True)
class Member:
    """One configuration of a fleet, which is valid."""

    place: Place
    files: Files
    environment: str | None
    site: Site
    protected: bool  # whether only saved plans may be applied there
    name: str
    help_center: str
    # managed fields in declared form, by address; as JSON, where nobody else keeps them
    declared: Mapping[str, Mapping[str, Any]] | str
    commit: str | None = None
    asks_people: bool = False  # whether it expects something of people, who may change while no setting does
    digest: str = ""  # what tells it from any other, where that is remembered
    # what it wants; `None` where its files have to be read for that
    kept: Compact | None = field(default=None, compare=False, repr=False)

    @property
    def values(self) -> Mapping[str, Mapping[str, Any]]:
        """The fields that it manages in declared form, by address; made anew each time, as `config` is."""
        values: Mapping[str, Mapping[str, Any]]
        values = json.loads(self.declared) if isinstance(self.declared, str) else self.declared
        return values

    @property
    def config(self) -> Config:
        """What it wants: hundred times the space of what is kept, so it is made when it is asked for, and let go of."""
        from reconciler.config import desired

        if self.kept is None:
            return desired.of(self.files.document(), self.environment)
        return self.kept.config(self._document)

    def _document(self) -> Document:
        from reconciler.config import desired

        return desired.read(self.files.document(), self.environment)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what another process reads for itself."""
        return {**self.__dict__, "kept": None}


@dataclass(frozen=True, slots=True)
class Refused:
    """An invalid configuration of a fleet, with the reasons."""

    place: Place
    diagnostics: tuple[Diagnostic, ...]
    exit_code: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Members of one workspace, observed in one request."""

    site: Site
    members: tuple[Member, ...]
    # of workspace settings that required settings read, from all members there
    fleet_values: Values = field(default_factory=dict)
    # of all members there: none contradicts another, so sharing is nothing to warn of
    member_names: frozenset[str] = frozenset()
    tag: str | None = None  # the workspace's last answer tag, where cached


def batches(members: Sequence[Member], most: int = PAGE) -> tuple[Batch, ...]:
    """Group members without conflicts by workspace, at most `most` in one batch."""
    from reconciler.fleet.ordering import shared_settings

    sites: dict[Site, list[Member]] = {}
    common: dict[str | None, dict[str, dict[str, Any]]] = {}
    names: dict[str | None, set[str]] = {}
    for member in members:
        sites.setdefault(member.site, []).append(member)
        names.setdefault(member.site.address, set()).add(member.name)
        desired = common.setdefault(member.site.address, {})
        values = member.values
        for address in values.keys() & shared_settings():
            desired.setdefault(address, {}).update(values[address])
    member_names = {address: frozenset(name) for address, name in names.items()}
    return tuple(
        Batch(site, tuple(batches[start : start + most]), common[site.address], member_names[site.address])
        for site, batches in sites.items()
        for start in range(0, len(batches), most)
    )
