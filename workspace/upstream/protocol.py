"""The abilities of a vendor behind a workspace. Everything but the vendor's own package knows only this.

Long because every ability stands here once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workspace.people.rows import Company, Contact


class How(StrEnum):
    """The source of a value, the strongest first."""

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
    """The evidence behind the value of one field. Moments are seconds since 1970.

    Attributes:
        as_of: Seen or attested at; None for never. `until` is its last second.
        by: The person, or the vendor's name.
        evidence: The observation, in one line: an endpoint and its field, a read-back.
        one_of: The possible values, if the vendor gives less than the whole; else empty.
        doubt: The reason to look again, if any.
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
    """The value of one field from the vendor."""

    value: Any
    known: Known


@dataclass(frozen=True, slots=True)
class Account:
    """The vendor's workspace: the vendor's id of it, its hosting region, and the IANA name of its timezone."""

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
    """A data attribute at the vendor; `values` are `type`, `options`, `description`, `messenger_writable`."""

    address: str
    custom: bool
    values: Mapping[str, Any]
    known: Mapping[str, Known]


@dataclass(frozen=True, slots=True)
class Observation:
    """One observation of the vendor, at seconds since 1970, without archived attributes; `fields` are by address."""

    at: int
    account: Account
    help_centers: Sequence[HelpCenter]
    fields: Mapping[str, Mapping[str, Seen]]
    attributes: Sequence[Attribute]


@dataclass(frozen=True, slots=True)
class Write:
    """A change of a resource at the vendor; `before` is empty for a new one, `after` None for a removal."""

    address: str
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Place:
    """A screen of the vendor, by the labels that lead to it, in older consoles too; `dated` is their source and day."""

    path: tuple[str, ...]
    dated: str
    older: tuple[str, ...] = ()
    older_dated: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A person's part on one screen.

    Attributes:
        fields: The fields of the change on this screen; others need another one.
        enter: The values to enter or choose, line by line, in the words of the screen.
        save: The button that saves it, and things to leave alone.
        read_back: Its kind: `count`, `url`, `text`, or `none`; `question` asks for it.
        expects: For `text` the fitting answers; for `url` the beginnings of a fitting address, without its scheme.
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
    """An entry of the vendor's own log, at seconds since 1970. An unknown `type` may concern anything.

    `by` is without a network address; `addresses` are beginnings of those of the settings that it may concern.
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
    """One person of a page of people, with the vendor's own ids; `missing` and `odd` are unreadable values."""

    contact: Contact
    updated_at: int
    companies: tuple[str, ...]
    tags: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Employer:
    """One company of a page of companies; `made_by_form` if a form of the Messenger made it."""

    company: Company
    tags: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    made_by_form: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people; `cursor` begins the next, None on the last; `total` is the vendor's number on all pages."""

    people: Sequence[Person]
    cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class MirroredAttributes:
    """The attributes that a mirror keeps, by their names in rules without `person.` and `company.`.

    Ids, email addresses of people and names of companies are always kept, so that references resolve.
    """

    person: frozenset[str] = frozenset()
    company: frozenset[str] = frozenset()

    def with_others(self, names: Mapping[str, Iterable[str]]) -> MirroredAttributes:
        """Return these and others, by `person` and `company`."""
        person, company = self.person.union(names.get("person", ())), self.company.union(names.get("company", ()))
        return MirroredAttributes(person, company)


class People(Protocol):
    """The people of a vendor's workspace, page by page."""

    def tags(self) -> Sequence[tuple[str, str]]:
        """Return the ids and names of all tags."""

    def companies(self, cursor: str | None) -> Iterator[tuple[Sequence[Employer], str | None]]:
        """Yield all companies in pages, each with the next cursor; `Incomplete` if the end is out of reach."""

    def company(self, company_id: str) -> Employer | None:
        """Return one company by the vendor's id, or None."""

    def company_called(self, company_id: str) -> Employer | None:
        """Return one company by the customer's own id, or None: a list of all may lack those without people."""

    def page(self, cursor: str | None, updated_after: int | None) -> PeoplePage:
        """Return a page of the users changed after a moment, or of all users."""

    def gone(self, since: int) -> Sequence[str] | None:
        """Return the ids of people deleted or merged away since a moment; None if the vendor does not tell."""


class Upstream(Protocol):
    """A vendor's workspace. Every method may raise the `ApiError`s of `workspace.upstream.problems`."""

    vendor: str
    """Its name, in lower case."""

    def observe(self) -> Observation:
        """Observe all settings that the vendor gives."""

    def write(self, change: Write) -> Mapping[str, Any]:
        """Make a change whose fields the API writes, and return the values read back; made again it changes nothing."""

    def instruct(
        self, change: Write, fields: tuple[str, ...], settings: Mapping[str, Mapping[str, Any]]
    ) -> Instruction:
        """Return the instruction for the first screen of a change, by the fields to change by hand and all settings."""

    def granted(self, contact_id: str) -> Sequence[str]:
        """Return the customer's own ids of a person's granted companies; empty may mean not observable."""

    def people(self, desired: MirroredAttributes) -> People:
        """Return the people, with the attributes that are wanted of them."""

    def matching(self, rule: Mapping[str, Any] | None) -> tuple[int, Mapping[str, Any] | None]:
        """Count the users who match the searchable part of a rule (None: everybody), and return it."""

    def events(self, since: int) -> Sequence[Event]:
        """Return the vendor's log since a moment, oldest first."""

    def close(self) -> None:
        """Close connections."""


class Incomplete(Exception):
    """A sweep that cannot reach its end; `reason` is one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
