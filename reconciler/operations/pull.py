"""Pull: the live settings as a commented configuration with an empty plan; a comment for what no file can hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.config import desired, validate
from reconciler.config.edit import emit
from reconciler.config.edit.format import known_order
from reconciler.config.yaml import document as source
from reconciler.core.contract import load_json
from reconciler.core.diagnostics import Diagnostic, Severity, warning
from reconciler.core.errors import UsageError
from reconciler.core.wording import where
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare import diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path
    from reconciler.kinds.state import State

_FILE = "<pulled>"
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa0-\u024f\u0370-\u052f\u3040-\ud7ff]")
_FIXED: tuple[Path, ...] = (("version",), ("name",), ("help_center", "identifier"))
"""The required paths of a file."""

_DEPTH = {"help_center": 2, "messenger": 3, "data_attributes": 4, "portal": 2, "audience": 1, "homepage": 4}
"""The length of the path that is left out as one, by part, where a file cannot hold it."""

_GUARDS = {"max_access_gained": "10%", "max_access_lost": "5%"}

# For the parts of which a pulled file says more than the schema.
_COMMENTS = {
    "help_center": "The Help Center that the portal is a part of.",
    "messenger": "How end users prove who they are, and which spaces they see; the tickets space links to the portal.",
    "data_attributes": "Every custom attribute. Rules may name only what is declared here, and none of these should "
    "become writable from a browser unnoticed.",
    "portal": "The portal itself, and whose tickets people with access see.",
    "audience": "Who may open the portal: everyone, nobody, or whoever matches a rule.",
    "homepage": "The sections of the live homepage in their order. Those that are not listed stay as they are.",
    "guards": "How far a plan may go before somebody allows it by name, with --allow. No live setting: choose.",
}


@dataclass(frozen=True, slots=True)
class Pulled:
    """A pulled configuration, with a warning for each part left out."""

    text: str
    left_out: tuple[Diagnostic, ...]


def attributes(state: State) -> Mapping[str, Any]:
    """Return the data attributes of a workspace in declared form."""
    entry: Mapping[str, Any] = _values(state, state.help_center).get("data_attributes", {})
    return entry


def pulled(state: State, name: str) -> Pulled:
    """Write the configuration of an observed state; raise UsageError for an invalid name."""
    values = _values(state, name)
    notes: dict[Path, str] = dict(_unknown(state))
    while True:
        document = source.parse("\n".join(_lines(state, values, {})) + "\n", _FILE)
        notes_of_refused = dict(_impossible(document, state))
        if not notes_of_refused:
            break
        notes |= notes_of_refused
        less = _without(values, set(notes_of_refused))
        # What is wrong with something that is not there is wrong with the part around it.
        values = less if less != values else _without(values, {path[:1] for path in notes_of_refused})
    warnings = [warning("pull-left-out", f"{_shown(path)} is left out: {why}") for path, why in notes.items()]
    return Pulled("\n".join(_lines(state, values, notes)) + "\n", tuple(warnings))


# --- values -------------------------------------------------------------------------------------


def _values(state: State, name: str) -> dict[str, Any]:
    values: dict[str, Any] = {"version": 1, "name": name, "help_center": {"identifier": state.help_center}}
    for address, resource in state.resources.items():
        for path, value in kind_of(address).pulled(address, resource):
            if not _unsure(state, address, path):
                _put(values, path, value)
    everyone = values.get("audience") == "everyone"
    ordered: dict[str, Any] = _ordered({**values, "guards": {**_GUARDS, "allow_everyone": everyone}})
    return ordered


def _put(values: dict[str, Any], path: Path, value: Any) -> None:
    *parents, last = path
    for step in parents:
        values = values.setdefault(str(step), {})
    values[str(last)] = value


def _ordered(values: Any, path: Path = ()) -> Any:
    """Sort the keys of mappings in the usual order."""
    if isinstance(values, list):
        return [_ordered(value, (*path, index)) for index, value in enumerate(values)]
    if not isinstance(values, dict):
        return values
    rank = {key: place for place, key in enumerate(known_order(path))}
    names = sorted(values, key=lambda key: rank.get(key, len(rank)))
    return {key: _ordered(values[key], (*path, key)) for key in names}


def _without(values: Any, paths: set[Path], path: Path = ()) -> Any:
    """Remove values by path, and mappings that become empty."""
    if isinstance(values, dict):
        kept = {key: _without(value, paths, (*path, key)) for key, value in values.items() if (*path, key) not in paths}
        return {key: value for key, value in kept.items() if value not in ({}, []) or values[key] in ({}, [])}
    if isinstance(values, list):
        left = [(index, value) for index, value in enumerate(values) if (*path, index) not in paths]
        return [_without(value, paths, (*path, index)) for index, value in left]
    return values


# --- what a file cannot say ---------------------------------------------------------------------


def _unknown(state: State) -> Iterator[tuple[Path, str]]:
    """Yield live values unknown to this version."""
    for address, resource in state.resources.items():
        for path, what in kind_of(address).not_pulled(resource):
            yield path, f"this version does not know {what}"
        for path, _ in kind_of(address).pulled(address, resource):
            if why := _unsure(state, address, path):
                yield _unit(path), why


def _unsure(state: State, address: str, path: Path) -> str:
    """Explain the omission of a vendor's value that nobody knows; empty where it is known."""
    kind = kind_of(address)
    # A kind without fields of its own has one for whatever its objects hold.
    fields = kind.fields or (str(path[-1]),)
    field = next((text for text in fields if kind.source(address, text) == path), fields[0])
    known = state.known(address, field)
    if known is None:
        return ""
    if known.one_of and known.how != "attested":
        return f"it is one of {', '.join(map(str, known.one_of))}, and only a person can say which"
    return "only a person can say how it is" if known.unknown else ""


