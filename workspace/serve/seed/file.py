"""Reads a seed file: YAML 1.2 (`yes`, `010` and dates are text) → plain values, each with its line.

One pass over the parser's events, without recursion: bounded memory for any file. A loader of PyYAML hides the places
of aliases, and older ones nest on the stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace.core.errors import WorkspaceError
from workspace.core.folding import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import jsonschema_rs
    from yaml import events

SCHEMA = Path(__file__).parent / "seed.schema.json"
MAX_DEPTH = 20
_SHOWN = 20

Step = str | int
At = tuple[Step, ...]


class SeedInvalid(WorkspaceError):
    """An invalid seed, with all problems, one line each: `FILE:LINE: what`."""

    def __init__(self, problems: Sequence[str]) -> None:
        rest = len(problems) - _SHOWN
        shown = [*problems[:_SHOWN], *([f"… and {rest} more"] if rest > 0 else [])]
        super().__init__("\n".join(shown), "Correct the seed file; examples/workspace.yaml shows how one looks.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Document:
    """A seed file's values, its name, which may be empty, and the line of every nested value, by its path."""

    values: Any
    file: str = ""
    lines: Mapping[At, int] = field(default_factory=dict)

    def complaint(self, at: At, what: str) -> str:
        """Return a complaint about the value at a path, with the place of the nearest value that has one."""
        named = f"{'.'.join(map(str, at))}: {what}" if at else what
        while at and at not in self.lines:
            at = at[:-1]
        place = f"{self.file}:{self.lines[at]}" if at in self.lines else self.file
        return f"{place}: {named}" if place else named


def read(path: Path) -> Document:
    """Read the seed at `path`, in the form of `seed.schema.json`; SeedInvalid if unreadable or of another form."""
    import yaml

    try:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except OSError as problem:
        raise SeedInvalid([f"{path}: cannot be read: {problem.strerror}"]) from problem
    except UnicodeDecodeError as problem:
        raise SeedInvalid([f"{path}: byte {problem.start} is not UTF-8"]) from problem
    builder = _Builder(str(path))
    try:
        document = builder.document(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise SeedInvalid([f"{path}:{line}: not YAML: {problem.problem}"]) from problem
    except yaml.YAMLError as problem:
        raise SeedInvalid([f"{path}: not YAML: {problem}"]) from problem
    check_form(document)
    return document


def check_form(document: Document) -> None:
    """Check a seed against `seed.schema.json`; SeedInvalid for another form."""
    results = [(tuple(error.instance_path), error.message) for error in _validator().iter_errors(document.values)]
    if results:
        raise SeedInvalid([document.complaint(at, what) for at, what in results])


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    import json

    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_bytes()))


# --- YAML events → values -------------------------------------------------------------------------

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def _plain_value(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is not complete yet; `key` is the key whose value comes next."""

    value: dict[str, Any] | list[Any]
    at: At
    key: str | None = None


class _Builder:
    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[_Open] = []
        self._lines: dict[At, int] = {}
        self._root: Any = None

    def document(self, stream: Iterable[events.Event]) -> Document:
        import yaml

        documents = 0
        for event in stream:
            line = event.start_mark.line + 1 if event.start_mark else 1
            if (tag := getattr(event, "tag", None)) is not None:
                raise self._wrong(line, f"tags are not read here: remove {tag}")
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._wrong(line, "a seed is one document; remove the second `---`")
                case yaml.AliasEvent():
                    raise self._wrong(line, "write the value again: aliases are not read here")
                case yaml.ScalarEvent():
                    self._scalar(event, line)
                case yaml.MappingStartEvent():
                    self._begin({}, line)
                case yaml.SequenceStartEvent():
                    self._begin([], line)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._open.pop()
        return Document(self._root, self._file, self._lines)

    def _wrong(self, line: int, what: str) -> SeedInvalid:
        return SeedInvalid([f"{self._file}:{line}: {what}"])

    def _key_is_next(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _scalar(self, event: events.ScalarEvent, line: int) -> None:
        text = event.value
        if not storable(text):
            raise self._wrong(line, "no database can keep this text: it holds a NUL or half of a surrogate pair")
        if not self._key_is_next():
            plain = event.implicit[0] and event.style in {None, ""}
            self._place(_plain_value(text) if plain else text, line)
        elif text in self._open[-1].value:
            raise self._wrong(line, f"{text} is there twice")
        else:
            self._open[-1].key = text

    def _begin(self, value: dict[str, Any] | list[Any], line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._wrong(line, f"values nest at most {MAX_DEPTH} deep")
        if self._key_is_next():
            raise self._wrong(line, "a key is a text")
        self._open.append(_Open(value, self._place(value, line)))

    def _place(self, value: Any, line: int) -> At:
        at: At = ()
        if not self._open:
            self._root = value
        else:
            inside = self._open[-1]
            if isinstance(inside.value, dict):
                key = inside.key or ""
                step: Step = key
                inside.value[key] = value
                inside.key = None
            else:
                step = len(inside.value)
                inside.value.append(value)
            at = (*inside.at, step)
        self._lines[at] = line
        return at
