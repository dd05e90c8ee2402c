"""Made-up people, companies and tickets: any number of them, always the same ones.

A person's attributes follow from one hash: the first hundred of a million are those of a request for a hundred.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from workspace.core.days import SECONDS as DAY
from workspace.core.folding import folded
from workspace.people.rows import Company, Contact, Model
from workspace.serve.seed.reading import EPOCH, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workspace.people.custom_values import CustomValue

PEOPLE_PER_COMPANY = 20
TAGS = ("beta", "vip")
_PORTION = 2000
"""So many people are made up at once."""
_KEPT = 8192
"""Of so many companies ids and domains are kept: the large ones come up again and again."""
_DAYS = 1400
"""The days after a seed's epoch in which everything happens."""
_END = EPOCH + _DAYS * DAY
_WORDS = Path(__file__).parent / "made_up_words.json"
_NAME_STEP = 1009  # a prime: neighbours in number are no neighbours in name


class Person(NamedTuple):
    """What a made-up person follows from: id, number, and draws to 2^32, then to 2^16, each for one question."""

    id: str
    number: int
    signed_up: int
    phone: int
    last_seen: int
    second_company: int
    lead: int
    first_name: int
    last_name: int
    has_phone: int
    unsubscribed: int
    was_seen: int
    has_email: int
    capitals: int
    has_company: int
    company: int
    largest: int
    has_second_company: int
    beta: int
    vip: int
    has_job: int
    job: int
    ticket: int

    @property
    def is_lead(self) -> bool:
        """True for nobody who can be identified."""
        return self.lead % 25 == 0


class _Draws:
    """Draws from the hash of a number, of the sizes of a `struct` format, and an id.

    Ids grow with the numbers, as those of a vendor do with time: so each row comes last in its table and in the index
    of ids, and what refers to it finds it there. Without order, each would cost a look at a distant page.
    """

    def __init__(self, kind: str, sizes: str) -> None:
        self._form = Struct(f"<{sizes}")
        self._hash = blake2b(f"{kind}\0made-up/".encode(), digest_size=8 + self._form.size)

    def of(self, number: int) -> tuple[Any, ...]:
        """Return an id of 24 hexadecimal digits, the number, and the draws."""
        mine = self._hash.copy()
        mine.update(b"%d" % number)
        drawn = mine.digest()
        return f"{EPOCH + number:08x}{drawn[:8].hex()}", number, *self._form.unpack_from(drawn, 8)


