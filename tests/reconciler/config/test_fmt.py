"""The usual layout: cases, and what must hold for every file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.config.edit.format import format_bytes
from reconciler.config.edit.layout import comments, layout
from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid

CASES = Path(__file__).parents[2] / "cases" / "config"
BEFORE = sorted((CASES / "fmt").glob("*.before.yaml"))
EXAMPLES = Path(__file__).parents[3] / "examples"


def says(data: bytes) -> tuple[str, list[str]]:
    """Return the values and the comments of a file."""
    text = source.decode(data, "").replace("\r\n", "\n").replace("\r", "\n")
    values = source.parse(text, "").values
    return json.dumps(values, sort_keys=True), comments(text, layout(text).spans)


@pytest.mark.parametrize("path", BEFORE, ids=lambda path: path.name.removesuffix(".before.yaml"))
def test_cases(path: Path) -> None:
    data = format_bytes(path.read_bytes(), path.name)
    after = path.with_name(path.name.replace(".before.", ".after."))
    if os.environ.get("UPDATE_GOLDEN"):
        after.write_bytes(data)
    assert data == after.read_bytes()
    assert format_bytes(data, path.name) == data
    assert says(data) == says(path.read_bytes())


@pytest.mark.parametrize("path", [EXAMPLES / "portal.yaml"], ids=lambda path: path.name)
def test_the_examples_are_in_order(path: Path) -> None:
    assert format_bytes(path.read_bytes(), "") == path.read_bytes()


@pytest.mark.parametrize("path", sorted((CASES / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_valid_files_keep_what_they_say(path: Path) -> None:
    data = path.read_bytes()
    written = format_bytes(data, "")
    assert says(written) == says(data)
    assert format_bytes(written, "") == written


def formatted(data: bytes) -> bytes | None:
    """Return the file in its usual layout, or None if it was refused with a reason."""
    try:
        return format_bytes(data, "portal.yaml")
    except ConfigurationInvalid as problem:
        return None if problem.diagnostics else b"no reason"


@pytest.mark.parametrize("path", sorted((CASES / "invalid").glob("*.yaml")), ids=lambda path: path.stem)
def test_invalid_files_are_refused_or_keep_what_they_say(path: Path) -> None:
    text = formatted(path.read_bytes())
    if text is not None:
        assert says(text) == says(path.read_bytes())
        assert formatted(text) == text


def test_what_would_change_its_meaning_is_refused() -> None:
    # The blank line would become a part of the text that moves before it.
    text = b"guards: {}\n\nhelp_center: |+\n  kept\n"
    with pytest.raises(ConfigurationInvalid) as caught:
        format_bytes(text, "portal.yaml")
    assert [one.code for one in caught.value.diagnostics] == ["format-refused"]


# --- properties ---------------------------------------------------------------------------------

COMMENT = st.sampled_from(["", "", "  # why", " # a: b", "   #"])
ABOVE = st.lists(st.sampled_from(["", "# above", "# - commented: out", "#x", "      # deep", " "]), max_size=2)
SCALAR = st.sampled_from([
    "x", "true", "'a # b'", '"c: d"', "[a, b]", "{k: v, l: [1]}", "[a,\n{0}  b]", "two\n{0}  lines", "'q\n\n{0}  r'",
    "", "|\n{0}  # text\n{0}    more  ", ">-\n{0}  folded\n\n{0}  text", "|+\n{0}  kept\n\n", "|2-\n{0}    deep",
    "&a v", "*a",
])  # fmt: skip
KEYS = ["version", "name", "help_center", "messenger", "portal", "audience", "homepage", "expectations", "guards",
        "identifier", "live", "https", "all", "any", "not", "attribute", "is", "person", "can", "type", "enabled",
        "body", "title", "sections", "publish", "unlisted", "zebra", "x"]  # fmt: skip


@st.composite
def mappings(draw: st.DrawFn, indent: int = 0, depth: int = 3) -> list[str]:
    """Draw the lines of a block mapping, with comments and blank lines wherever they may be."""
    pad = " " * indent
    lines: list[str] = []
    for key in draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True)):
        lines += [pad + above if above.startswith("#") else above for above in draw(ABOVE)]
        kind = draw(st.sampled_from(["scalar", "scalar", "mapping", "list"])) if depth else "scalar"
        remark = draw(COMMENT)
        if kind == "scalar":
            first, *rest = draw(SCALAR).replace("{0}", pad).split("\n")
            can_remark = not rest and first != ""
            lines += [f"{pad}{key}: {first}{remark if can_remark else ''}", *rest]
        elif kind == "mapping":
            lines += [f"{pad}{key}:{remark}", *draw(mappings(indent + 2, depth - 1))]
        else:
            lines += [f"{pad}{key}:{remark}", *draw(sequences(indent + draw(st.sampled_from([0, 2])), depth - 1))]
    return lines


@st.composite
def sequences(draw: st.DrawFn, indent: int, depth: int) -> list[str]:
    pad = " " * indent
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        lines += [pad + above if above.startswith("#") else above for above in draw(ABOVE)]
        if depth and draw(st.booleans()):
            item = draw(mappings(indent + 2, depth - 1))
            first = next(
                number for number, line in enumerate(item) if line.strip() and not line.strip().startswith("#")
            )
            # Comments above the first key of an item belong above its dash.
            lines += [*item[:first], f"{pad}- {item[first][indent + 2 :]}", *item[first + 1 :]]
        else:
            lines.append(f"{pad}- item{draw(COMMENT)}")
    return lines


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(mappings(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "# header\n\n", "---\n"]))
def test_values_and_comments_survive_and_twice_is_once(lines: list[str], line_end: str, header: str) -> None:
    data = (header + "\n".join(lines) + "\n").replace("\n", line_end).encode()
    text = formatted(data)
    if text is None:
        # What is no YAML after all, or cannot be laid out, is left alone.
        return
    assert says(text) == says(data)
    assert formatted(text) == text
    assert text.endswith(line_end.encode()) or b"|" in text
