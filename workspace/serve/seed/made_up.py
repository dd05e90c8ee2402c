"""Made-up people, companies and tickets: any number of them, always the same ones.

A person's attributes follow from their number: the first hundred of a million are those of a request for a hundred.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workspace.core.days import SECONDS as DAY
from workspace.core.folding import folded
from workspace.people.rows import Company, Contact, Model
from workspace.serve.seed.reading import EPOCH, Row, made_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workspace.people.custom_values import CustomValue

PEOPLE_PER_COMPANY = 20
TAGS = ("beta", "vip")
_ONE_IN = (20, 50)
_DAYS = 1400
"""The days after a seed's epoch in which everything happens."""
_END = EPOCH + _DAYS * DAY
_WORDS = Path(__file__).parent / "made_up_words.json"
_MASK = 2**64 - 1
_COMPANY_NUMBERS = 2**40
_NAME_STEP = 1009  # a prime: neighbours in number are no neighbours in name


@cache
def _words(kind: str) -> tuple[str, ...]:
    """Return the words of a kind that names and values are put together from."""
    return tuple(json.loads(_WORDS.read_bytes())[kind])


@cache
def _stories() -> tuple[Mapping[str, str], ...]:
    """Return what tickets are about: titles and descriptions, also as they are searched."""
    names = ("title", "description")
    return tuple(
        {name: ticket[name] for name in names} | {f"{name}_folded": folded(ticket[name]) for name in names}
        for ticket in json.loads(_WORDS.read_bytes())["tickets"]
    )


def _pick(number: int, question: int, answers: int) -> int:
    """Pick the answer of a person's `number` to a question, from 0 to `answers` - 1, by a hash of 64 bits (splitmix64).

    Called thirty times for each person, so it calls nothing.
    """
    mixed = (((number << 8) | question) + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) % answers