_PERSON, _COMPANY, _TICKET = _Draws("person", "4I17H"), _Draws("company", "7I"), _Draws("ticket", "2I5H")


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
        industries, plans = _words("industries"), _words("plans")
        for number in range(self.company_count):
            made, _, industry, plan, size, spend, created, _, _ = _COMPANY.of(number)
            yield Company(
                id=made,
                company_id=f"made-up-{number + 1}",
                name=_company_name(number),
                industry=_of(industries, industry),
                website=f"https://{_domain(number)}",
                plan=_of(plans, plan),
                size=5 + (size % 60) ** 2,
                monthly_spend=float(20 * (spend % 250)),
                created_at=EPOCH + DAY * (created % _DAYS),
            )

    def company_values(self) -> Iterator[tuple[str, str, CustomValue]]:
        """Yield the values of the companies' custom attributes: id, attribute, value."""
        known = {"plan_tier": "tiers", "region": "regions"}
        held = [self._holds("company", name, words) for name, words in known.items()]
        for number in range(self.company_count):
            made, *_, tier, region = _COMPANY.of(number)
            for holds, (name, words), drawn in zip(held, known.items(), (tier, region), strict=True):
                if holds:
                    yield made, name, _of(_words(words), drawn)

    # --- people ---

    def portions(self) -> Iterator[Sequence[Person]]:
        """Yield all people, so many at once that they take little memory."""
        for first in range(0, self.people, _PORTION):
            numbers = range(first, min(first + _PORTION, self.people))
            yield [Person._make(_PERSON.of(number)) for number in numbers]

    def contacts(self, people: Iterable[Person]) -> Iterator[Contact]:
        """Yield these people as they are kept."""
        first_names, last_names = _words("first_names"), _words("last_names")
        for one in people:
            lead = one.is_lead
            first, last = _of(first_names, one.first_name), _of(last_names, one.last_name)
            signed_up = EPOCH + one.signed_up % (_DAYS * DAY)
            yield Contact(
                id=one.id,
                role="lead" if lead else "user",
                created_at=signed_up,
                external_id=None if lead else f"made-up-{one.number + 1}",
                email=self._email(one, first, last),
                name=f"{first} {last}",
                phone=f"+1 555 {one.phone % 10**7:07}" if one.has_phone % 3 == 0 else None,
                unsubscribed_from_emails=(None, False, False, True)[one.unsubscribed % 4],
                signed_up_at=None if lead else signed_up,
                last_seen_at=signed_up + one.last_seen % (_END - signed_up) if one.was_seen % 10 else None,
            )

    def memberships(self, people: Iterable[Person]) -> Iterator[tuple[str, str]]:
        """Yield the memberships of these people: the ids of person and company."""
        for one in people:
            for company in self._companies_of(one):
                yield one.id, _company_id(company)

    def contact_tags(self, people: Iterable[Person]) -> Iterator[tuple[str, str]]:
        """Yield the tags of these people: the person's id and the tag's name."""
        beta, vip = TAGS
        for one in people:
            if one.beta % 20 == 0:
                yield one.id, beta
            if one.vip % 50 == 0:
                yield one.id, vip

    def contact_values(self, people: Iterable[Person]) -> Iterator[tuple[str, str, CustomValue]]:
        """Yield the values of these people's custom attributes: id, attribute, value."""
        if self._holds("contact", "job_title", "job_titles"):
            jobs = _words("job_titles")
            for one in people:
                if one.has_job % 5:
                    yield one.id, "job_title", _of(jobs, one.job)

    def _email(self, one: Person, first: str, last: str) -> str | None:
        if one.has_email % 100 == 0:
            return None
        company = next(iter(self._companies_of(one)), None)
        domain = "examply.com" if company is None else _domain(company)
        address = f"{first}.{last}{one.number + 1}@{domain}"
        return address if one.capitals % 25 == 0 else address.lower()

    def _companies_of(self, one: Person) -> tuple[int, ...]:
        if one.is_lead or one.has_company % 33 == 0:
            return ()
        # A few companies are large and many small: low numbers come up more often.
        first = self.company_count * (one.company % 1000) * (one.largest % 1000) // 10**6
        second = one.second_company % self.company_count
        return (first, second) if one.has_second_company % 16 == 0 and second != first else (first,)

    def _holds(self, model: Model, name: str, known: str) -> bool:
        if name not in self.attributes.get(model, {}):
            return False
        options = self.attributes[model][name]
        return options is None or set(_words(known)) <= set(options)

    # --- tickets ---

    def tickets(
        self, people: Iterable[Person], types: Sequence[str], states: Sequence[str], numbers: Iterator[int]
    ) -> Iterator[Row]:
        """Yield the tickets of these people, three for ten of them; the first types come up more often."""
        for one in people:
            if one.ticket % 10 < 3 and not one.is_lead:  # noqa: PLR2004 - three in ten
                yield self._ticket(one, next(numbers), types, states)

    def _ticket(self, one: Person, ticket: int, types: Sequence[str], states: Sequence[str]) -> Row:
        made, _, began, took, story, kind, rarest, state, shared = _TICKET.of(one.number)
        created = EPOCH + began % (_DAYS * DAY)
        company = next(iter(self._companies_of(one)), None)
        return {
            "id": made,
            "number": ticket,
            "type_id": types[len(types) * (kind % 100) * (rarest % 100) // 10**4],
            "state_id": _of(states, state),
            "contact_id": one.id,
            "company_id": None if company is None else _company_id(company),
            **_stories()[story % len(_stories())],
            "is_shared": shared % 2 == 0,
            "created_at": created,
            "updated_at": min(created + took % (20 * DAY), _END),
        }


def _of(answers: Sequence[str], drawn: int) -> str:
    return answers[drawn % len(answers)]


@lru_cache(maxsize=_KEPT)
def _company_id(number: int) -> str:
    return str(_COMPANY.of(number)[0])


def _company_name(number: int) -> str:
    first, second, cities = _words("company_first"), _words("company_second"), _words("cities")
    rounds, within = divmod(number, len(first) * len(second))
    rest, place = divmod(within * _NAME_STEP % (len(first) * len(second)), len(first))
    name = f"{first[place]} {second[rest]}"
    if rounds == 0:
        return name
    place_name = cities[(rounds - 1) % len(cities)]
    return f"{name} {place_name}" if rounds <= len(cities) else f"{name} {place_name} {rounds}"


@lru_cache(maxsize=_KEPT)
def _domain(number: int) -> str:
    return f"{_company_name(number).lower().replace(' ', '-')}.example"
