"""The first filling of an empty database: the workspace itself and a default for every setting."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from workspace import defaults, tables
from workspace.errors import WorkspaceError
from workspace.resources import load_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

_ATTRIBUTE = "data_attribute/"


class AlreadyInitialised(WorkspaceError):
    """The database holds a workspace already."""


@dataclass(frozen=True, slots=True)
class NewHelpCenter:
    """A Help Center to begin with.

    Attributes:
        identifier: The slug by which it is found.
        display_name: Its name for people.
    """

    identifier: str
    display_name: str


def initialise(
    connection: Connection,
    name: str,
    *,
    help_centers: Sequence[NewHelpCenter],
    profile: str | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    workspace_id: str | None = None,
) -> None:
    """Create the workspace, its Help Centers and all settings. Call it inside `db.writing(engine)`.

    Args:
        connection: A transaction that writes; the caller commits, together with what else belongs to it.
        name: The workspace's name for people.
        help_centers: At least one, each with its own identifier.
        profile: Which required settings apply, a profile of `required-settings.json`; the default one if None.
        settings: What differs from the defaults, by address: partial values as in the admin API
            (`help_center/acme`, `audience/acme`, `ticket_visibility/acme`, `portal/acme`, `identity`,
            `messenger_spaces`, `site`, `data_attribute/company.plan_tier`), and for `homepage/acme`
            `draft` and `live` as whole lists of sections. A data attribute that is not there is created.
        workspace_id: Its id; a random one if None.

    Raises:
        AlreadyInitialised: The database holds a workspace.
        WorkspaceError: A profile, an address or a setting that does not exist.
    """
    if connection.execute(select(tables.workspaces.c.id).limit(1)).first() is not None:
        raise AlreadyInitialised("the database holds a workspace already")
    known = load_json("required-settings.json")
    if (profile or known["default_profile"]) not in known["profiles"]:
        raise WorkspaceError(
            f"there are no required settings of the name {profile!r}", f"Known: {', '.join(known['profiles'])}."
        )
    documents, attributes = _merged(help_centers, settings or {})
    connection.execute(
        insert(tables.workspaces).values(
            id=workspace_id or f"ws_{secrets.token_hex(8)}",
            name=name,
            revision=1,
            required_settings_profile=profile or known["default_profile"],
        )
    )
    connection.execute(
        insert(tables.help_centers),
        [{"identifier": one.identifier, "display_name": one.display_name} for one in help_centers],
    )
    connection.execute(
        insert(tables.settings),
        [{"address": address, "revision": 1, "document": values} for address, values in documents.items()],
    )
    connection.execute(insert(tables.data_attributes), [_row(*item) for item in attributes.items()])


_Documents = dict[str, dict[str, Any]]


def _merged(
    help_centers: Sequence[NewHelpCenter], settings: Mapping[str, Mapping[str, Any]]
) -> tuple[_Documents, _Documents]:
    documents = defaults.workspace_settings()
    for one in help_centers:
        documents |= defaults.help_center_settings(one.identifier)
    attributes = defaults.data_attributes()
    for address, values in settings.items():
        if address.startswith(_ATTRIBUTE):
            known = attributes.get(address, _new_attribute())
            attributes[address] = _updated(address, known, values)
        elif address in documents:
            documents[address] = _updated(address, documents[address], values)
        else:
            raise WorkspaceError(f"there is no setting at {address}", f"Known: {', '.join(sorted(documents))}.")
    return documents, attributes


def _new_attribute() -> dict[str, Any]:
    return {"type": "string", "options": None, "description": None, "messenger_writable": False}


def _updated(address: str, known: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [key for key in values if key not in known]
    if unknown:
        raise WorkspaceError(f"{address} has no setting {', '.join(map(repr, unknown))}", f"Known: {', '.join(known)}.")
    return {**known, **values}


def _row(address: str, values: Mapping[str, Any]) -> dict[str, Any]:
    model, _, name = address.removeprefix(_ATTRIBUTE).partition(".")
    if model not in {"contact", "company"} or not name:
        raise WorkspaceError(f"{address} names no data attribute", "It reads like data_attribute/company.plan_tier.")
    return {
        "model": model,
        "name": name,
        "revision": 1,
        "custom": address not in defaults.data_attributes(),
        **values,
    }
