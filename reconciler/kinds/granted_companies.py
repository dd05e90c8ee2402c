"""Granted companies: people read their tickets without belonging to them.

A field for each person, under the name that the file has for them: an external id, an email address or a contact's id.
Its value is all that the person is granted. Who is not named keeps what they have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import MISSING, PLAIN, FieldShape, Kind, Operation
from reconciler.kinds.state import LiveField, Resource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path
    from reconciler.kinds.state import State

_NAMES = ("id", "external_id", "email")
"""The names of a person, the best first."""


class ByName(Mapping[str, list[str]]):
    """Granted companies by any name of a person; empty for whoever has none."""

    def __init__(self, people: Sequence[Mapping[str, Any]]) -> None:
        """Index the people of the workspace's answer."""
        self._people = people

    def person(self, name: str) -> Mapping[str, Any] | None:
        """Return the person of a name, where they are granted anything."""
        for text in _NAMES:
            for person in self._people:
                if _same(person[text], name, fold=text == "email"):
                    return person
        return None

    def __getitem__(self, name: str) -> list[str]:
        person = self.person(name)
        return list(person["companies"]) if person else []

    def __iter__(self) -> Iterator[str]:
        return iter(_called(person) for person in self._people)

    def __len__(self) -> int:
        return len(self._people)


def _same(text: str | None, name: str, *, fold: bool) -> bool:
    return text is not None and (text.casefold() == name.casefold() if fold else text == name)


def _called(person: Mapping[str, Any]) -> str:
    """Return the best name of a person for a file."""
    return str(person["external_id"] or person["email"] or person["id"])


class GrantedCompanies(Kind[Mapping[str, Sequence[str]]]):
    """`granted_companies`: one for the whole workspace, a field for each person."""

    name = "granted_companies"
    scope = "workspace"
    title = "Granted companies"
    fields = ()
    part = "granted_companies"
    shape: ClassVar[FieldShape] = {"enabled": PLAIN, "people": dict.fromkeys((*_NAMES, "companies"), PLAIN)}

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        return {person: sorted(set(some)) for person, some in settings.get("granted_companies", {}).items()}

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if fields := self.desired(config):
            yield self.address(), fields

    def source(self, address: str, field: str) -> Path:
        return ("granted_companies", field)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        part = answer[self.part]
        yield Resource(self.address(), part["revision"], ByName(part["people"]), {"enabled": part["enabled"]})

    def live(self, answer: Mapping[str, Any], observed: Iterable[Resource]) -> Iterator[LiveField]:
        part = answer[self.part]
        for person in part["people"]:
            # A file may call them by any of these.
            called = " ".join(str(person[item]) for item in ("external_id", "email") if person[item]) or person["id"]
            yield LiveField(self.address(), called, known=True)
        yield from (
            LiveField(self.address(), ".".join(map(str, path)), known=False) for path in self.unknown_fields(part)
        )

    def covers(self, declared: Mapping[str, Any], field: str) -> bool:
        names = {field.casefold(), *field.casefold().split(" ")}
        return any(name.casefold() in names for name in declared)

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return (Operation("PATCH", self.name, {"people": dict(outcome)}),)

    def restoring(
        self, address: str, resource: Resource, parts: Collection[str], config: Config
    ) -> tuple[Operation, ...]:
        return self.operations(address, resource, {name: resource.values[name] for name in sorted(parts)}, config)

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        for name in resource.values:
            yield self.source(address, name), resource.values[name]

    def wire_fields(self, field: str) -> frozenset[str]:
        return frozenset({"people"})

    def find(self, state: State) -> Resource | None:
        """Return all grants; `None` in a workspace of a version without them."""
        return state.resources.get(self.address())


def gains(before: Any, after: Any) -> bool:
    """Tell whether a person gains a company."""
    return not set(after) <= set(() if before is MISSING else before)


def kept(before: Any, after: Any) -> list[str]:
    """Return the companies that a person keeps."""
    return [] if before is MISSING else [value for value in before if value in after]


KIND = GrantedCompanies()
