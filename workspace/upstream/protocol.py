"""The abilities of a vendor behind a workspace. Everything but the vendor's own package knows only this.

Long because every ability stands here once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workspace.people.rows import Company, Contact


class How(StrEnum):
    """How a value is known, the strongest first."""

    OBSERVED = "observed"
    """The vendor's API said so."""
    SAMPLED = "sampled"
    """A look at public pages, or by a person made for it, found it so."""
    ATTESTED = "attested"
    """A named person said so, until a date."""
    ASSUMED = "assumed"
    """It follows from something else that is known."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """The evidence behind the value of one field.

    Attributes:
        how: How it is known.
        as_of: When it was seen or said, in seconds since 1970; None where it never was.
        by: Who said so: a person, or the vendor's name.
        until: The second up to which it counts; None where it does not end.
        evidence: What was seen, in one line: an endpoint and its field, a read-back.
        one_of: The values that are possible, where the vendor tells less than the whole; else empty.
        doubt: Why somebody has to look again; None where nothing speaks against it.
    """

    how: How
    as_of: int | None = None
    by: str | None = None
    until: int | None = None
    evidence: str | None = None
    one_of: tuple[Any, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The value of one field as the vendor told it."""

    value: Any
    known: Known


@dataclass(frozen=True, slots=True)
class Account:
    """The vendor's workspace.

    Attributes:
        id: The vendor's id of it.
        name: Its name for people.
        region: Where the vendor keeps it.
        timezone: The IANA name of its timezone.
    """

    id: str
    name: str
    region: str
    timezone: str


@dataclass(frozen=True, slots=True)
class HelpCenter:
    """A Help Center: its identifier, the vendor's own id, its name for people and its address."""

    identifier: str
    id: str
    display_name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A data attribute as the vendor tells it.

    Attributes:
        address: Such as `data_attribute/company.plan_tier`.
        custom: Whether somebody made it; the others come with the vendor.
        values: `type`, `options`, `description`, `messenger_writable`.
        known: How each of them is known.
    """

    address: str
    custom: bool
    values: Mapping[str, Any]
    known: Mapping[str, Known]


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything that one look at the vendor found.

    Attributes:
        at: When, in seconds since 1970.
        account: Whose it is.
        help_centers: All there are.
        fields: The values of settings that the vendor tells, by address and field; the others are not in it.
        attributes: All data attributes that are not archived.
    """

    at: int
    account: Account
    help_centers: Sequence[HelpCenter]
    fields: Mapping[str, Mapping[str, Seen]]
    attributes: Sequence[Attribute]


