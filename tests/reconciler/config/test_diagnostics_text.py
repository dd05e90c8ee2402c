"""How diagnostics look."""

from __future__ import annotations

import unicodedata

import pytest
from click import unstyle
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.diagnostics import Diagnostic, Severity, Source, error, warning
from reconciler.render.text.diagnostics import summary, text


def shown(line: str, column: int) -> tuple[str, str]:
    """Return the source line as it is printed, and the line with the mark under it."""
    printed = unstyle(text([error("x", "y", source=Source("f", 1, column, line))])).splitlines()
    return printed[3].removeprefix("1 | "), printed[4].removeprefix("  | ")


def columns(text_shown: str) -> int:
    return sum(
        0 if unicodedata.category(one) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text_shown
    )


@pytest.mark.parametrize(
    ("line", "column", "marked"),
    [
        ("a: yes", 4, "yes"),
        ("\ta:\tyes", 5, "yes"),
        ("日本: 語, b", 5, "語"),
        ("日本: 語, b", 8, "b"),
        ('x: "a b" # c', 4, '"a b"'),
        ("é́: 1", 5, "1"),
        ("👩‍👩: x", 6, "x"),
        ("a: [b, c]", 4, "["),
        ("ab", 3, ""),
        ("x" * 500 + " yes " + "y" * 500, 502, "yes"),
        ("a" * 300, 1, "a"),
    ],
)
def test_the_mark_is_under_what_is_meant(line: str, column: int, marked: str) -> None:
    above, mark = shown(line, column)
    start = len(mark) - len(mark.lstrip())
    position = next(index for index in range(len(above) + 1) if columns(above[:index]) == start)
    assert above[position:].startswith(marked)
    assert columns(above) <= 130


@given(st.text(max_size=60), st.integers(1, 70))
def test_any_line_can_be_shown(line: str, column: int) -> None:
    printed = text([error("x", line, remedy=line, source=Source(line, 1, column, line))])
    assert all(unicodedata.category(one) not in ("Cc", "Cf", "Zl", "Zp") for one in unstyle(printed).replace("\n", ""))


def test_without_a_place_or_a_line() -> None:
    assert unstyle(text([error("x", "wrong", remedy="Right it.")])) == "error[x]: wrong\n = help: Right it.\n"
    assert unstyle(text([warning("x", "odd", source=Source("f", 12, 3))])) == "warning[x]: odd\n  --> f:12:3\n"


def test_a_place_that_was_masked_has_no_mark() -> None:
    printed = unstyle(text([error("x", "y", source=Source("f", 1, 30, "token: ***"))]))
    assert "token: ***" in printed
    assert "^" not in printed


def test_line_numbers_move_the_gutter() -> None:
    printed = unstyle(text([error("x", "y", remedy="z", source=Source("f", 123, 1, "a"))])).splitlines()
    assert printed == ["error[x]: y", "   --> f:123:1", "    |", "123 | a", "    | ^", "    = help: z"]


def test_colours_tell_severities_apart() -> None:
    assert text([error("x", "y")]).startswith("\x1b[31m")
    assert text([warning("x", "y")]).startswith("\x1b[33m")


def test_summary_counts() -> None:
    info = Diagnostic(code="x", severity=Severity.INFO, summary="y")
    assert summary([error("x", "y"), error("x", "y"), warning("x", "y"), info]) == "2 errors, 1 warning, 1 info."
    assert summary([error("x", "y")]) == "1 error."


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("column", [1, 40, 90])
def test_an_excerpt_fits_its_columns_whatever_it_is_written_in(width: int, column: int) -> None:
    line = "山田太郎 " * 8 + "wrong: 山田太郎 " + "Ｗｉｄｅ " * 20
    diagnostic = error("wrong-type", "it is wrong", source=Source("portal.yaml", 12, column, line))
    printed = unstyle(text([diagnostic], width)).splitlines()
    assert all(columns(one) <= width for one in printed)
    excerpt, marks = printed[3], printed[4]
    assert "…" in excerpt
    # What is marked stands above the mark, counted in columns.
    begins = columns(marks[: marks.index("^")])
    beside = "".join(one for place, one in enumerate(excerpt) if columns(excerpt[:place]) >= begins)
    assert beside[0] == line[column - 1]
