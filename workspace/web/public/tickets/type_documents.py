"""Ticket types, their attributes and ticket states as the public API shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.database.tables import ticket_states, ticket_type_attributes, ticket_types
from workspace.web.public.http.base import workspace_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

CATEGORIES = {"customer": "Customer", "back-office": "Back-office", "tracker": "Tracker"}
TITLE = "_default_title_"
DESCRIPTION = "_default_description_"


@dataclass(frozen=True, slots=True)
class Types:
    """Rows of the types of tickets, by name, of their attributes by type, and of states by label: few, read at once."""

    types: Mapping[str, Row[Any]]
    attributes: Mapping[str, list[Row[Any]]]
    states: Mapping[str, Row[Any]]
    workspace: str

    def document(self, type_id: str) -> dict[str, Any]:
        """Return a ticket type as it stands in an answer, with its states."""
        states = {"type": "list", "data": [state_document(row) for row in self.states.values()]}
        return {**self.brief(type_id), "ticket_states": states}

    def brief(self, type_id: str) -> dict[str, Any]:
        """Return a ticket type as it stands in a ticket or a state: without the states."""
        row = self.types[type_id]
        own = [attribute_document(pair, self.workspace) for pair in self.attributes.get(type_id, [])]
        results = [*self._default(type_id), *own]
        return {
            "type": "ticket_type",
            "id": row.id,
            "category": CATEGORIES[row.category],
            "name": row.name,
            "description": "",
            "icon": "🎟️",
            "workspace_id": self.workspace,
            # The vendor's description and its examples call the list differently.
            "ticket_type_attributes": {"type": "list", "data": results, "ticket_type_attributes": results},
            "archived": False,
        }

    def _default(self, type_id: str) -> list[dict[str, Any]]:
        return [
            {
                "type": "ticket_type_attribute",
                "id": f"{type_id}{name}",
                "workspace_id": self.workspace,
                "name": name,
                "description": "",
                "data_type": "string",
                "input_options": {"multiline": name == DESCRIPTION},
                "order": number,
                "required_to_create": False,
                "required_to_create_for_contacts": False,
                "visible_on_create": True,
                "visible_to_contacts": True,
                "default": True,
                "archived": False,
            }
            for number, name in enumerate((TITLE, DESCRIPTION))
        ]


def load(connection: Connection) -> Types:
    """Read all ticket types with their attributes and states."""
    attributes: dict[str, list[Row[Any]]] = {}
    order = ticket_type_attributes.c.position, ticket_type_attributes.c.id
    for row in connection.execute(select(ticket_type_attributes).order_by(*order)):
        attributes.setdefault(row.type_id, []).append(row)
    types = connection.execute(select(ticket_types).order_by(ticket_types.c.name))
    states = connection.execute(select(ticket_states).order_by(ticket_states.c.internal_label))
    return Types(
        {row.id: row for row in types}, attributes, {row.id: row for row in states}, workspace_of(connection).id
    )


def state_document(row: Row[Any]) -> dict[str, Any]:
    """Return a ticket state as it stands in an answer."""
    return {
        "type": "ticket_state",
        "id": row.id,
        "category": row.category,
        "internal_label": row.internal_label,
        "external_label": row.external_label,
    }


def attribute_document(row: Row[Any], workspace: str) -> dict[str, Any]:
    """Return an attribute of a ticket type as it stands in an answer."""
    if row.data_type == "list":
        options: dict[str, Any] = {"list_options": row.list_items}
    else:
        options = {"multiline": row.multiline} if row.data_type == "string" else {}
    same = ("id", "name", "description", "data_type", "required_to_create", "required_to_create_for_contacts")
    also = ("visible_on_create", "visible_to_contacts", "archived", "created_at", "updated_at")
    return {
        "type": "ticket_type_attribute",
        "workspace_id": workspace,
        **{name: row._mapping[name] for name in (*same, *also)},
        "input_options": options,
        "order": row.position,
        "default": False,
    }
