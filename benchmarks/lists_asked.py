"""Asks the public API for pages and searches, in the process of the measured installation; prints seconds as JSON.

A page is asked again and again, as whoever walks through a list does: its count is known from the first one on. Each
search is for another value, so nothing of it is known.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.growth import Asked, compared
from workspace.database import engine as db
from workspace.web.public.http import totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PAGES = {
    "a page of 50 contacts": ("/contacts", "per_page=50"),
    "a page of 50 companies": ("/companies", "per_page=50"),
}
_PAGES_IN_A_ROW = 10
_NOTHING = "zzqx"
"""Begins words that no ticket has."""
_FEW = 100
"""A value that fewer have is rare; the made-up ones are shared by a fiftieth of all, or more."""
_VALUES = {
    **{
        f"search of contacts by {name}": ("/contacts/search", name, "=", f"SELECT {name} FROM contacts c")
        for name in ("email", "name", "external_id", "phone")
    },
    **{
        f"search of contacts by a {what} that {who} have": ("/contacts/search", field, "=", f"{values} {few}")
        for what, field, values in (
            ("tag", "tag_id", "SELECT tag_id FROM contact_tags GROUP BY tag_id"),
            (
                "custom attribute",
                "custom_attributes.job_title",
                "SELECT text FROM contact_values WHERE name = 'job_title' GROUP BY text",
            ),
        )
        for who, few in (("few", f"HAVING count(*) < {_FEW}"), ("many", f"HAVING count(*) >= {_FEW}"))
    },
    "search of tickets by words of a title": ("/tickets/search", "title", "~", "SELECT DISTINCT title FROM tickets c"),
    "search of tickets by a word that none has": ("/tickets/search", "title", "~", ""),
}
"""For each search: where it is asked, the field and its comparison, and which values there are."""


def main(arguments: Sequence[str]) -> None:
    """Measure.

    Args:
        arguments: How many rounds, then the databases.
    """
    rounds = max(3, int(arguments[0]))
    with tempfile.TemporaryDirectory(dir=".") as folder:
        asked = [_opened(Path(one), Path(folder)) for one in arguments[1:]]
        pages = {work: _turns(asked, rounds, _page(*where)) for work, where in PAGES.items()}
        searches = {work: _turns(asked, rounds, _search(*how, rounds + 1), 1) for work, how in _VALUES.items()}
        for one in asked:
            one.engine.dispose()
    json.dump({"pages": pages, "searches": searches}, sys.stdout)


def _opened(source: Path, folder: Path) -> Asked:
    # A token is made in it, so it is a copy.
    engine = db.engine_for(Path(shutil.copy(source, folder)), answers=True)
    db.migrate(engine)
    return Asked(engine)


def _turns(
    asked: Sequence[Asked], rounds: int, work: Callable[[Asked], Callable[[], object]], times: int = _PAGES_IN_A_ROW
) -> list[list[float]]:
    """Return what each database took in each round."""
    taken = compared({str(place): work(one) for place, one in enumerate(asked)}, rounds, times)
    return list(taken.values())


def _page(path: str, query: str) -> Callable[[Asked], Callable[[], object]]:
    return lambda asked: lambda: asked.ask(path, query)


def _search(path: str, field: str, operator: str, values: str, count: int) -> Callable[[Asked], Callable[[], object]]:
    def of(asked: Asked) -> Callable[[], object]:
        turn = _values(asked, values, count)

        def ask() -> object:
            # There are fewer tags that many have than rounds; what was counted of one is not known the next time.
            known = asked.app.extensions[totals.KEPT]
            asked.app.extensions[totals.KEPT] = totals.Totals(known.unmoved)
            query = {"field": field, "operator": operator, "value": next(turn)}
            return asked.ask(path, body={"query": query, "pagination": {"per_page": 50}})

        return ask

    return of


def _values(asked: Asked, values: str, count: int) -> Iterator[Any]:
    if not values:
        return (f"{_NOTHING}{number}" for number in range(count))
    with db.reading(asked.engine) as connection:
        wanted = f"SELECT DISTINCT * FROM ({values}) v WHERE 1 = 1 LIMIT {count * 50}"
        found = [row[0] for row in connection.exec_driver_sql(wanted) if row[0]]
    if len(found) < count:
        found *= count
    return iter(found[:: max(1, len(found) // count)])
