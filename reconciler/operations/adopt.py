"""Adopt drift: write live values into the files, where each field is declared or overridden; all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, cast

from reconciler.config import desired, validate
from reconciler.config.edit.edits import Edit, edited
from reconciler.config.environments.overrides import effective
from reconciler.core.diagnostics import Diagnostic, Severity, error
from reconciler.core.documents import head
from reconciler.core.errors import ConfigurationInvalid, UsageError
from reconciler.core.wording import did_you_mean, where
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare import diff
from reconciler.plan.compare import ignore_rules as ignoring
from reconciler.plan.compare.diff import Origin
from reconciler.plan.document import write
from reconciler.rules import model as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.config.environments.files import Files
    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path, Source
    from reconciler.core.document_types.result import AdoptionDocument
    from reconciler.kinds.state import State
    from reconciler.plan.model import Drift


@dataclass(frozen=True, slots=True)
class Adoption:
    """The outcome of an adoption."""

    adopted: tuple[Drift, ...]
    left: tuple[Drift, ...]  # not chosen, or changed in the file too
    declared: tuple[str, ...]  # attributes newly declared because an adopted rule names them, by address
    contents: Mapping[str, bytes]
    written: tuple[str, ...] = ()


def adoption(files: Files, config: Config, state: State, findings: Sequence[Drift], only: Sequence[str]) -> Adoption:
    """Write the live values of drifted fields into the files, or `only` of those called `ADDRESS` or `ADDRESS.FIELD`.

    Raises UsageError for an unknown finding, ConfigurationInvalid with one diagnostic for each value that does not fit.
    """
    chosen = tuple(_chosen(findings, only))
    left = tuple(finding for finding in findings if finding not in chosen)
    if not chosen:
        return Adoption((), left, (), files.contents)
    adopter = _Adopter(files.document(), config, state)
    edits = [edit for drift in chosen for edit in adopter.edits(drift)]
    if adopter.problems:
        raise ConfigurationInvalid(_with_way_out(adopter.problems, findings))
    result = _written(files, adopter.place, edits)
    _check(replace(files, contents=result), config, state, {adopter.path(drift): drift for drift in chosen}, findings)
    written = tuple(name for name, data in result.items() if data != files.contents[name])
    return Adoption(chosen, left, tuple(dict.fromkeys(adopter.declared)), result, written)


def where_written(drift: Drift) -> Path:
    """Find the declaration of a drifted field, before overrides."""
    return kind_of(drift.address).source(drift.address, drift.field)


def _chosen(findings: Sequence[Drift], only: Sequence[str]) -> Iterator[Drift]:
    names = {name for drift in findings for name in (drift.address, _name(drift))}
    unknown = [name for name in only if name not in names]
    if unknown:
        otherwise = f"There is {', '.join(sorted(names - {drift.address for drift in findings})) or 'no drift'}."
        raise UsageError(
            [
                error("finding-unknown", f"`{name}` has not drifted", remedy=did_you_mean(name, names, otherwise))
                for name in unknown
            ]
        )
    for finding in findings:
        named = finding.address in only or _name(finding) in only
        if named or (not only and finding.origin is Origin.DRIFT):
            yield finding


def _written(files: Files, place: Callable[[Path], tuple[str, Path]], edits: Iterable[Edit]) -> dict[str, bytes]:
    """Apply each edit to the file it belongs to."""
    of_file: dict[str, list[Edit]] = {name: [] for name in files.contents}
    for edit in edits:
        name, path = place(edit.path)
        of_file[name].append(Edit(path, edit.value))
    return {
        name: edited(files.contents[name], name, group, environment=name != files.main)
        for name, group in of_file.items()
    }


class _Adopter:
    """Collects the edits for each finding, and the findings that cannot be adopted."""

    def __init__(self, document: Document, config: Config, state: State) -> None:
        self._document, self._config, self._state = document, config, state
        self._overrides: Path = ("environments", config.environment, "overrides") if config.environment else ()
        self._desired = diff.declared(ignoring.without_ignored(config))
        self.problems: list[_Problem] = []
        self.declared: list[str] = []

    def edits(self, drift: Drift) -> Iterator[Edit]:
        """Yield the edits for a finding, with paths in the whole document."""
        kind, path = kind_of(drift.address), self.path(drift)
        resource = self._state.resources.get(drift.address)
        # A grant by rule is declared by no field of the file: what is adopted names the person.
        desired = self._desired.get(drift.address, {}).get(drift.field, drift.recorded)
        live = None if resource is None else kind.observed(drift.field, desired, resource)
        if resource is None or live is None:
            message = "it is not there any more" if resource is None else "it is not set, which a file cannot say"
            remedy = f"Remove `{where(path)}` to leave it alone from now on, or put it back with portal apply."
            self._refuse("adopt-not-expressible", drift, message, remedy)
            return
        if rules.has_foreign(live):
            message = "its rule has a part that this version does not know"
            self._refuse(
                "adopt-not-expressible", drift, message, "Put it back with portal apply, or use a newer version."
            )
            return
        node = self._document.root.at(path)
        value = kind.written(drift.field, live, node.value if node else None)
        yield Edit(path, value)
        base = path[: len(path) - len(where_written(drift))]
        yield from self._declarations(kind.needs({drift.field: kind.before(drift.field, desired, resource)}), base)

    def path(self, drift: Drift) -> Path:
        """Find the declaration of a drifted field in the observed environment."""
        place = where_written(drift)
        overrides = self._document.root.at(self._overrides) if self._overrides else None
        if overrides is None:
            return place
        # Nothing says the field itself where only its neighbour does: `unlisted`, which decides about sections.
        decisive = place if self._config.document.root.at(place) else place[:-1]
        return (*self._overrides, *place) if decisive and overrides.at(decisive) else place

    def place(self, path: Path) -> tuple[str, Path]:
        """Resolve a path of the whole document to a file and the path within it."""
        entry = self._document.root.at(self._overrides[:-1]) if self._overrides else None
        if entry is None or entry.text is None or path[: len(self._overrides)] != self._overrides:
            return self._document.file, path
        return entry.text.file, path[len(self._overrides) - 1 :]

    def _declarations(self, addresses: Iterable[str], base: Path) -> Iterator[Edit]:
        """Yield edits that declare a rule's undeclared attributes, beside the rule."""
        for address in sorted(addresses):
            resource = self._state.resources.get(address)
            if resource is None or not resource.facts.get("custom") or address in self.declared:
                continue
            path = kind_of(address).source(address, "type")
            if self._config.document.root.at(path) is None:
                self.declared.append(address)
                yield Edit((*base, *path), resource.values["type"])

    def _refuse(self, code: str, drift: Drift, message: str, remedy: str) -> None:
        self.problems.append(_refusal(code, drift, message, remedy))


