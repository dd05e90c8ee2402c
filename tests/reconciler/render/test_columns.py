"""Tables count columns, not characters: names are of every script."""

from __future__ import annotations

import unicodedata

import pytest
from click import style, unstyle

from reconciler.render import plain
from reconciler.render.text.fit import fitted, table
from reconciler.render.text.people import preview

PEOPLE = ["Ada Okafor", "山田太郎", "Chloe\u0301 Fontaine", "Ｗｉｄｅ", "Müller", "ปุ๊"]


@pytest.mark.parametrize(
    ("text", "columns"), [("Ada", 3), ("山田太郎", 8), ("e\u0301", 1), ("Ｗ", 2), ("Müller", 6), ("ปุ๊", 1), ("", 0)]
)
def test_a_text_takes_so_many_columns(text: str, columns: int) -> None:
    assert plain.columns(text) == columns
    assert plain.columns(plain.padded(text, 10)) == 10
    assert plain.padded(text, columns) == text


def test_a_table_of_names_of_every_script_is_straight() -> None:
    people = [
        {"id": str(number), "email": f"p{number}@x.example", "name": name, "external_id": None, "companies": ["Acme"]}
        for number, name in enumerate(PEOPLE)
    ]
    document = {"audience": "everyone", "count": 1234567, "people": people, "page": 1, "total_pages": 1}
    text = preview(document)  # type: ignore[arg-type]  # of a document, what is shown
    assert "1,234,567 people match" in text
    rows = [line for line in text.splitlines() if "Acme" in line]
    assert len({plain.columns(line.partition("Acme")[0]) for line in rows}) == 1
    assert any(unicodedata.east_asian_width(one) == "W" for line in rows for one in line)


def test_lines_wrap_at_words_and_stand_below_what_they_belong_to() -> None:
    said = "  → Set messenger.identity to jwt, and tell 山田太郎 and everybody else of the team before you do that.\n"
    assert fitted(said, 44) == (
        "  → Set messenger.identity to jwt, and tell\n"
        "    山田太郎 and everybody else of the team\n"
        "    before you do that.\n"
    )
    row = f"  {'soak':<8}  live since Monday; the file asks for a week, of which three days are left\n"
    assert fitted(row, 44).splitlines()[1].startswith(" " * 12 + "for")


@pytest.mark.parametrize(
    "line",
    [
        "  portal apply plan.json --allow widens_access --allow narrows_access",
        '12 | {attribute: person.email, ends_with: "@examply.example"}',
        "   |                                          ^^^^^^^^^",
        "https://help.acme.example/en/tickets-portal/that-is-longer-than-it-should",
    ],
)
def test_what_is_copied_or_points_at_a_column_stays_whole(line: str) -> None:
    assert fitted(line, 44) == line


def test_without_a_terminal_no_line_is_touched() -> None:
    assert fitted("a " * 500, None) == "a " * 500


def test_colours_go_on_behind_a_wrapped_line() -> None:
    shown = fitted(style("one two three four five six seven eight nine ten", fg="red"), 40)
    assert unstyle(shown) == "one two three four five six seven eight\n  nine ten"
    assert [one.count("\x1b[31m") for one in shown.split("\n")] == [1, 1]


ROWS = [["r1", "applied", "山田太郎", ""], ["r2", style("failed", fg="red"), "Ada Okafor, of the second office", ""]]


def test_a_table_without_names_flows_where_it_is_too_wide() -> None:
    assert list(map(unstyle, table(ROWS, None))) == [
        "r1  applied  山田太郎",
        "r2  failed   Ada Okafor, of the second office",
    ]
    assert list(map(unstyle, table(ROWS, 40))) == [
        "r1  applied  山田太郎",
        "r2  failed",
        "    Ada Okafor, of the second office",
    ]


def test_a_table_with_names_turns_vertical_where_it_is_too_wide() -> None:
    head = ["receipt", "outcome", "by", "note"]
    assert next(map(unstyle, table(ROWS, 80, head=head))) == "receipt  outcome  by                                note"
    assert list(map(unstyle, table(ROWS, 40, head=head))) == [
        *("r1", "  outcome  applied", "  by       山田太郎"),
        *("r2", "  outcome  failed", "  by       Ada Okafor, of the second office"),
    ]


def test_what_begins_far_to_the_right_is_not_left_with_a_letter_a_line() -> None:
    assert max(map(len, fitted(f"{'':60}as words", 40).splitlines())) > len("as")
    assert len(fitted(f"{'':60}some words that have to wrap", 40).splitlines()) <= 3