def _impossible(document: Document, state: State) -> Iterator[tuple[Path, str]]:
    """Yield the paths to leave out so that the file is valid and matches the live state."""
    problems = [diagnostic for diagnostic in validate.validate(document) if diagnostic.severity is Severity.ERROR]
    for problem in problems:
        path = _unit(_path_at(document, problem))
        if path in _FIXED or not path:
            raise UsageError(
                Diagnostic(code=problem.code, severity=problem.severity, summary=problem.summary, remedy=problem.remedy)
            )
        yield path, problem.summary
    if problems:
        return
    for difference in diff.differences(desired.build(document), state):
        for change in difference.fields:
            yield _unit(change.path), "a file cannot say it exactly"


def _path_at(document: Document, problem: Diagnostic) -> Path:
    """Find the innermost value or key at the place of a problem."""
    place = (problem.source.line, problem.source.column) if problem.source else (0, 0)
    nearest: Path = ()
    for path, node in document.root.walk():
        if (node.line, node.column) == place and len(path) >= len(nearest):
            nearest = path
        nearest = next(((*path, key) for key, at in node.keys.items() if at == place), nearest)
    return nearest


def _unit(path: Path) -> Path:
    return path[: _DEPTH.get(str(path[0]), 1)] if path else path


# --- text ---------------------------------------------------------------------------------------


def _lines(state: State, values: Mapping[str, Any], notes: Mapping[Path, str]) -> Iterator[str]:
    yield "# yaml-language-server: $schema=portal.schema.json"
    yield "#"
    yield from _remark(
        f"What {state.workspace_name} had in its Help Center {state.help_center}, written by portal pull."
    )
    yield "# What this file does not name is left alone. portal schema portal > portal.schema.json helps editors."
    yield ""
    style = emit.Style()
    definitions = load_json("portal.schema.json")["$defs"]
    keys = set(values) | {str(path[0]) for path in notes}
    for key in (text for text in known_order(()) if text in keys):
        if comment := _COMMENTS.get(key) or definitions.get(key, {}).get("description"):
            yield ""
            yield from _remark(comment)
        for path, why in notes.items():
            if path[0] == key:
                yield from _remark(f"Left out: {_shown(path)}: {why}")
        if key in values:
            yield from emit.entry(key, values[key], 0, style, spread=key in ("help_center", "portal"))


def _remark(text: str) -> Iterator[str]:
    from textwrap import wrap

    printable = _UNPRINTABLE.sub("?", " ".join(text.split()))
    yield from (f"# {line}" for line in wrap(printable, 110, break_long_words=False, break_on_hyphens=False))


def _shown(path: Path) -> str:
    return _UNPRINTABLE.sub("?", where(path))
