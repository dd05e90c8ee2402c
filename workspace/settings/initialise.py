"""The first filling of an empty database: the workspace itself and a default for every setting."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from workspace.core import validation
from workspace.core.data_files import load_json
from workspace.core.errors import ApiError, WorkspaceError
from workspace.database import tables
from workspace.database.store import ATTRIBUTE, attribute_parts
from workspace.settings import kinds
from workspace.settings.kinds import data_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_IDENTIFIER = 64
_Documents = dict[str, dict[str, Any]]


class AlreadyInitialised(WorkspaceError):
    """The database holds a workspace already."""


@dataclass(frozen=True, slots=True)
class NewHelpCenter:
    """A Help Center to create; `identifier` is its slug."""

    identifier: str
    display_name: str


def initialise(
    connection: Connection,
    name: str,
    *,
    help_centers: Sequence[NewHelpCenter],
    profile: str | None = None,
    settings: Mapping[str, dict[str, Any]] | None = None,
    workspace_id: str | None = None,
) -> None:
    """Create the workspace, its Help Centers and all settings, within `db.writing(engine)`.

    Raises AlreadyInitialised, or WorkspaceError for an unknown profile, address or setting, or an invalid value.

    Args:
        help_centers: At least one, each with its own identifier.
        settings: Values that differ from the defaults, by address, partial as in the admin API (`audience/acme`); for
            `homepage/acme` whole lists of sections, `draft` and `live`. A new data attribute needs a `type`.
    """
    if connection.execute(select(tables.workspaces.c.id).limit(1)).first() is not None:
        raise AlreadyInitialised("the database holds a workspace already")
    lineage = secrets.token_hex(8)
    connection.execute(
        insert(tables.workspaces).values(
            id=workspace_id or f"ws_{secrets.token_hex(8)}",
            name=name,
            revision=1,
            required_settings_profile=_profile(profile),
            lineage=lineage,
            mark=lineage,
            digest_key=secrets.token_hex(32),
        )
    )
    _check_help_centers(help_centers)
    connection.execute(
        insert(tables.help_centers),
        [{"identifier": center.identifier, "display_name": center.display_name} for center in help_centers],
    )
    given = dict(settings or {})
    # Attributes first: rules may name them.
    attributes = _attributes({address: given.pop(address) for address in list(given) if _is_attribute(address)})
    connection.execute(insert(tables.data_attributes), attributes)
    documents = _documents(connection, help_centers, given)
    connection.execute(
        insert(tables.settings),
        [{"address": address, "revision": 1, "document": values} for address, values in documents.items()],
    )


def _check_help_centers(help_centers: Sequence[NewHelpCenter]) -> None:
    if not help_centers:
        raise WorkspaceError("a workspace has at least one Help Center")
    identifiers = [center.identifier for center in help_centers]
    for identifier in identifiers:
        if len(identifier) > _MAX_IDENTIFIER or not _IDENTIFIER.fullmatch(identifier):
            raise WorkspaceError(
                f"{identifier!r} cannot be the identifier of a Help Center",
                f"It is lower-case letters, digits and single hyphens, at most {_MAX_IDENTIFIER}.",
            )
        if identifiers.count(identifier) > 1:
            raise WorkspaceError(f"two Help Centers have the identifier {identifier!r}")


def _profile(desired: str | None) -> str:
    known = load_json("required-settings.json")
    profile: str = desired or known["default_profile"]
    if profile not in known["profiles"]:
        raise WorkspaceError(
            f"there are no required settings of the name {profile!r}", f"Known: {', '.join(known['profiles'])}."
        )
    return profile


def _is_attribute(address: str) -> bool:
    return address.startswith(ATTRIBUTE)


def _attributes(given: _Documents) -> list[dict[str, Any]]:
    built_in = data_attribute.BUILT_IN
    documents = dict(built_in)
    for address, values in given.items():
        with _about(address):
            validation.check("DataAttributeSettings" if address in built_in else "NewDataAttribute", values)
            document = {**documents.get(address, data_attribute.KIND.defaults), **values}
            data_attribute.check_options(document)
            documents[address] = document
    return [_attribute_row(address, values, custom=address not in built_in) for address, values in documents.items()]


def _attribute_row(address: str, values: Mapping[str, Any], *, custom: bool) -> dict[str, Any]:
    model, name = attribute_parts(address)
    if model not in {"contact", "company"}:
        raise WorkspaceError(f"{address} names no data attribute", "It reads like data_attribute/company.plan_tier.")
    with _about(address):
        data_attribute.check_attribute_name(name)
    return {"model": model, "name": name, "revision": 1, "custom": custom, **values}


def _documents(connection: Connection, help_centers: Sequence[NewHelpCenter], given: _Documents) -> _Documents:
    documents = {kind.address(): dict(kind.defaults) for kind in kinds.OF_WORKSPACE}
    for center in help_centers:
        documents |= {kind.address(center.identifier): dict(kind.defaults) for kind in kinds.OF_HELP_CENTER}
    for address, values in given.items():
        if address not in documents:
            raise WorkspaceError(f"there is no setting at {address}", f"Known: {', '.join(sorted(documents))}.")
        with _about(address):
            documents[address] = kinds.kind_of(address).begin(connection, values)
    return documents


@contextmanager
def _about(address: str) -> Iterator[None]:
    try:
        yield
    except ApiError as problem:
        item = problem.problems[0]
        raise WorkspaceError(f"{address} cannot begin like this: {item.field or 'it'}: {item.message}") from problem
