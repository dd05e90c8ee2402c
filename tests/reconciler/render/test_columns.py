"""Tables count columns, not characters: names are of every script."""

from __future__ import annotations

import unicodedata

import pytest

from reconciler.render import plain
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
