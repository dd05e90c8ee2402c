"""A seed's values as rows of the database: references followed, moments counted, ids made.

Ids come from what the seed calls a thing, so the same seed gives the same database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from workspace.custom_values import Attribute, column_values
from workspace.people import Company, Contact, InvalidValue, Model
from workspace.seed_file import SeedInvalid

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from workspace.custom_values import CustomValue
    from workspace.seed_file import At, Document

_Thing = TypeVar("_Thing")
Row = dict[str, Any]

EPOCH = 1_672_531_200
"""When things came into being of which a seed does not say: the first second of 2023."""

MODELS: dict[str, Model] = {"person": "contact", "company": "company"}
"""How the database calls what a seed has attributes of."""


@dataclass(slots=True)
class Rows:
    """Everything that a seed puts into a database, by table."""

    contacts: list[Contact] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    memberships: list[tuple[str, str]] = field(default_factory=list)
    taggings: dict[Model, list[tuple[str, str]]] = field(default_factory=lambda: {"contact": [], "company": []})
    values: dict[Model, list[tuple[str, str, CustomValue]]] = field(
        default_factory=lambda: {"contact": [], "company": []}
    )
    admins: list[Row] = field(default_factory=list)
    ticket_types: list[Row] = field(default_factory=list)
    ticket_states: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    replies: list[Row] = field(default_factory=list)
    collections: list[Row] = field(default_factory=list)
    articles: list[Row] = field(default_factory=list)


def made_id(kind: str, name: str) -> str:
    """Return the id of what a seed calls `name`: 24 hexadecimal digits, always the same."""
    return blake2b(f"{kind}\0{name}".encode(), digest_size=12).hexdigest()


def rows_of(document: Document) -> Rows:
    """Return a seed's rows.

    Raises:
        SeedInvalid: Something is there twice, or refers to what is not there.
    """
    reader = _Reader(document)
    reader.read()
    if reader.problems:
        raise SeedInvalid(reader.problems)
    return reader.rows


class _Reader:
    def __init__(self, document: Document) -> None:
        self.rows = Rows()
        self.problems: list[str] = []
        self._document = document
        self._companies: dict[str, str] = {}
        self._people: dict[str, Contact] = {}
        self._types: dict[str, str] = {}
        self._states: dict[str, str] = {}
        self._teammates: set[str] = set()
        self._numbers: set[int] = set()
        self._collections: set[str] = set()
        self._articles: set[str] = set()
        self._help_centers = [one["identifier"] for one in document.values.get("help_centers", ())]
        self._attributes = {
            MODELS[model]: {name: Attribute(one["type"], one.get("options")) for name, one in attributes.items()}
            for model, attributes in document.values.get("attributes", {}).items()
        }

    def read(self) -> None:
        for kind, read in (
            ("teammates", self._teammate),
            ("companies", self._company),
            ("people", self._person),
            ("ticket_types", self._ticket_type),
            ("ticket_states", self._ticket_state),
            ("tickets", self._ticket),
            ("collections", self._collection),
        ):
            for number, one in enumerate(self._document.values.get(kind, ())):
                read(one, (kind, number))

    # --- people and companies ---

    def _teammate(self, one: Row, at: At) -> None:
        self._once(self._teammates, one["name"], at, "teammate")
        self._teammates.add(one["name"])
        self.rows.admins.append({"id": made_id("teammate", one["name"]), "name": one["name"], "email": one["email"]})

    def _company(self, one: Row, at: At) -> None:
        self._once(self._companies, one["id"], at, "company")
        made = made_id("company", one["id"])
        self._companies[one["id"]] = made
        self.rows.companies.append(
            Company(
                id=made,
                company_id=one["id"],
                created_at=self._moment(one, "created_at", at, EPOCH),
                **{name: one.get(name) for name in ("name", "industry", "website", "plan", "size", "monthly_spend")},
            )
        )
        self._described("company", made, one, at)

    def _person(self, one: Row, at: At) -> None:
        name = one.get("id") or one["email"]
        self._once(self._people, name, at, "person")
        signed_up = self._maybe_moment(one, "signed_up_at", at)
        person = Contact(
            id=made_id("person", name),
            role=one.get("role", "user"),
            created_at=EPOCH if signed_up is None else signed_up,
            external_id=one.get("id"),
            unsubscribed_from_emails=one.get("unsubscribed"),
            signed_up_at=signed_up,
            last_seen_at=self._maybe_moment(one, "last_seen_at", at),
            archived=one.get("archived", False),
            **{name: one.get(name) for name in ("email", "name", "phone")},
        )
        self._people[name] = person
        self.rows.contacts.append(person)
        for number, company in enumerate(one.get("companies", ())):
            made = self._found(self._companies, company, (*at, "companies", number), "company")
            if made is not None:
                self.rows.memberships.append((person.id, made))
        self._described("contact", person.id, one, at)

    def _described(self, model: Model, owner: str, one: Row, at: At) -> None:
        self.rows.taggings[model] += [(owner, tag) for tag in one.get("tags", ())]
        for name, value in one.get("values", {}).items():
            inside = (*at, "values", name)
            attribute = self._found(self._attributes.get(model, {}), name, inside, "attribute")
            if attribute is not None:
                self._value(model, owner, attribute, value, inside)

    def _value(self, model: Model, owner: str, attribute: Attribute, value: CustomValue, at: At) -> None:
        name = str(at[-1])
        if attribute.type in {"date", "datetime"} and isinstance(value, str):
            seconds = self._seconds(value, at)
            if seconds is None:
                return
            value = seconds
        try:
            column_values(attribute, name, value)
        except InvalidValue as problem:
            self._wrong(at, str(problem))
        else:
            self.rows.values[model].append((owner, name, value))

    # --- tickets ---

    def _ticket_type(self, one: Row, at: At) -> None:
        self._once(self._types, one["name"], at, "ticket type")
        self._types[one["name"]] = made_id("ticket_type", one["name"])
        self.rows.ticket_types.append({"id": self._types[one["name"]], **one})

    def _ticket_state(self, one: Row, at: At) -> None:
        label = one["internal"]
        self._once(self._states, label, at, "ticket state")
        self._states[label] = made_id("ticket_state", label)
        self.rows.ticket_states.append(
            {
                "id": self._states[label],
                "category": one["category"],
                "internal_label": label,
                "external_label": one["external"],
            }
        )

    def _ticket(self, one: Row, at: At) -> None:
        self._once(self._numbers, one["number"], at, "ticket")
        self._numbers.add(one["number"])
        made = made_id("ticket", str(one["number"]))
        person = self._found(self._people, one["from"], (*at, "from"), "person")
        created = self._moment(one, "created_at", at, EPOCH)
        replies = [
            self._reply(made, reply, (*at, "replies", number)) for number, reply in enumerate(one.get("replies", ()))
        ]
        latest = max([created, *(reply["created_at"] for reply in replies)])
        company = one.get("company")
        self.rows.tickets.append(
            {
                "id": made,
                "number": one["number"],
                "type_id": self._found(self._types, one["type"], (*at, "type"), "ticket type"),
                "state_id": self._found(self._states, one["state"], (*at, "state"), "ticket state"),
                "contact_id": person.id if person else None,
                "company_id": company and self._found(self._companies, company, (*at, "company"), "company"),
                "title": one["title"],
                "description": one.get("description", ""),
                "is_shared": one.get("shared", False),
                "created_at": created,
                "updated_at": self._moment(one, "updated_at", at, latest),
            }
        )
        self.rows.replies += replies

    def _reply(self, ticket: str, one: Row, at: At) -> Row:
        author = one["by"]
        if author in self._teammates:
            kind, name = "admin", author
        else:
            person = self._found(self._people, author, (*at, "by"), "teammate or person")
            kind, name = (person.role, person.name or author) if person else ("user", author)
        return {
            "id": made_id("reply", f"{ticket}/{at[-1]}"),
            "ticket_id": ticket,
            "author_type": kind,
            "author_name": name,
            "part_type": "note" if one.get("internal") else "comment",
            "body": one["text"],
            "created_at": self._moment(one, "at", at, EPOCH),
        }

    # --- what the Help Center says ---

    def _collection(self, one: Row, at: At) -> None:
        help_center = one.get("help_center", self._help_centers[0])
        if help_center not in self._help_centers:
            self._wrong((*at, "help_center"), f"there is no Help Center {help_center}")
        name = f"{help_center}/{one['name']}"
        self._once(self._collections, name, at, "collection")
        self._collections.add(name)
        made = made_id("collection", name)
        self.rows.collections.append(
            {
                "id": made,
                "help_center": help_center,
                "name": one["name"],
                "description": one.get("description", ""),
                "position": at[-1],
            }
        )
        for number, article in enumerate(one.get("articles", ())):
            self._article(made, article, (*at, "articles", number))

    def _article(self, collection: str, one: Row, at: At) -> None:
        made = made_id("article", f"{collection}/{one['title']}")
        self._once(self._articles, made, at, "article")
        self._articles.add(made)
        self.rows.articles.append(
            {
                "id": made,
                "collection_id": collection,
                "title": one["title"],
                "body": one["text"],
                "position": at[-1],
                "featured": one.get("featured", False),
                "announced": one.get("announced", False),
                "updated_at": self._moment(one, "updated_at", at, EPOCH),
            }
        )

    # --- references and moments ---

    def _wrong(self, at: At, what: str) -> None:
        self.problems.append(self._document.complaint(at, what))

    def _once(self, known: Container[object], name: object, at: At, what: str) -> None:
        if name in known:
            self._wrong(at, f"the {what} {name} is there twice")

    def _found(self, known: Mapping[str, _Thing], name: str, at: At, what: str) -> _Thing | None:
        if name not in known:
            self._wrong(at, f"there is no {what} {name}")
        return known.get(name)

    def _moment(self, one: Row, name: str, at: At, otherwise: int) -> int:
        seconds = self._maybe_moment(one, name, at)
        return otherwise if seconds is None else seconds

    def _maybe_moment(self, one: Row, name: str, at: At) -> int | None:
        return self._seconds(one[name], (*at, name)) if name in one else None

    def _seconds(self, text: str, at: At) -> int | None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self._wrong(at, f"{text} is no day and no moment, such as 2026-01-31 or 2026-01-31T09:30:00Z")
            return None
        return int(moment.replace(tzinfo=UTC).timestamp())
