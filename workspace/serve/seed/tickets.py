"""A seed's ticket types, states and tickets as rows of the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workspace.people.custom_values import Attribute, column_values
from workspace.people.rows import InvalidValue
from workspace.serve.seed.reading import EPOCH, Reading, Row, made_id

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from workspace.people.rows import Contact
    from workspace.serve.seed.file import At

_COLUMNS = ("text", "text_folded", "number", "boolean", "moment")


@dataclass(slots=True)
class TicketRows:
    """A seed's tickets, by table."""

    types: list[Row] = field(default_factory=list)
    attributes: list[Row] = field(default_factory=list)
    states: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    values: list[Row] = field(default_factory=list)
    replies: list[Row] = field(default_factory=list)


class TicketReader:
    """Reads the tickets of a seed."""

    def __init__(
        self,
        reading: Reading,
        rows: TicketRows,
        people: Mapping[str, Contact],
        companies: Mapping[str, str],
        teammates: Container[str],
    ) -> None:
        """Take the seed, the rows to add to, and the targets of tickets' references by their names in the seed."""
        self._reading = reading
        self._rows = rows
        self._people = people
        self._companies = companies
        self._teammates = teammates
        self._types: dict[str, str] = {}
        self._attributes: dict[str, dict[str, Row]] = {}
        self._states: dict[str, str] = {}
        self._numbers: set[int] = set()

    def read(self) -> None:
        """Add the rows."""
        for kind, read in (
            ("ticket_types", self._ticket_type),
            ("ticket_states", self._ticket_state),
            ("tickets", self._ticket),
        ):
            for number, value in enumerate(self._reading.values.get(kind, ())):
                read(value, (kind, number))

    def _ticket_type(self, row: Row, at: At) -> None:
        self._reading.once(self._types, row["name"], at, "ticket type")
        made = made_id("ticket_type", row["name"])
        self._types[row["name"]] = made
        self._rows.types.append({"id": made, "name": row["name"], "category": row["category"]})
        known = self._attributes.setdefault(row["name"], {})
        for number, attribute in enumerate(row.get("attributes", ())):
            self._reading.once(known, attribute["name"], (*at, "attributes", number), "attribute")
            known[attribute["name"]] = _attribute_row(made, attribute, number)
        self._rows.attributes += known.values()

    def _ticket_state(self, row: Row, at: At) -> None:
        label = row["internal"]
        self._reading.once(self._states, label, at, "ticket state")
        self._states[label] = made_id("ticket_state", label)
        self._rows.states.append(
            {
                "id": self._states[label],
                "category": row["category"],
                "internal_label": label,
                "external_label": row["external"],
            }
        )

    def _ticket(self, row: Row, at: At) -> None:
        self._reading.once(self._numbers, row["number"], at, "ticket")
        self._numbers.add(row["number"])
        made = made_id("ticket", str(row["number"]))
        person = self._reading.look_up(self._people, row["from"], (*at, "from"), "person")
        created = self._reading.moment(row, "created_at", at, EPOCH)
        replies = [
            self._reply(made, reply, (*at, "replies", number)) for number, reply in enumerate(row.get("replies", ()))
        ]
        latest = max([created, *(reply["created_at"] for reply in replies)])
        company = row.get("company")
        self._rows.tickets.append(
            {
                "id": made,
                "number": row["number"],
                "type_id": self._reading.look_up(self._types, row["type"], (*at, "type"), "ticket type"),
                "state_id": self._reading.look_up(self._states, row["state"], (*at, "state"), "ticket state"),
                "contact_id": person.id if person else None,
                "company_id": company and self._reading.look_up(self._companies, company, (*at, "company"), "company"),
                "title": row["title"],
                "description": row.get("description", ""),
                "is_shared": row.get("shared", False),
                "created_at": created,
                "updated_at": self._reading.moment(row, "updated_at", at, latest),
            }
        )
        self._rows.replies += replies
        for name, value in row.get("values", {}).items():
            self._value(made, row["type"], value, (*at, "values", name))

    def _value(self, ticket: str, type_name: str, value: str | float, at: At) -> None:
        name = str(at[-1])
        row = self._reading.look_up(self._attributes.get(type_name, {}), name, at, f"attribute of {type_name} called")
        if row is None:
            return
        kind = row["data_type"]
        items = {item["name"]: item["id"] for item in row["list_items"] or ()}
        moment = self._reading.seconds(value, at) if kind == "datetime" and isinstance(value, str) else value
        if moment is None:
            return
        try:
            columns = column_values(Attribute("string" if items else kind, list(items) or None), name, moment)
        except InvalidValue as problem:
            self._reading.wrong(at, str(problem))
            return
        if items:
            columns = {"text": items[str(value)], "text_folded": items[str(value)]}
        kept = {column: columns.get(column) for column in _COLUMNS}
        self._rows.values.append({"ticket_id": ticket, "attribute_id": row["id"], **kept})

    def _reply(self, ticket: str, row: Row, at: At) -> Row:
        author = row["by"]
        if author in self._teammates:
            kind, name = "admin", author
        else:
            person = self._reading.look_up(self._people, author, (*at, "by"), "teammate or person")
            kind, name = (person.role, person.name or author) if person else ("user", author)
        return {
            "id": made_id("reply", f"{ticket}/{at[-1]}"),
            "ticket_id": ticket,
            "author_type": kind,
            "author_name": name,
            "part_type": "note" if row.get("internal") else "comment",
            "body": row["text"],
            "created_at": self._reading.moment(row, "at", at, EPOCH),
        }


def _attribute_row(type_id: str, row: Row, position: int) -> Row:
    items = row.get("items")
    return {
        "id": made_id("ticket_attribute", f"{type_id}/{row['name']}"),
        "type_id": type_id,
        "name": row["name"],
        "description": row.get("description", ""),
        "data_type": row["type"],
        "list_items": items and [{"id": made_id("list_item", name), "name": name} for name in items],
        "multiline": False,
        # Title and description, which every type has, come first.
        "position": position + 2,
        "required_to_create": False,
        "required_to_create_for_contacts": False,
        "visible_on_create": True,
        "visible_to_contacts": row.get("visible_to_customers", False),
        "archived": False,
        "created_at": EPOCH,
        "updated_at": EPOCH,
    }
