"""Edits of single values: nothing else changes, whatever a file looks like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.config.edit.edits import REMOVED, Edit, edited, with_edits
from reconciler.config.edit.layout import comments, layout
from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid
from reconciler.core.matching import canonical
from tests.support.config.written import documents, keys, scalars, values, written
from tests.support.examples import examples
from tests.support.laws.strategies import configurations

if TYPE_CHECKING:
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Diagnostic, Path


def unified(data: bytes) -> str:
    return source.decode(data, "").replace("\r\n", "\n")


def parsed(data: bytes) -> source.Document:
    document = source.parse(source.decode(data, ""), "")
    assert not document.diagnostics
    return document


def remarks(data: bytes) -> list[str]:
    text = unified(data)
    return comments(text, layout(text).spans)


@st.composite
def edits_of(draw: st.DrawFn, document: Any, *, most: int = 3) -> list[Edit]:
    """Generate edits of different parts of a document: other values, new keys and items, removals."""
    paths = [path for path, _ in walk(document) if path]
    entries: list[Edit] = []
    for _ in range(draw(st.integers(1, most))):
        path = draw(st.sampled_from(paths))
        here = at(document, path)
        choice = draw(st.sampled_from(("scalar", "value", "remove", "add", "reorder")))
        if choice == "add" and isinstance(here, dict | list):
            new = draw(keys) if isinstance(here, dict) else len(here)
            path = (*path, new)
        if any(path[: len(one.path)] == one.path or one.path[: len(path)] == path for one in entries):
            continue
        if choice == "reorder" and isinstance(here, list) and here:
            entries.append(Edit(path, draw(st.permutations(here))))
        elif choice == "remove" and len(document) > 1:
            entries.append(Edit(path, REMOVED))
        else:
            entries.append(Edit(path, draw(scalars if choice == "scalar" else values)))
    return entries


def walk(value: Any, path: Path = ()) -> Any:
    yield path, value
    for step, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from walk(one, (*path, step))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def touched(document: source.Document, edit: Edit, lines: list[str]) -> set[int]:
    """Return the lines, from 0, that an edit may change: those of its value and key, and comments right about it.

    A collection in brackets is one value. So is what becomes empty, or changes from lines to brackets.
    """
    node: Node = document.root
    first, last = -1, -1
    for depth, step in enumerate(edit.path):
        inside = node.children.get(step)
        parent_flow = opens_flow(lines, node) and depth > 0
        if parent_flow or inside is None or (edit.value is REMOVED and len(node.children) == 1):
            if not parent_flow and inside is None:
                return {len(lines) - 1}
            break
        first, last = place(lines, node, step, inside)
        node = inside
    if first < 0:
        first, last = 0, len(lines) - 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    while last + 1 < len(lines) and (not lines[last + 1].strip() or lines[last + 1].lstrip().startswith("#")):
        last += 1
    return set(range(first, last + 1))


def dashed_instead(document: source.Document, edit: Edit, lines: list[str]) -> set[int]:
    """Return the line, from 0, whose key takes the dash of a list item, since the key that had it is removed."""
    item = document.root.at(edit.path[:-1]) if edit.value is REMOVED and edit.path else None
    if item is None or not item.keys or next(iter(item.keys)) != edit.path[-1]:
        return set()
    return {line - 1 for line, column in list(item.keys.values())[1:2] if not lines[line - 1][: column - 1].strip()}


def opens_flow(lines: list[str], node: Node) -> bool:
    text = re.sub(r"^&a\d+ ", "", lines[node.line - 1][node.column - 1 :])
    return isinstance(node.value, dict | list) and text.startswith(("[", "{"))


def place(lines: list[str], parent: Node, step: str | int, node: Node) -> tuple[int, int]:
    """Return the first and the last line of an entry with its key or its dash."""
    if isinstance(step, str):
        return parent.keys[step][0] - 1, node.end_line - 1
    first = node.line - 1
    if "-" not in lines[first][: node.column - 1]:
        upwards = range(first, -1, -1)
        first = next(number for number in upwards if lines[number][: node.column - 1].lstrip().startswith("-"))
    return first, node.end_line - 1


def check(data: bytes, edits: list[Edit]) -> bytes:
    """Assert everything that must hold for a file that was edited, and return it."""
    document = parsed(data)
    written = edited(data, "portal.yaml", edits)
    assert canonical(parsed(written).values) == canonical(with_edits(document.values, edits))
    before, after = unified(data).split("\n"), iter(unified(written).split("\n"))
    may_change = set[int]().union(*(touched(document, one, before) for one in edits))
    takes_dash = {moved for one in edits for moved in dashed_instead(document, one, before)}
    for number, line in enumerate(before):
        same = (new == line or (number in takes_dash and re.sub(r"^( *)- ", r"\1  ", new) == line) for new in after)
        assert number in may_change or any(same), f"line {number + 1} is gone: {line!r}"
    gone = [line for number, line in enumerate(before) if number in may_change]
    lost = set(remarks(data)) - set(remarks(written))
    assert not set(remarks(written)) - set(remarks(data))
    assert all(any(one in line for line in gone) for one in lost)
    if all(is_scalar(one.value) and is_scalar(at_or_none(document.values, one.path)) for one in edits):
        assert not lost
    assert (b"\r\n" in written) == (b"\r\n" in data) or written.count(b"\n") == 0
    assert written.startswith(b"\xef\xbb\xbf") == data.startswith(b"\xef\xbb\xbf")
    return written


def is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list) and value is not REMOVED


def at_or_none(value: Any, path: Path) -> Any:
    try:
        return at(value, path)
    except (KeyError, IndexError, TypeError):
        return []


CASES: dict[str, tuple[str, list[Edit], str]] = {
    "a quoted text stays quoted": (
        "a: 'x'  # why\nb: \"y\"\n",
        [Edit(("a",), "it's"), Edit(("b",), "z")],
        "a: 'it''s'  # why\nb: \"z\"\n",
    ),
    "what a style cannot hold gets double quotes": ("a: 'x'\nb: y\n", [Edit(("a",), "\t"), Edit(("b",), "1")],
        "a: \"\\t\"\nb: '1'\n"),
    "a comment stays beside its value where that gets lines of its own": (
        "portal:\n  ticket_visibility: company  # company | own\n  enabled: true\n",
        [Edit(("portal", "ticket_visibility"), {"own_for": {"all": [{"a": 1}]}})],
        "portal:\n  ticket_visibility:  # company | own\n    own_for:\n      all:\n        - {a: 1}\n  enabled: true\n",
    ),
    "the next key takes the dash of a removed one, and keeps its comments": (
        "- 1\n\n# about it\n\n- version: a  # x\n     # y\n\n  name: b  # why\n     # z\n",
        [Edit((1, "version"), REMOVED)],
        "- 1\n\n# about it\n\n- name: b  # why\n     # z\n",
    ),
    "and behind a block text that becomes something else": (
        "a: |-  # why\n  first\n    second\n\n# next\nb:\n  - >  # too\n    x\n  - y\nc: |  # and\n  z\n",
        [Edit(("a",), 0), Edit(("b", 0), 1), Edit(("c",), ["x" * 60, "y" * 60])],
        "a: 0  # why\n\n# next\nb:\n  - 1  # too\n  - y\nc:  # and\n  - " + "x" * 60 + "\n  - " + "y" * 60 + "\n",
    ),
    "and where it goes on one line": (
        "audience:  # who\n  any:\n    # inside\n    - {a: 1}\nhomepage: {}\n",
        [Edit(("audience",), "everyone")],
        "audience: everyone  # who\nhomepage: {}\n",
    ),
    "items move with their comments": (
        "s:\n  # one\n  - a  # 1\n  - b\n\n  # three\n  - c\n",
        [Edit(("s",), ["c", "a"])],
        "s:\n\n  # three\n  - c\n  # one\n  - a  # 1\n",
    ),
    "an item is written like those beside it": (
        "s:\n- a: 1\n  b: 2\n",
        [Edit(("s", 1), {"a": 3, "b": 4})],
        "s:\n- a: 1\n  b: 2\n- a: 3\n  b: 4\n",
    ),
    "an operator is renamed in its place": (
        "audience: {attribute: person.email, is: x}  # who\n",
        [Edit(("audience", "is"), REMOVED), Edit(("audience", "ends_with"), "@x")],
        'audience: {attribute: person.email, ends_with: "@x"}  # who\n',
    ),
    "a new key comes in the usual order, indented as the file is": (
        "name: x\nhelp_center:\n    # how\n    https: true\n",
        [Edit(("help_center", "live"), True), Edit(("messenger", "spaces", "tickets"), True)],
        "name: x\nhelp_center:\n    live: true\n    # how\n    https: true\nmessenger:\n    spaces: {tickets: true}\n",
    ),
    "an alias is written out where it should be something else": (
        "a: &x {k: 1}\nb: *x # why\n",
        [Edit(("b", "k"), 2)],
        "a: &x {k: 1}\nb: {k: 2} # why\n",
    ),
    "what is shared changes where all of it should": (
        "a: &x 1\nb: *x\n",
        [Edit(("a",), 2), Edit(("b",), 2)],
        "a: &x 2\nb: *x\n",
    ),
    "line ends and a missing last one stay": (
        "a: 1\r\nb: 2",
        [Edit(("b",), 3), Edit(("c",), 4)],
        "a: 1\r\nb: 3\r\nc: 4",
    ),
    "a text in lines stays one": (
        "a: |  # said\n    one\n    two\nb: 1\n",
        [Edit(("a",), "one\nthree\n")],
        "a: |  # said\n    one\n    three\nb: 1\n",
    ),
    "the comment about a removed item goes, one set apart stays": (
        "s:\n  # about all of them\n\n  # about a\n  - a  # 1\n  - b\n",
        [Edit(("s", 0), REMOVED)],
        "s:\n  # about all of them\n\n  - b\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    before, edits, after = CASES[name]
    assert edited(before.encode(), "portal.yaml", edits).decode() == after


def test_what_would_change_another_place_is_refused_there() -> None:
    refusals, _ = attempt(b"a: &x 1\nb: 2\nc: *x\n", [Edit(("a",), 2)])
    assert [(one.code, str(one.source)) for one in refusals] == [("edit-shared", "portal.yaml:3:4")]
    assert "line 1" in refusals[0].summary
    assert "`*x`" in refusals[0].remedy


def test_what_cannot_be_written_is_refused() -> None:
    refusals, _ = attempt(b"a: 1\n", [Edit(("a",), "\x07")])
    assert [one.code for one in refusals] == ["edit-unprovable"]


@examples(18)
@given(st.data())
def test_only_what_is_edited_changes(data: st.DataObject) -> None:
    text = data.draw(written(documents))
    edits = data.draw(edits_of(parsed(text).values))
    answer = check(text, edits)
    assert edited(answer, "", [one for one in edits if one.value is not REMOVED and names(one.path)]) == answer


def names(path: Path) -> bool:
    """Tell whether a path means the same before and after items were removed from lists."""
    return all(isinstance(step, str) for step in path)


@examples(18)
@given(st.data())
def test_configurations_are_edited_like_everything(data: st.DataObject) -> None:
    text = data.draw(written(configurations()))
    check(text, data.draw(edits_of(parsed(text).values)))


@examples(18)
@given(st.data())
def test_what_is_shared_is_never_changed_elsewhere(data: st.DataObject) -> None:
    text = data.draw(written(documents, anchors=True))
    assume(b"*a" in text)
    edits = data.draw(edits_of(parsed(text).values))
    refusals, outcome = attempt(text, edits)
    # An alias that would come before its anchor has no other place than the list that was put in another order.
    assert {one.code for one in refusals} <= {"edit-shared", "edit-unprovable"}
    lines = unified(text).split("\n")
    shared = [one.source for one in refusals if one.code == "edit-shared" and one.source]
    assert all(lines[source.line - 1][source.column - 1] == "*" for source in shared)
    if not refusals:
        assert canonical(parsed(outcome).values) == canonical(with_edits(parsed(text).values, edits))


def attempt(data: bytes, edits: list[Edit]) -> tuple[tuple[Diagnostic, ...], bytes]:
    """Return why a file is refused, or what becomes of it."""
    try:
        return (), edited(data, "portal.yaml", edits)
    except ConfigurationInvalid as refused:
        return refused.diagnostics, b""