class _Problem(NamedTuple):
    """A finding that cannot be adopted, with the reason."""

    name: str
    why: Diagnostic


def _refusal(code: str, drift: Drift, message: str, remedy: str) -> _Problem:
    summary = f"{drift.address} {drift.field} cannot be adopted: {message}"
    return _Problem(_name(drift), error(code, summary, remedy=remedy, address=drift.address, source=drift.source))


def _name(drift: Drift) -> str:
    """Name a finding as the command line does."""
    return f"{drift.address}.{drift.field}"


def _with_way_out(left: Sequence[_Problem], findings: Sequence[Drift]) -> list[Diagnostic]:
    """Explain the findings that cannot be adopted, and the command that adopts the others."""
    hindered = {problem.name for problem in left}
    problems = [problem.why for problem in left]
    others = [finding for finding in findings if _name(finding) not in hindered and finding.origin is Origin.DRIFT]
    if not others:
        return problems
    options = " ".join(f"--only {_name(other)}" for other in others)
    summary = "nothing was written, because not all of it can be"
    return [*problems, error("adopt-incomplete", summary, remedy=f"To adopt the rest: {options}.")]


# --- the proof ----------------------------------------------------------------------------------


def _check(files: Files, config: Config, state: State, chosen: dict[Path, Drift], findings: Sequence[Drift]) -> None:
    """Refuse files that are invalid, or that do not match the live values."""
    document = files.document()
    problems = [diagnostic for diagnostic in validate.validate(document) if diagnostic.severity is Severity.ERROR]
    if problems:
        blamed = dict.fromkeys(_blamed(document, problem, chosen) for problem in problems)
        raise ConfigurationInvalid(_with_way_out(list(blamed), findings))
    managed = ignoring.without_ignored(desired.build(effective(document, config.environment)))
    differing = {
        (difference.address, change.field)
        for difference in diff.differences(managed, state)
        for change in difference.fields
    }
    wrong = [drift for drift in chosen.values() if (drift.address, drift.field) in differing]
    if wrong:
        message = "the file would still differ from the live value"
        remedy = "Change it by hand."
        refused = [_refusal("adopt-not-expressible", drift, message, remedy) for drift in wrong]
        raise ConfigurationInvalid(_with_way_out(refused, findings))


def _blamed(document: Document, problem: Diagnostic, chosen: dict[Path, Drift]) -> _Problem:
    """Attribute an invalid value to its finding."""
    spans = ((path, node) for path in chosen if (node := document.root.at(path)))
    path = next((path for path, node in spans if _holds(document, node, problem.source)), next(iter(chosen)))
    message = f"a file cannot say this: {problem.summary}"
    return _refusal(
        "adopt-not-expressible", chosen[path], message, "Put it back with portal apply, or change it by hand."
    )


def _holds(document: Document, node: Node, source: Source | None) -> bool:
    file = node.text.file if node.text else document.file
    return source is not None and source.file == file and node.line <= source.line <= node.end_line


def adoption_document(
    config: Config, state: State, adoption: Adoption, *, target: str, difference: str
) -> AdoptionDocument:
    """Build the document of an adoption, with the difference of the files line by line."""
    return cast(
        "AdoptionDocument",
        {
            **head("adoption", "adopted" if adoption.adopted else "nothing_to_adopt"),
            "configuration": {"name": config.name, "file": config.document.file},
            "workspace": {
                "id": state.workspace,
                "name": state.workspace_name,
                "target": target,
                "help_center": state.help_center,
            },
            "adopted": [write.drift(drift) for drift in adoption.adopted],
            "left": [write.drift(drift) for drift in adoption.left],
            "declared": list(adoption.declared),
            "written": list(adoption.written),
            "difference": difference,
            "diagnostics": [],
        },
    )
