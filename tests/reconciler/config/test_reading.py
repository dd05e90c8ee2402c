"""From bytes to values with positions."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.config import validate as semantics
from reconciler.config.edit.format import format_bytes
from reconciler.config.yaml import document as source
from reconciler.config.yaml.scalars import resolve
from reconciler.core.errors import ConfigurationInvalid
from reconciler.render.text.diagnostics import text as render

if TYPE_CHECKING:
    from pathlib import Path


def parse(text: str) -> source.Document:
    return source.parse(text, "portal.yaml")


def place(document: source.Document, *path: str | int, key: bool = False) -> tuple[int, int]:
    spot = document.source(path, key=key)
    return spot.line, spot.column


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("-7", -7),
        ("010", "010"),
        ("-012", "-012"),
        ("00", "00"),
        ("0o10", 8),
        ("0O10", "0O10"),
        ("0x1F", 31),
        ("0x", "0x"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1),
        ("-.5", -0.5),
        ("1e3", 1000),
        ("1.5E-2", 0.015),
        ("1e", "1e"),
        (".", "."),
        ("-", "-"),
        ("+", "+"),
        ("1.2.3", "1.2.3"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("9223372036854775807", 2**63 - 1),
        ("=", "="),
    ],
)
def test_plain_scalars_are_what_people_read(text: str, value: object) -> None:
    answer = resolve(text)
    assert answer == value
    assert type(answer) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "-1e999", "9223372036854775808", "9" * 100_000])
def test_numbers_that_json_cannot_carry_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"finite|large"):
        resolve(text)


def test_quoted_scalars_and_block_texts_are_text() -> None:
    values = parse("a: '5'\nb: \"true\"\nc: |\n  5\nd: >-\n  null\n").values
    assert values == {"a": "5", "b": "true", "c": "5\n", "d": "null"}


def test_keys_are_text() -> None:
    assert list(parse("on: 1\n1: 2\nnull: 3\n'': 4\n2026-01-31: 5\n").values) == ["on", "1", "null", "", "2026-01-31"]


def test_positions_of_values_and_keys() -> None:
    document = parse("a: 1\nhomepage:\n  - x\n  - {c: [é, y]}\n")
    assert place(document) == (1, 1)
    assert place(document, "a") == (1, 4)
    assert place(document, "homepage") == (3, 3)
    assert place(document, "homepage", key=True) == (2, 1)
    assert place(document, "homepage", 1, "c", 1) == (4, 13)
    assert place(document, "homepage", 1, "c", key=True) == (4, 6)
    assert document.source(("homepage", 1, "c")).text == "  - {c: [é, y]}"


def test_what_does_not_exist_is_placed_where_its_nearest_ancestor_is() -> None:
    document = parse("a:\n  b: 1\n")
    assert place(document, "a", "x", "y") == (2, 3)
    assert place(document, "a", "x", key=True) == (1, 1)
    assert place(document, "x") == (1, 1)


def test_an_alias_has_its_own_place_and_shares_what_is_inside() -> None:
    document = parse("a: &a\n  b: [1]\nc: *a\n")
    assert place(document, "c") == (3, 4)
    assert place(document, "c", "b", 0) == (2, 7)
    assert document.values["c"] is document.values["a"]


def test_an_anchor_can_be_defined_again() -> None:
    assert parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").values == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_lines_are_counted_as_editors_do() -> None:
    document = source.parse(source.decode("\ufeffa: 1\r\nb: 2\rc: 3\nd: 4".encode(), ""), "")
    assert [place(document, name) for name in "abcd"] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_long_lines_are_cut() -> None:
    assert len(parse("name: " + "x" * 10_000).source(("name",)).text) == 2000


def test_walk_visits_every_place_in_the_order_of_the_file() -> None:
    paths = [path for path, _ in parse("a: [1, {b: 2}]\nc: 3\n").root.walk()]
    assert paths == [(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ("c",)]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a: 1")))
    document = source.load("-")
    assert (document.file, document.values) == ("<stdin>", {"a": 1})


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "portal.yaml"
    path.write_text("version: 1\n", encoding="utf-8")
    assert source.load(str(path)).source(("version",)).file == str(path)


@pytest.mark.parametrize("name", ["missing.yaml", ".", "portal.yaml/x", "x" * 5000, "nul\0"])
def test_what_is_no_readable_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "portal.yaml").touch()
    with pytest.raises(ConfigurationInvalid) as caught:
        source.load(f"{tmp_path}/{name}")
    assert caught.value.diagnostics[0].code in ("file-missing", "file-unreadable")


YAML_PIECES = st.sampled_from(
    ["a", "b", ": ", ":", "\n", "\n  ", "- ", "-", "[", "]", "{", "}", ", ", "&x ", "*x", "!t ", "|", ">+", "#", " # c",
     "'", '"', "\\", "\t", "? ", "<<", "---\n", "...\n", "%YAML 1.2\n", "1", "~", "version", "environments", "token",
     "audience", "any", "all", "attribute", "person.email", "is", "${X}", "\r\n", "\x85", "\u2028", "é", "\ufeff", "\0",
     "homepage: {sections: [", "expectations:\n  - {person: a, can: [", "overrides: {", "data_attributes: {company: {"]
)  # fmt: skip


def survives(data: bytes) -> None:
    """Assert that whatever the bytes are, they are either read and judged, or refused with a place."""
    try:
        document = source.parse(source.decode(data, "x"), "x")
        diagnostics = semantics.validate(document)
    except ConfigurationInvalid as problem:
        diagnostics = problem.diagnostics
        assert diagnostics
    assert all(one.source and one.source.line >= 1 and one.source.column >= 1 for one in diagnostics)
    render(diagnostics)
    with suppress(ConfigurationInvalid):
        format_bytes(data, "x")


@given(st.binary(max_size=200))
@example(b"\xff\xfea")
@example(b"a: \xf0\x28\x8c\x28")
def test_any_bytes(data: bytes) -> None:
    survives(data)


@given(st.text(max_size=100))
def test_any_text(text: str) -> None:
    survives(text.encode("utf-8", "surrogatepass"))


@given(st.lists(YAML_PIECES, max_size=40).map("".join))
@example("? ")
@example("? a")
@example("- - - -\n - -")
@example("environments: [")
@example("environments: {a: {overrides: {audience: *x}}}")
def test_anything_like_yaml(text: str) -> None:
    survives(text.encode())


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp"]), max_size=8)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def as_read(value: object) -> object:
    """Return a JSON value as YAML reads it: a number without a fraction is whole."""
    if isinstance(value, dict):
        return {key: as_read(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_read(one) for one in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**63
    return int(value) if whole and isinstance(value, float) else value


@given(st.dictionaries(TEXT, JSON_VALUES, min_size=1, max_size=4))
def test_json_is_read_as_itself(value: dict[str, object]) -> None:
    document = parse(json.dumps(value, ensure_ascii=False))
    assert {one.code for one in document.diagnostics} <= {"yaml-number"}
    if not document.diagnostics:
        assert document.values == as_read(value)


SECRET = "tok-9d3e-never-show"
FILES = [
    f"version: 1\nname: acme\nenvironments:\n  staging:\n    workspace: https://a.example\n    token: {SECRET}\n",
    f"version: 1\nname: acme\nenvironments:\n  staging: {{workspace: 'https://a.example', token: '{SECRET}'}}\n",
    f"version: 1\nname: acme\nenvironments:\n  staging:\n    token: |\n      {SECRET}\n    workspace: 5\n",
    f"version: 1\nname: acme\nenvironments:\n  a:\n    workspace: https://user:{SECRET}@a.example\n    token: ${{T}}\n",
]


def test_a_credential_without_its_colon_is_not_shown() -> None:
    diagnostics = semantics.validate(parse(FILES[1].replace("token: '", "token '")))
    assert SECRET not in repr(diagnostics)
    assert "null-not-allowed" in {one.code for one in diagnostics}


@given(st.sampled_from(FILES), st.data())
def test_no_credential_is_ever_shown(text: str, data: st.DataObject) -> None:
    start = text.index(SECRET)
    spot = data.draw(st.sampled_from([*range(start), *range(start + len(SECRET), len(text))]))
    inserted = data.draw(st.sampled_from(["", *"abc \"'{}[]:,#&*!|>%@-\n\t"]))
    broken = text[:spot] + inserted + text[spot + data.draw(st.integers(0, 1)) :]
    try:
        diagnostics = semantics.validate(parse(broken))
    except ConfigurationInvalid as problem:
        diagnostics = problem.diagnostics
    assert SECRET not in repr(diagnostics)
    assert SECRET not in render(diagnostics)
