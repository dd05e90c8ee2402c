"""Granted companies: people read their tickets without belonging to them.

A field for each person, under the file's name for them: an external id, an email address or a contact's id. Its value
is all that the person is granted. Who is not named keeps what they have.

A file also grants companies by rule. Then all grants of these companies go by the rules, and become fields of the
people concerned, by contact id: those who match, and those who have such a grant and match no more. Their other grants
stay. Whom the file names goes by their own list alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.config.desired import RuleGrant
from reconciler.kinds.base import MISSING, PLAIN, FieldShape, Kind, Operation
from reconciler.kinds.state import LiveField, Resource
from reconciler.rules import model as rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path
    from reconciler.kinds.state import State
    from reconciler.rules.model import Rule

_NAMES = ("id", "external_id", "email")
"""The names of a person, the best first."""
_AT_ONCE = 20
"""The people whose grants one request changes: behind a workspace, a vendor may take several calls for each."""


class ByName(Mapping[str, list[str]]):
    """Granted companies by any name of a person; empty for whoever has none."""

    def __init__(self, people: Sequence[Mapping[str, Any]]) -> None:
        """Index the people of the workspace's answer."""
        self.people = people

    def person(self, name: str) -> Mapping[str, Any] | None:
        """Return the person of a name, where they are granted anything."""
        for text in _NAMES:
            for person in self.people:
                if _same(person[text], name, fold=text == "email"):
                    return person
        return None

    def __getitem__(self, name: str) -> list[str]:
        person = self.person(name)
        return list(person["companies"]) if person else []

    def __iter__(self) -> Iterator[str]:
        return iter(_called(person) for person in self.people)

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True, slots=True)
class Grantor:
    """A rule of a file with the companies that it grants, in order; `None` matches nobody."""

    where: Rule | None
    companies: tuple[str, ...]


def grantors(config: Config) -> tuple[Grantor, ...]:
    """Return the rules by which a file grants companies, in file order."""
    return tuple(
        Grantor(None if entry["where"] == "nobody" else rules.parse(entry["where"]), tuple(sorted(entry["companies"])))
        for entry in config.settings.get("granted_by_rule", ())
    )


def companies(config: Config) -> list[str]:
    """Return the companies that a file grants, by name or by rule, in order."""
    by_name = (company for some in KIND.desired(config).values() for company in some)
    return sorted({*by_name, *(company for grantor in grantors(config) for company in grantor.companies)})


def by_rule(
    config: Config, matches: Sequence[Sequence[Mapping[str, Any]]], resource: Resource | None
) -> dict[str, RuleGrant]:
    """Return the grants by contact id of those whom the rules concern and no list names; `matches` are of each rule."""
    given = grantors(config)
    live = resource.values if resource else None
    there = {person["id"]: person for person in (live.people if isinstance(live, ByName) else ())}
    people = there | {person["id"]: person for some in matches for person in some}
    names = frozenset(KIND.desired(config))
    folded = frozenset(name.casefold() for name in names)
    managed = frozenset(company for grantor in given for company in grantor.companies)
    deciding = [{person["id"] for person in some} for some in matches]
    grants = {}
    for text in sorted(people):
        if _is_named(people[text], names, folded):
            continue
        fitting = [number for number, ids in enumerate(deciding) if text in ids]
        now = set(there[text]["companies"]) if text in there else set()
        if not fitting and not now & managed:
            continue
        then = (now - managed).union(*(given[number].companies for number in fitting))
        first = next((number for number, grantor in enumerate(given) if now & set(grantor.companies)), 0)
        called = str(people[text]["email"] or text)
        grants[text] = RuleGrant(
            companies=tuple(sorted(then)),
            others=tuple(sorted(now - managed)),
            rule=fitting[0] if fitting else first,
            matches=bool(fitting),
            called=called,
        )
    return grants


def _is_named(person: Mapping[str, Any], names: frozenset[str], folded: frozenset[str]) -> bool:
    """Tell whether the names of a file, and the same casefolded, include one of a person's."""
    email = person["email"]
    return not names.isdisjoint((person["id"], person["external_id"])) or (
        email is not None and email.casefold() in folded
    )


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

    def desired(self, config: Config) -> Mapping[str, Sequence[str]]:
        """Return the grants of the people whom a file names, and of those whom its rules concern."""
        named = super().desired(config)
        return {**named, **{text: list(grant.companies) for text, grant in config.by_rule.items()}}

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
            # A file may call them by any of these, and a rule of it by the contact's id.
            called = " ".join(str(person[item]) for item in ("external_id", "email", "id") if person[item])
            yield LiveField(self.address(), called, known=True)
        yield from (
            LiveField(self.address(), ".".join(map(str, path)), known=False) for path in self.unknown_fields(part)
        )

    def covers(self, declared: Mapping[str, Any], field: str) -> bool:
        names = {field.casefold(), *field.casefold().split(" ")}
        return any(name.casefold() in names for name in declared)

    def recorded(self, address: str, config: Config, state: State) -> Mapping[str, Any]:
        """Return the grants last applied; of people whom rules concern, only companies that go by rule count."""
        recorded = dict(state.recorded(address))
        managed = {company for grantor in grantors(config) for company in grantor.companies}
        unchanged = state.record is not None and state.record.digest == config.digest
        for person, grant in config.by_rule.items():
            if person in recorded:
                recorded[person] = sorted({*grant.others, *managed.intersection(recorded[person])})
            elif unchanged and not grant.matches:
                # The last apply of the same file left no such grant to whoever matched no rule, and recorded nothing.
                recorded[person] = list(grant.companies)
        return recorded

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        people = list(outcome.items())
        portions = (dict(people[start : start + _AT_ONCE]) for start in range(0, len(people), _AT_ONCE))
        return tuple(Operation("PATCH", self.name, {"people": some}) for some in portions)

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
