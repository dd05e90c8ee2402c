"""Questions about a million people, asked of the workspace's functions and by hand: runs in the measured installation.

Prints one JSON document: for each work, what each side took in each round, in seconds. Both are asked over the
connections of a server, each question in a transaction of its own. Ours includes reading the rule of the request,
making the statements, and making the answer's document; the other sends text that stands there already, and makes the
same document. Every answer is compared with the other's.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.crowds import KINDS, PEOPLE, crowds, opened, sqlite_crowd
from benchmarks.people_by_hand import BEFORE, QUESTIONS, ByHand, Question
from workspace.access.check import check
from workspace.access.comparison import compare
from workspace.access.states import STATE_CLASSES
from workspace.access.view import Audience, View, preview, standing
from workspace.database import engine as db
from workspace.database.who import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Engine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIZES = (10_000, 100_000, PEOPLE)
CHECKED = 500
"""How many people are checked in one run of the access check, each by itself."""
EXPECTED = 100
"""How many people an expectation names."""
# Whoever these mean is in the example, which comes with every crowd.
FEW = {
    "a custom attribute of people": ("custom_attributes.portal_training", "boolean", True),
    "a tag of companies": ("company.tag", "tag", "pilot"),
    "an email address": ("email", "text", "ada@examply.com"),
}

Asked = Callable[["Connection"], Any]
Taken = dict[str, dict[str, list[float]]]


class WrongAnswer(Exception):
    """Two that were asked the same do not say the same."""


@dataclass(frozen=True)
class Pair:
    """One question, asked of ours and by hand."""

    work: str
    ours: Asked
    by_hand: Asked

    def rounds(self, engine: Engine, count: int) -> dict[str, list[float]]:
        """Ask both in turn, after a round that does not count and in which the answers are compared.

        Raises:
            WrongAnswer: They differ.
        """
        answers = [_asked(engine, one)[1] for one in (self.ours, self.by_hand)]
        if answers[0] != answers[1]:
            raise WrongAnswer(f"{self.work}: {str(answers[0])[:500]} is not {str(answers[1])[:500]}")
        taken: dict[str, list[float]] = {"ours": [], "by hand": []}
        for number in range(count):
            order = list(zip(taken, (self.ours, self.by_hand), strict=True))
            for name, one in order if number % 2 else reversed(order):
                taken[name].append(_asked(engine, one)[0])
        return taken


def view(rule: Mapping[str, Any]) -> View:
    """Return the view of an open portal for those whom a rule means."""
    return View(open=True, audience=Audience.from_document({"mode": "rule", "rule": rule}))


def asked_both_ways(by_hand: ByHand, one: Question) -> Iterable[Pair]:
    """Return the preview and the impact of a rule."""
    yield Pair(
        f"preview: {one.name}",
        lambda connection: preview(connection, view(one.rule).audience, NOW).document(),
        lambda connection: _previewed(connection, by_hand, one),
    )
    yield Pair(
        f"impact: {one.name}",
        lambda connection: compare(connection, view(BEFORE), view(one.rule), NOW.date()).document(),
        lambda connection: _compared(connection, by_hand, one),
    )


def access_checks(kind: str, ids: Sequence[str]) -> Pair:
    """Return the access check of people one by one, against the query for the row of each by its key."""
    everybody = view(QUESTIONS[3].rule)
    place = "?" if kind == "sqlite" else "%s"

    def ours(connection: Connection) -> list[bool]:
        return [standing(connection, one, everybody, NOW.date()).user for one in ids]

    def by_key(connection: Connection) -> list[bool]:
        found = []
        for one in ids:
            # One of its own for each, as for whoever asks for one person.
            cursor = connection.connection.cursor()
            cursor.execute(f"SELECT * FROM contacts WHERE id = {place} AND NOT archived", (one,))
            found.append((cursor.fetchone() or ("", ""))[1] == "user")
        return found

    return Pair(f"{len(ids)} access checks, one after the other", ours, by_key)


def main(arguments: Sequence[str]) -> None:
    """Measure, or only make a crowd.

    Args:
        arguments: Where databases are kept; then how many rounds, or `make` and how many people.
    """
    kept = Path(arguments[0])
    if arguments[1] == "make":
        print(sqlite_crowd(kept, int(arguments[2])))
        return
    with crowds(kept) as made:
        targets = {kind: {size: made.target(kind, size) for size in SIZES} for kind in KINDS}
        found = {kind: _measured(kind, targets[kind], int(arguments[1])) for kind in KINDS}
    json.dump(found, sys.stdout)


def _measured(kind: str, targets: Mapping[int, str], rounds: int) -> dict[str, Any]:
    with opened(targets[PEOPLE]) as engine:
        by_hand = ByHand(kind)
        pairs = [pair for one in QUESTIONS for pair in asked_both_ways(by_hand, one)]
        pairs.append(access_checks(kind, _some(engine, CHECKED)))
        compared = {}
        for pair in pairs:
            compared[pair.work] = pair.rounds(engine, rounds)
            print(kind, pair.work, [round(median(one), 3) for one in compared[pair.work].values()], file=sys.stderr)
        expected = _some(engine, EXPECTED)
        together = [_asked(engine, lambda connection: _checked(connection, expected))[0] for _ in range(rounds + 1)][1:]
    return {"compared": compared, "expectations": together, "growth": _growth(targets, rounds)}


def _growth(targets: Mapping[int, str], rounds: int) -> dict[str, dict[int, list[float]]]:
    """Return what previews of few people took, by the rule and by how many people there are."""
    taken: dict[str, dict[int, list[float]]] = {name: {size: [] for size in targets} for name in FEW}
    counts: dict[str, set[int]] = {name: set() for name in FEW}
    for number in range(rounds + 1):
        for size, target in targets.items():
            with opened(target) as engine:
                for name, (attribute, kind, value) in FEW.items():
                    rule = {"attribute": attribute, "type": kind, "comparison": "eq", "value": value}
                    asked = _few_counted(view(rule))
                    _asked(engine, asked)
                    seconds, found = _asked(engine, asked)
                    counts[name].add(found.count)
                    if number:
                        taken[name][size].append(seconds)
    if any(len(found) != 1 for found in counts.values()):
        raise WrongAnswer(f"not the same people in every crowd: {counts}")
    return taken


def _few_counted(few: View) -> Asked:
    return lambda connection: preview(connection, few.audience, NOW)


def _asked(engine: Engine, asked: Asked) -> tuple[float, Any]:
    with db.reading(engine) as connection:
        began = time.perf_counter()
        answer = asked(connection)
        return time.perf_counter() - began, answer


def _some(engine: Engine, count: int) -> list[str]:
    # Ids begin in the order in which people were made, and end in none: so these are people from anywhere.
    with db.reading(engine) as connection:
        rows = connection.exec_driver_sql(f"SELECT id FROM contacts ORDER BY substr(id, 9) LIMIT {count}").all()
    return [row[0] for row in rows]


def _checked(connection: Connection, people: Sequence[str]) -> int:
    found = check(connection, people, view(QUESTIONS[3].rule), NOW.date(), card_shown=True)
    if len([one.document() for one in found]) != len(people):
        raise WrongAnswer("not everybody was checked")
    return len(found)


# --- by hand --------------------------------------------------------------------------------------


def _rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    return list(cursor.fetchall())


def _previewed(connection: Connection, by_hand: ByHand, one: Question) -> dict[str, Any]:
    count = _rows(connection, by_hand.count(one))[0][0]
    people: dict[str, dict[str, Any]] = {}
    for person, email, name, external_id, company in _rows(connection, by_hand.page(one)):
        known = {"id": person, "email": email, "name": name, "external_id": external_id, "companies": []}
        people.setdefault(person, known)["companies"] += [company] if company else []
    for person in people.values():
        person["companies"].sort()
    return {
        "type": "preview",
        "count": count,
        "people": list(people.values()),
        "page": 1,
        "per_page": 50,
        "total_pages": -(-count // 50),
        "as_of": "2026-11-22T12:00:00Z",
    }


def _compared(connection: Connection, by_hand: ByHand, one: Question) -> dict[str, Any]:
    states = dict.fromkeys((1, 4, 5), 0)
    totals = dict(states)
    users, lonely = 0, 0
    names: dict[str, list[str]] = {}
    companies = {"companies_gained": 0, "companies_lost": 0}
    for kind, state, members, name in _rows(connection, by_hand.impact(one)):
        if kind == "users":
            users = members
        elif kind == "state":
            states[state], totals[state] = members, int(name)
        elif kind == "lonely":
            lonely = members
        else:
            names.setdefault(kind, []).append(name)
            if kind in companies:
                companies[kind] = members
    people = {name: [_person(connection, found) for found in names.get(name, ())] for name in _CLASSES}
    counts = {"gained": states[4], "lost": states[1], "without_company": lonely}
    sums = {"gained": totals[4], "lost": totals[1]}
    key = _rows(connection, "SELECT digest_key FROM workspaces")[0][0]
    digests = {name: {"digest": digest(key, name, counts.get(name, 0), sums.get(name, 0))} for name in STATE_CLASSES}
    return {
        "people": users,
        "before": {"count": states[1] + states[5], "own_only": 0},
        "after": {"count": states[4] + states[5], "own_only": 0},
        **{
            name: {"count": counts.get(name, 0), "sample": found, **digests.get(name, {})}
            for name, found in people.items()
        },
        **{name: {"count": count, "sample": sorted(names.get(name, ()))} for name, count in companies.items()},
    }


_CLASSES = ("gained", "lost", "sees_more", "sees_less", "without_company")


def _person(connection: Connection, person: str) -> dict[str, Any]:
    row = _rows(connection, f"SELECT id, email, name, external_id FROM contacts WHERE id = '{person}'")[0]
    theirs = _rows(
        connection,
        "SELECT coalesce(o.name, o.company_id, o.id) FROM memberships m JOIN companies o ON o.id = m.company_id"
        f" WHERE m.contact_id = '{person}'",
    )
    names = sorted(found[0] for found in theirs)
    return {**dict(zip(("id", "email", "name", "external_id"), row, strict=True)), "companies": names}