@dataclass(frozen=True, slots=True)
class Write:
    """A change of one resource that is to be made at the vendor.

    Attributes:
        address: The resource.
        before: Its values when the change was decided; empty where it did not exist.
        after: Its values after; None where it is to be taken away.
    """

    address: str
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Place:
    """A screen of the vendor, by the labels that lead to it.

    Attributes:
        path: The labels, in the newest words of the vendor.
        dated: Where the labels are from, and when they were read there.
        older: The labels that accounts with an older console show; empty where they are the same.
        older_dated: The same of these.
    """

    path: tuple[str, ...]
    dated: str
    older: tuple[str, ...] = ()
    older_dated: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a person has to do on one screen.

    Attributes:
        place: The screen.
        fields: Those of the change that this screen has; others need another one.
        enter: What to enter or choose, line by line, in the words of the screen.
        save: The button that makes it count, and what to leave alone.
        read_back: What to type back: `count`, `url`, `text`, or `none`.
        question: The question that the read-back answers; empty for `none`.
        expects: For `text` the answers that fit; for `url` how an address that fits begins, without its scheme.
        minutes: About how long it takes.
    """

    place: Place
    fields: tuple[str, ...]
    enter: tuple[str, ...]
    save: str
    read_back: str
    question: str
    expects: tuple[str, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the vendor's own log.

    Attributes:
        id: The vendor's id of it.
        at: When, in seconds since 1970.
        type: The vendor's name of what happened; not all are known.
        description: The vendor's sentence about it.
        by: Who did it, without an address of the network.
        addresses: The settings that it may be about, as beginnings of addresses.
        known: Whether this version knows its type; what does not may be about anything.
    """

    id: str
    at: int
    type: str
    description: str
    by: str | None
    addresses: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a page of people.

    Attributes:
        contact: The person, with the vendor's own id.
        updated_at: When the vendor last changed them.
        companies: The vendor's ids of their companies.
        tags: The vendor's ids of their tags.
        values: Custom attributes by name, as the vendor tells them.
        missing: What could not be read of them, in words; empty where all was.
        odd: Values that are not of their type, in words.
    """

    contact: Contact
    updated_at: int
    companies: tuple[str, ...]
    tags: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Employer:
    """One company of a page of companies; `made_by_form` where a form of the Messenger made it."""

    company: Company
    tags: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    made_by_form: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people.

    Attributes:
        people: Those on it.
        cursor: Where the next page begins; None on the last.
        total: How many there are on all pages, as the vendor says.
    """

    people: Sequence[Person]
    cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The attributes that a mirror keeps, by their names in rules without `person.` and `company.`.

    Whoever is looked for has to be found, so ids and email addresses of people, and ids and names of companies, are
    always kept.
    """

    person: frozenset[str] = frozenset()
    company: frozenset[str] = frozenset()


class People(Protocol):
    """The people of a vendor's workspace, page by page."""

    def tags(self) -> Sequence[tuple[str, str]]:
        """Return the ids and names of all tags."""

    def companies(self, cursor: str | None) -> Iterator[tuple[Sequence[Employer], str | None]]:
        """Yield all companies in pages, each with where to go on; raises `Incomplete` where the end is not reached."""

    def company(self, company_id: str) -> Employer | None:
        """Return one company by the vendor's id, or None where there is none."""

    def page(self, cursor: str | None, updated_after: int | None) -> PeoplePage:
        """Return a page of the users who were changed after a moment, or of all users."""

    def gone(self, since: int) -> Sequence[str] | None:
        """Return the ids of people deleted or merged away since a moment; None where the vendor does not tell."""


class Upstream(Protocol):
    """A vendor's workspace. Every method may raise the `ApiError`s of `workspace.upstream.problems`."""

    vendor: str
    """Its name, in lower case."""

    def observe(self) -> Observation:
        """Look at everything that the vendor tells of its settings."""

    def write(self, change: Write) -> Mapping[str, Any]:
        """Make a change whose fields the capabilities give to the API, and return the values read back.

        Making the same change again changes nothing more.
        """

    def instruct(
        self, change: Write, fields: tuple[str, ...], settings: Mapping[str, Mapping[str, Any]]
    ) -> Instruction:
        """Return what a person has to do on the first of the screens that a change needs.

        Args:
            fields: Those of its fields that are to be changed by hand, as the resource calls them.
            settings: The values of all settings and data attributes, by address.
        """

    def granted(self, contact_id: str) -> Sequence[str]:
        """Return the customer's own ids of the companies that a person is granted; none may mean that none are told."""

    def people(self, desired: Wanted) -> People:
        """Return the people, with the attributes that are wanted of them."""

    def matching(self, rule: Mapping[str, Any] | None) -> tuple[int, Mapping[str, Any] | None]:
        """Return how many users match a part of a rule, and that part; None for the part that is all users.

        Args:
            rule: As the admin API words it; None for everybody.
        """

    def events(self, since: int) -> Sequence[Event]:
        """Return what the vendor logged since a moment, oldest first."""

    def close(self) -> None:
        """Let go of connections."""


class Incomplete(Exception):
    """A sweep that cannot reach its end.

    Attributes:
        reason: Why, in one line.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
