"""Drift → the file that says what the workspace has: the live values, written where the file declares these fields.

All or nothing. What a file cannot say is named with the reason, and then nothing is written at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from reconciler import config as desired
from reconciler import diff, ignoring, rules, semantics, source
from reconciler.diagnostics import Diagnostic, Severity, error
from reconciler.diff import Origin
from reconciler.edits import Edit, edited
from reconciler.errors import ConfigurationInvalid, UsageError
from reconciler.kinds import kind_of
from reconciler.overrides import effective
from reconciler.wording import did_you_mean, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.config import Config
    from reconciler.diagnostics import Path
    from reconciler.plan import Drift
    from reconciler.source import Document
    from reconciler.state import State


@dataclass(frozen=True, slots=True)
class Adoption:
    """What became of the findings.

    Attributes:
        adopted: Those whose live values the file says now.
        left: The others: nobody chose them, or the file changed there too.
        declared: Attributes that the file had to declare because an adopted rule names them, by address.
        data: The content of the file.
    """

    adopted: tuple[Drift, ...]
    left: tuple[Drift, ...]
    declared: tuple[str, ...]
    data: bytes


def adoption(data: bytes, config: Config, state: State, findings: Sequence[Drift], only: Sequence[str]) -> Adoption:
    """Return the file with the live values of what drifted.

    Args:
        data: The content of the file.
        config: What it wants.
        state: What was observed.
        findings: What somebody else changed.
        only: The findings to adopt, as `ADDRESS` or `ADDRESS.FIELD`; none for all of which the file did not change.

    Raises:
        UsageError: There is no such finding.
        ConfigurationInvalid: A live value cannot be written; the diagnostics name each.
    """
    chosen = tuple(_chosen(findings, only))
    left = tuple(one for one in findings if one not in chosen)
    if not chosen:
        return Adoption((), left, (), data)
    document = source.parse(source.decode(data, config.document.file), config.document.file)
    adopter = _Adopter(document, config, state)
    edits = [edit for one in chosen for edit in adopter.edits(one)]
    if adopter.problems:
        raise ConfigurationInvalid(_with_way_out(adopter.problems, findings))
    result = edited(data, document.file, edits)
    _check(result, config, state, {where_written(one): one for one in chosen}, findings)
    return Adoption(chosen, left, tuple(dict.fromkeys(adopter.declared)), result)


def where_written(one: Drift) -> Path:
    """Return where a file declares a drifted field."""
    return kind_of(one.address).source(one.address, one.field)


def _chosen(findings: Sequence[Drift], only: Sequence[str]) -> Iterator[Drift]:
    names = {name for one in findings for name in (one.address, _name(one))}
    unknown = [name for name in only if name not in names]
    if unknown:
        otherwise = f"There is {', '.join(sorted(names - {one.address for one in findings})) or 'no drift'}."
        raise UsageError(
            [
                error("finding-unknown", f"`{name}` has not drifted", remedy=did_you_mean(name, names, otherwise))
                for name in unknown
            ]
        )
    for one in findings:
        named = one.address in only or _name(one) in only
        if named or (not only and one.origin is Origin.DRIFT):
            yield one


class _Adopter:
    """Finds the edits for one file after the other finding, and notes what is not possible."""

    def __init__(self, document: Document, config: Config, state: State) -> None:
        self._document, self._config, self._state = document, config, state
        self._wanted = diff.declared(ignoring.managed(config))
        self.problems: list[_Problem] = []
        self.declared: list[str] = []

    def edits(self, one: Drift) -> Iterator[Edit]:
        """Yield the edits that make the file say what is live."""
        kind, path = kind_of(one.address), where_written(one)
        resource = self._state.resources.get(one.address)
        if self._overridden(path):
            said = "an environment overrides it, and overrides are not edited"
            self._refuse("adopt-overridden", one, said, f"Change `{where(path)}` in the overrides by hand.")
            return
        wanted = self._wanted[one.address][one.field]
        live = None if resource is None else kind.observed(one.field, wanted, resource)
        if resource is None or live is None:
            said = "it is not there any more" if resource is None else "it is not set, which a file cannot say"
            remedy = f"Remove `{where(path)}` to leave it alone from now on, or put it back with portal apply."
            self._refuse("adopt-not-expressible", one, said, remedy)
            return
        if rules.has_foreign(live):
            said = "its rule has a part that this version does not know"
            self._refuse("adopt-not-expressible", one, said, "Put it back with portal apply, or use a newer version.")
            return
        node = self._document.root.at(path)
        value = kind.written(one.field, live, node.value if node else None)
        yield Edit(path, value)
        yield from self._declarations(kind.needs({one.field: kind.before(one.field, wanted, resource)}))

    def _declarations(self, addresses: Iterable[str]) -> Iterator[Edit]:
        """Yield edits that declare the attributes which a rule needs and the file does not declare yet."""
        for address in sorted(addresses):
            resource = self._state.resources.get(address)
            if resource is None or not resource.facts.get("custom") or address in self.declared:
                continue
            path = kind_of(address).source(address, "type")
            if self._document.root.at(path) is None:
                self.declared.append(address)
                yield Edit(path, resource.values["type"])

    def _overridden(self, path: Path) -> bool:
        """Tell whether what is wanted is not said where the file says it for every environment."""
        meant, said = self._config.document.root.at(path), self._document.root.at(path)
        return meant is not None and (said is None or (said.line, said.column) != (meant.line, meant.column))

    def _refuse(self, code: str, one: Drift, said: str, remedy: str) -> None:
        self.problems.append(_refusal(code, one, said, remedy))


class _Problem(NamedTuple):
    """A finding that cannot be adopted, and why."""

    name: str
    why: Diagnostic


def _refusal(code: str, one: Drift, said: str, remedy: str) -> _Problem:
    summary = f"{one.address} {one.field} cannot be adopted: {said}"
    return _Problem(_name(one), error(code, summary, remedy=remedy, address=one.address, source=one.source))


def _name(one: Drift) -> str:
    """Return what the command line calls a finding."""
    return f"{one.address}.{one.field}"


def _with_way_out(found: Sequence[_Problem], findings: Sequence[Drift]) -> list[Diagnostic]:
    """Return why findings cannot be adopted, and how to adopt the others."""
    hindered = {one.name for one in found}
    problems = [one.why for one in found]
    others = [one for one in findings if _name(one) not in hindered and one.origin is Origin.DRIFT]
    if not others:
        return problems
    options = " ".join(f"--only {_name(one)}" for one in others)
    summary = "nothing was written, because not all of it can be"
    return [*problems, error("adopt-incomplete", summary, remedy=f"To adopt the rest: {options}.")]


# --- the proof ----------------------------------------------------------------------------------


def _check(data: bytes, config: Config, state: State, chosen: dict[Path, Drift], findings: Sequence[Drift]) -> None:
    """Refuse a file that could not be used, or that does not say what is live."""
    file = config.document.file
    document = source.parse(source.decode(data, file), file)
    problems = [one for one in semantics.validate(document) if one.severity is Severity.ERROR]
    if problems:
        blamed = dict.fromkeys(_blamed(document, one, chosen) for one in problems)
        raise ConfigurationInvalid(_with_way_out(list(blamed), findings))
    managed = ignoring.managed(desired.build(effective(document, config.environment)))
    differing = {(one.address, change.field) for one in diff.differences(managed, state) for change in one.fields}
    wrong = [one for one in chosen.values() if (one.address, one.field) in differing]
    if wrong:
        said = "the file would still not say what is live"
        remedy = "Change it by hand."
        refused = [_refusal("adopt-not-expressible", one, said, remedy) for one in wrong]
        raise ConfigurationInvalid(_with_way_out(refused, findings))


def _blamed(document: Document, problem: Diagnostic, chosen: dict[Path, Drift]) -> _Problem:
    """Return the refusal of the finding whose live value a file may not say."""
    line = problem.source.line if problem.source else 0
    spans = {path: node for path in chosen if (node := document.root.at(path))}
    path = next((path for path, node in spans.items() if node.line <= line <= node.end_line), next(iter(chosen)))
    said = f"a file may not say so: {problem.summary}"
    return _refusal("adopt-not-expressible", chosen[path], said, "Put it back with portal apply, or change it by hand.")