def _choice(kind: str, number: int, question: int) -> str:
    words = _words(kind)
    return words[_pick(number, question, len(words))]


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Made-up people with companies, tickets, and texts in custom attributes, from their options if any."""

    people: int
    attributes: Mapping[Model, Mapping[str, Sequence[str] | None]]

    # --- companies ---

    @property
    def company_count(self) -> int:
        """The number of companies."""
        return -(-self.people // PEOPLE_PER_COMPANY)

    def companies(self) -> Iterator[Company]:
        """Yield the companies."""
        for number in range(self.company_count):
            who = number + _COMPANY_NUMBERS
            name = _company_name(number)
            yield Company(
                id=_company_id(number),
                company_id=f"made-up-{number + 1}",
                name=name,
                industry=_choice("industries", who, 1),
                website=f"https://{_domain(name)}",
                plan=_choice("plans", who, 2),
                size=5 + _pick(who, 3, 60) ** 2,
                monthly_spend=float(20 * _pick(who, 4, 250)),
                created_at=EPOCH + DAY * _pick(who, 5, _DAYS),
            )

    def company_values(self) -> Iterator[tuple[str, str, CustomValue]]:
        """Yield the values of the companies' custom attributes: id, attribute, value."""
        for number in range(self.company_count):
            who = number + _COMPANY_NUMBERS
            for name, known, question in (("plan_tier", "tiers", 6), ("region", "regions", 7)):
                if self._holds("company", name, known):
                    yield _company_id(number), name, _choice(known, who, question)

    # --- people ---

    def contacts(self) -> Iterator[Contact]:
        """Yield the people."""
        for number in range(self.people):
            lead = _is_lead(number)
            first = _choice("first_names", number, 1)
            last = _choice("last_names", number, 2)
            signed_up = EPOCH + _pick(number, 3, _DAYS * DAY)
            yield Contact(
                id=_person_id(number),
                role="lead" if lead else "user",
                created_at=signed_up,
                external_id=None if lead else f"made-up-{number + 1}",
                email=self._email(number, first, last),
                name=f"{first} {last}",
                phone=f"+1 555 {_pick(number, 4, 10**7):07}" if _pick(number, 5, 3) == 0 else None,
                unsubscribed_from_emails=(None, False, False, True)[_pick(number, 6, 4)],
                signed_up_at=None if lead else signed_up,
                last_seen_at=signed_up + _pick(number, 7, _END - signed_up) if _pick(number, 8, 10) else None,
            )

    def memberships(self) -> Iterator[tuple[str, str]]:
        """Yield the memberships: the ids of person and company."""
        for number in range(self.people):
            for company in self._companies_of(number):
                yield _person_id(number), _company_id(company)

    def contact_tags(self) -> Iterator[tuple[str, str]]:
        """Yield the tags of people: the person's id and the tag's name."""
        for number in range(self.people):
            for question, (tag, one_in) in enumerate(zip(TAGS, _ONE_IN, strict=True), start=20):
                if _pick(number, question, one_in) == 0:
                    yield _person_id(number), tag

    def contact_values(self) -> Iterator[tuple[str, str, CustomValue]]:
        """Yield the values of the people's custom attributes: id, attribute, value."""
        if self._holds("contact", "job_title", "job_titles"):
            for number in range(self.people):
                if _pick(number, 22, 5):
                    yield _person_id(number), "job_title", _choice("job_titles", number, 23)

    def _email(self, number: int, first: str, last: str) -> str | None:
        if _pick(number, 9, 100) == 0:
            return None
        company = next(iter(self._companies_of(number)), None)
        domain = "examply.com" if company is None else _domain(_company_name(company))
        address = f"{first}.{last}{number + 1}@{domain}"
        return address if _pick(number, 10, 25) == 0 else address.lower()

    def _companies_of(self, number: int) -> tuple[int, ...]:
        if _is_lead(number) or _pick(number, 11, 33) == 0:
            return ()
        # A few companies are large and many small: low numbers come up more often.
        first = self.company_count * _pick(number, 12, 1000) * _pick(number, 13, 1000) // 10**6
        second = _pick(number, 14, self.company_count)
        return (first, second) if _pick(number, 15, 16) == 0 and second != first else (first,)

    def _holds(self, model: Model, name: str, known: str) -> bool:
        if name not in self.attributes.get(model, {}):
            return False
        options = self.attributes[model][name]
        return options is None or set(_words(known)) <= set(options)

    # --- tickets ---

    def tickets(self, types: Sequence[str], states: Sequence[str], after: int) -> Iterator[Row]:
        """Yield the tickets, three for ten people, numbered after `after`; the first types come up more often."""
        ticket = after
        for number in range(self.people):
            if _pick(number, 30, 10) < 3 and not _is_lead(number):  # noqa: PLR2004 - three in ten
                ticket += 1
                yield self._ticket(number, ticket, types, states)

    def _ticket(self, number: int, ticket: int, types: Sequence[str], states: Sequence[str]) -> Row:
        created = EPOCH + _pick(number, 32, _DAYS * DAY)
        company = next(iter(self._companies_of(number)), None)
        return {
            "id": made_id("ticket", f"made-up/{number}"),
            "number": ticket,
            "type_id": types[len(types) * _pick(number, 33, 100) * _pick(number, 34, 100) // 10**4],
            "state_id": states[_pick(number, 35, len(states))],
            "contact_id": _person_id(number),
            "company_id": None if company is None else _company_id(company),
            **_stories()[_pick(number, 31, len(_stories()))],
            "is_shared": _pick(number, 36, 2) == 0,
            "created_at": created,
            "updated_at": min(created + _pick(number, 37, 20 * DAY), _END),
        }


def _is_lead(number: int) -> bool:
    return _pick(number, 0, 25) == 0


def _person_id(number: int) -> str:
    return made_id("person", f"made-up/{number}")


@lru_cache(maxsize=65_536)
def _company_id(number: int) -> str:
    return made_id("company", f"made-up/{number}")


@lru_cache(maxsize=65_536)
def _company_name(number: int) -> str:
    first, second, cities = _words("company_first"), _words("company_second"), _words("cities")
    rounds, within = divmod(number, len(first) * len(second))
    rest, place = divmod(within * _NAME_STEP % (len(first) * len(second)), len(first))
    name = f"{first[place]} {second[rest]}"
    if rounds == 0:
        return name
    place_name = cities[(rounds - 1) % len(cities)]
    return f"{name} {place_name}" if rounds <= len(cities) else f"{name} {place_name} {rounds}"


def _domain(name: str) -> str:
    return f"{name.lower().replace(' ', '-')}.example"
