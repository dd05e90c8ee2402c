"""A seed's values as rows: references resolved, moments converted, ids that follow from the seed's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workspace.people.custom_values import Attribute, column_values
from workspace.people.rows import Company, Contact, InvalidValue, Model
from workspace.serve.seed.file import SeedInvalid
from workspace.serve.seed.reading import EPOCH, Reading, Row, made_id
from workspace.serve.seed.tickets import TicketReader, TicketRows

if TYPE_CHECKING:
    from workspace.people.custom_values import CustomValue
    from workspace.serve.seed.file import At, Document

MODELS: dict[str, Model] = {"person": "contact", "company": "company"}
"""The database's names for the owners of a seed's attributes."""


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
    tickets: TicketRows = field(default_factory=TicketRows)
    collections: list[Row] = field(default_factory=list)
    articles: list[Row] = field(default_factory=list)


def rows_of(document: Document) -> Rows:
    """Return a seed's rows; SeedInvalid for a duplicate or a dangling reference."""
    reading = Reading(document)
    reader = _Reader(reading)
    reader.read()
    if reading.problems:
        raise SeedInvalid(reading.problems)
    return reader.rows


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self.rows = Rows()
        self._reading = reading
        self._companies: dict[str, str] = {}
        self._people: dict[str, Contact] = {}
        self._teammates: set[str] = set()
        self._collections: set[str] = set()
        self._articles: set[str] = set()
        self._help_centers = [center["identifier"] for center in reading.values.get("help_centers", ())]
        self._attributes = {
            MODELS[model]: {
                name: Attribute(attribute["type"], attribute.get("options")) for name, attribute in attributes.items()
            }
            for model, attributes in reading.values.get("attributes", {}).items()
        }

    def read(self) -> None:
        for kind, read in (
            ("teammates", self._teammate),
            ("companies", self._company),
            ("people", self._person),
            ("collections", self._collection),
        ):
            for number, value in enumerate(self._reading.values.get(kind, ())):
                read(value, (kind, number))
        TicketReader(self._reading, self.rows.tickets, self._people, self._companies, self._teammates).read()

    # --- people and companies ---

    def _teammate(self, row: Row, at: At) -> None:
        self._reading.once(self._teammates, row["name"], at, "teammate")
        self._teammates.add(row["name"])
        self.rows.admins.append({"id": made_id("teammate", row["name"]), "name": row["name"], "email": row["email"]})

    def _company(self, row: Row, at: At) -> None:
        self._reading.once(self._companies, row["id"], at, "company")
        made = made_id("company", row["id"])
        self._companies[row["id"]] = made
        self.rows.companies.append(
            Company(
                id=made,
                company_id=row["id"],
                created_at=self._reading.moment(row, "created_at", at, EPOCH),
                **{name: row.get(name) for name in ("name", "industry", "website", "plan", "size", "monthly_spend")},
            )
        )
        self._described("company", made, row, at)

    def _person(self, row: Row, at: At) -> None:
        name = row.get("id") or row["email"]
        self._reading.once(self._people, name, at, "person")
        signed_up = self._reading.maybe_moment(row, "signed_up_at", at)
        person = Contact(
            id=made_id("person", name),
            role=row.get("role", "user"),
            created_at=EPOCH if signed_up is None else signed_up,
            external_id=row.get("id"),
            unsubscribed_from_emails=row.get("unsubscribed"),
            signed_up_at=signed_up,
            last_seen_at=self._reading.maybe_moment(row, "last_seen_at", at),
            archived=row.get("archived", False),
            **{name: row.get(name) for name in ("email", "name", "phone")},
        )
        self._people[name] = person
        self.rows.contacts.append(person)
        for number, company in enumerate(row.get("companies", ())):
            made = self._reading.look_up(self._companies, company, (*at, "companies", number), "company")
            if made is not None:
                self.rows.memberships.append((person.id, made))
        self._described("contact", person.id, row, at)

    def _described(self, model: Model, owner: str, row: Row, at: At) -> None:
        self.rows.taggings[model] += [(owner, tag) for tag in row.get("tags", ())]
        for name, value in row.get("values", {}).items():
            inside = (*at, "values", name)
            attribute = self._reading.look_up(self._attributes.get(model, {}), name, inside, "attribute")
            if attribute is not None:
                self._value(model, owner, attribute, value, inside)

    def _value(self, model: Model, owner: str, attribute: Attribute, value: CustomValue, at: At) -> None:
        name = str(at[-1])
        if attribute.type in {"date", "datetime"} and isinstance(value, str):
            seconds = self._reading.seconds(value, at)
            if seconds is None:
                return
            value = seconds
        try:
            column_values(attribute, name, value)
        except InvalidValue as problem:
            self._reading.wrong(at, str(problem))
        else:
            self.rows.values[model].append((owner, name, value))

    # --- what the Help Center says ---

    def _collection(self, row: Row, at: At) -> None:
        help_center = row.get("help_center", self._help_centers[0])
        if help_center not in self._help_centers:
            self._reading.wrong((*at, "help_center"), f"there is no Help Center {help_center}")
        name = f"{help_center}/{row['name']}"
        self._reading.once(self._collections, name, at, "collection")
        self._collections.add(name)
        made = made_id("collection", name)
        self.rows.collections.append(
            {
                "id": made,
                "help_center": help_center,
                "name": row["name"],
                "description": row.get("description", ""),
                "position": at[-1],
            }
        )
        for number, article in enumerate(row.get("articles", ())):
            self._article(made, article, (*at, "articles", number))

    def _article(self, collection: str, row: Row, at: At) -> None:
        made = made_id("article", f"{collection}/{row['title']}")
        self._reading.once(self._articles, made, at, "article")
        self._articles.add(made)
        self.rows.articles.append(
            {
                "id": made,
                "collection_id": collection,
                "title": row["title"],
                "body": row["text"],
                "position": at[-1],
                "featured": row.get("featured", False),
                "announced": row.get("announced", False),
                "updated_at": self._reading.moment(row, "updated_at", at, EPOCH),
            }
        )
