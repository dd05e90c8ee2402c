"""A list of very many tickets is counted up to a thousand, and reads on page by page like any other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from tests.support.pages.stage import numbers
from tests.workspace.web.pages.test_portal import PORTAL, listed
from workspace.database import engine as db
from workspace.database import tables
from workspace.people import rows as people
from workspace.people.rows import Company
from workspace.portal.statements import MOST_COUNTED, MOST_PARTS, PER_PAGE

if TYPE_CHECKING:
    import httpx

    from tests.support.pages.stage import Stage

FIRST = 100


def add(stage: Stage, count: int, **values: Any) -> list[int]:
    """Add copies of ticket 1, each newer than the one before, and return their numbers."""
    with db.writing(stage.engine) as connection:
        example = connection.execute(select(tables.tickets).where(tables.tickets.c.number == 1)).one()._asdict()
        rows = [
            {
                **example,
                "id": f"more-{number}",
                "number": number,
                "updated_at": example["updated_at"] + number,
                **values,
            }
            for number in range(FIRST, FIRST + count)
        ]
        connection.execute(insert(tables.tickets), rows)
    return [row["number"] for row in rows]


def page(client: httpx.Client, number: int, **query: str) -> str:
    answer = client.get(PORTAL, params={"page": str(number), **query})
    assert answer.status_code == 200, answer.text
    return answer.text


def follows(text: str) -> bool:
    return 'rel="next"' in text


def test_more_than_a_thousand_are_not_counted(stage: Stage) -> None:
    add(stage, MOST_COUNTED - 3)
    with stage.signed_in("bob") as bob:
        text = page(bob, 1)
        assert "1,000 tickets" in text
        assert "More than" not in text
        assert "Page 1 of 50" in text
        assert '<details class="filters">' in text
    with stage.signed_in("ada") as ada:
        # She sees one more, of no company.
        text = page(ada, 1)
        assert "More than 1,000 tickets" in text
        assert f'data-tickets="{MOST_COUNTED}" data-more' in text
        assert "Page 1<" in text
        assert '<details class="filters">' not in text


def test_all_pages_together_have_each_ticket_once(stage: Stage) -> None:
    add(stage, 1_050)
    with stage.signed_in("ada") as ada:
        seen: list[int] = []
        for number in range(1, 54):
            text = page(ada, number)
            assert follows(text) == (number < 53)
            seen += numbers(text)
        assert sorted(seen) == [1, 2, 5, 7, *range(FIRST, FIRST + 1_050)]
        assert seen == [7, 5, 2, *range(FIRST + 1_049, FIRST - 1, -1), 1]
        # A page beyond the last is the last.
        assert numbers(page(ada, 9_999)) == seen[-14:]
        assert "More than 1,000 tickets" in page(ada, 9_999)
        assert numbers(page(ada, 2, sort="number", order="asc")) == [*range(FIRST + 16, FIRST + 36)]
        oldest = page(ada, 1, sort="title", order="desc")
        assert len(numbers(oldest)) == PER_PAGE


def test_the_choices_of_filters_come_when_they_are_opened(stage: Stage) -> None:
    add(stage, 1_050)
    with stage.signed_in("ada") as ada:
        (address,) = re.findall(r'<p class="filters"><a href="([^"]+)">', page(ada, 1, sort="number", order="asc"))
        opened = ada.get(address.replace("&amp;", "&")).text
        assert '<details class="filters" open>' in opened
        assert '<option value="Engineering task">' in opened
        assert numbers(opened)[:2] == [1, 2]
        filtered = page(ada, 1, type="Engineering task")
        assert numbers(filtered) == [5]
        assert '<option value="Engineering task" selected>' in filtered


@pytest.mark.parametrize("companies", [MOST_PARTS - 1, MOST_PARTS, MOST_PARTS + 5])
def test_people_of_many_companies_see_the_tickets_of_all(stage: Stage, companies: int) -> None:
    names = [f"firm-{number}" for number in range(companies)]
    with db.writing(stage.engine) as connection:
        people.add_companies(connection, [Company(id=name, created_at=0, name=name) for name in names])
        people.add_memberships(connection, [("bob", name) for name in names])
        example = connection.execute(select(tables.tickets).where(tables.tickets.c.number == 3)).one()._asdict()
        rows = [
            {**example, "id": name, "number": FIRST + place, "company_id": name} for place, name in enumerate(names)
        ]
        connection.execute(insert(tables.tickets), rows)
    with stage.signed_in("bob") as bob:
        seen = [number for each in range(1, 4) for number in listed(bob, page=str(each), sort="number", order="asc")]
        assert set(seen) == {1, 2, 5, *range(FIRST, FIRST + companies)}
        assert bob.get(f"{PORTAL}/tickets/{FIRST}").status_code == 200
        assert bob.get(f"{PORTAL}/tickets/3").status_code == 404
        assert " · firm-0" in page(bob, 1, sort="number", order="asc")
    with stage.signed_in("cy") as cy:
        # All of them are by cy, who belongs to none of the companies.
        assert set(listed(cy)) <= {3, *range(FIRST, FIRST + companies)}
        assert "firm-0" not in page(cy, 1, sort="number", order="asc")


def test_restricted_people_of_a_long_list_see_their_own_only(stage: Stage) -> None:
    add(stage, 1_050)
    conditions = {"attribute": "email", "type": "text", "comparison": "eq", "value": "bob@x.example"}
    stage.set("ticket_visibility/acme", restricted=True, conditions=conditions)
    with stage.signed_in("bob") as bob:
        text = page(bob, 1)
        assert "2 tickets" in text
        assert numbers(text) == [5, 2]
        assert bob.get(f"{PORTAL}/tickets/{FIRST}").status_code == 404
