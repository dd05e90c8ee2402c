"""From an observation of the vendor to the settings, in its name; where it says nothing, a person's word stays."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError, WorkspaceError
from workspace.database import engine as db
from workspace.database import store
from workspace.database.tables import data_attributes, help_centers, settings, upstreams, workspaces
from workspace.settings.initialise import NewHelpCenter, initialise
from workspace.settings.kinds import OF_HELP_CENTER, data_attribute
from workspace.upstream import capabilities, knowledge, mirror, tasks
from workspace.upstream.problems import UpstreamError
from workspace.upstream.protocol import How
from workspace.writes.admin_write import AdminWrite, admin_write
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Engine

    from workspace.upstream.knowledge import Field
    from workspace.upstream.protocol import Attribute, Known, Observation, Seen, Upstream

PROFILE = "intercom"
"""The required settings of a workspace with an upstream: told, and enforced by the vendor alone."""
_TRIES = 3
_LOOKING = threading.Lock()


def look(engine: Engine, upstream: Upstream) -> Observation:
    """Observe the vendor, and keep the result; an empty database becomes its workspace.

    Raises WorkspaceError for a database of another workspace, ApiError if the vendor could not be asked.
    """
    for attempt in range(_TRIES):
        with db.reading(engine) as connection:
            before = _revision(connection)
        observation = upstream.observe()
        if before is None:
            with db.writing(engine) as connection:
                if db.is_empty(connection):
                    _initialise(connection, upstream.vendor, observation)
        with db.reading(engine) as connection:
            moved = tasks.moved(connection, observation)
            logged = () if before is None else tasks.events(upstream, connection, observation.at, moved)
        # Who changed something there is a guess from the vendor's log, if it says anything.
        caller = Caller(upstream.vendor, ("write",), upstream.vendor, None, tasks.probably(logged, moved))
        with admin_write(engine, caller, observation.at) as write:
            # What somebody wrote while the vendor was looked at may be newer than what was seen.
            if before in {None, _revision(write.connection)} or attempt == _TRIES - 1:
                _check_account(write.connection, observation)
                _keep(write, upstream.vendor, observation)
                tasks.settle(write)
                tasks.doubt_by_log(write.connection, logged, observation.at)
                break
    return observation


def look_if_old(engine: Engine, upstream: Upstream, moment: int, seconds: float) -> None:
    """Observe the vendor, unless it was observed in the last `seconds`; ApiError if it could not be asked."""
    # Of requests that come together one looks, and the others have what it saw.
    with _LOOKING:
        with db.reading(engine) as connection:
            last = connection.execute(select(upstreams.c.observed_at)).scalar()
        if last is None or moment - last > seconds:
            look_now(engine, upstream)


def look_now(engine: Engine, upstream: Upstream) -> None:
    """Observe the vendor in the middle of a request; ApiError if it could not be asked."""
    try:
        look(engine, upstream)
    except WorkspaceError as problem:
        raise UpstreamError("upstream_mismatch", problem.summary, problem.remedy) from problem


def look_at_first(engine: Engine, upstream: Upstream) -> None:
    """Observe the vendor if the database is empty; WorkspaceError if it could not be asked."""
    with db.reading(engine) as connection:
        empty = db.is_empty(connection)
    if empty:
        try:
            look(engine, upstream)
        except ApiError as problem:
            (first, *_) = problem.problems
            raise WorkspaceError(first.message, str((first.data or {}).get("remedy", ""))) from problem


def tag(document: Mapping[str, Any] | None) -> str:
    """Return the `ETag` part for the evidence; the time of the observation does not count."""
    if document is None:
        return ""
    known = {
        address: {name: {**field, "as_of": None} for name, field in fields.items()}
        for address, fields in document["known"].items()
    }
    dumps = json.dumps({**document, "observed_at": None, "known": known}, sort_keys=True)
    return f"-{hashlib.sha256(dumps.encode()).hexdigest()[:16]}"


def document(connection: Connection, moment: int) -> dict[str, Any] | None:
    """Return the upstream and the evidence of every value at a moment for an answer; None without an upstream."""
    row = connection.execute(select(upstreams)).first()
    if row is None:
        return None
    fields: dict[str, dict[str, Any]] = {}
    for (address, name), known in sorted(knowledge.load(connection).items()):
        fields.setdefault(address, {})[name] = knowledge.document(knowledge.now(known, moment))
    return {
        "vendor": row.vendor,
        "account": row.account,
        "region": row.region,
        "timezone": row.timezone,
        "observed_at": iso(row.observed_at),
        "known": fields,
        "mirror": mirror.document(connection),
        "capabilities": [
            {name: getattr(capability, name) for name in ("address", "name", "written", "proof", "minutes")}
            for capability in capabilities.table(row.vendor)
        ],
        "waiting": tasks.waiting(connection),
    }


def _revision(connection: Connection) -> int | None:
    """Return the revision of the workspace; None for an empty database."""
    revision: int | None = connection.execute(select(workspaces.c.revision)).scalar()
    return revision


def _initialise(connection: Connection, vendor: str, seen: Observation) -> None:
    if not seen.help_centers:
        raise WorkspaceError(
            f"the {vendor.capitalize()} workspace {seen.account.name} has no Help Center",
            "Make one there first: a tickets portal is a part of a Help Center.",
        )
    initialise(
        connection,
        seen.account.name,
        help_centers=[NewHelpCenter(center.identifier, center.display_name) for center in seen.help_centers],
        profile=PROFILE,
        workspace_id=f"{vendor}_{seen.account.id}",
    )
    connection.execute(insert(upstreams).values(vendor=vendor, **_account(seen)))


def _account(seen: Observation) -> dict[str, Any]:
    return {
        "account": seen.account.id,
        "region": seen.account.region,
        "timezone": seen.account.timezone,
        "observed_at": seen.at,
    }


def _check_account(connection: Connection, seen: Observation) -> None:
    kept = connection.execute(select(upstreams.c.account)).scalar()
    if kept != seen.account.id:
        whose = f"the workspace {kept}" if kept else "a workspace without an upstream"
        raise WorkspaceError(
            f"the database holds {whose}, and the token is of {seen.account.id} ({seen.account.name})",
            "Use the token of that workspace, or another database.",
        )


def _keep(write: AdminWrite, vendor: str, seen: Observation) -> None:
    connection = write.connection
    connection.execute(update(upstreams).values(_account(seen)))
    connection.execute(update(workspaces).values(name=seen.account.name))
    _help_centers(connection, seen)
    known = knowledge.load(connection)
    news: dict[Field, Known] = {}
    for address, fields in seen.fields.items():
        news |= _fields(write, vendor, address, fields, known)
    news |= _attributes(write, vendor, seen, known)
    changed = {field: item for field, item in news.items() if known.get(field) != item}
    knowledge.keep(connection, changed)


def _fields(
    write: AdminWrite, vendor: str, address: str, fields: Mapping[str, Seen], known: Mapping[Field, Known]
) -> dict[Field, Known]:
    """Keep the values of one resource, and return their evidence."""
    before = store.load(write.connection, address)
    if before is None:
        return {}
    values, news = {}, {}
    for name, field in fields.items():
        possible = field.known.one_of
        kept = known.get((address, name))
        if possible and kept is not None and before.document[name] in possible:
            # The vendor tells less than somebody said: what they said stands, as long as it does not contradict.
            news[address, name] = kept if kept.how is How.ATTESTED else field.known
            continue
        values[name], news[address, name] = field.value, field.known
    document = {**before.document, **values}
    write.replace(before, document, f"Saw {address} changed in {vendor.capitalize()}")
    return news


def _help_centers(connection: Connection, seen: Observation) -> None:
    there = {row.identifier: row.display_name for row in connection.execute(select(help_centers))}
    names = {center.identifier: center.display_name for center in seen.help_centers}
    for identifier in names.keys() - there.keys():
        connection.execute(insert(help_centers).values(identifier=identifier, display_name=names[identifier]))
        rows = [
            {"address": kind.address(identifier), "revision": 1, "document": dict(kind.defaults)}
            for kind in OF_HELP_CENTER
        ]
        connection.execute(insert(settings), rows)
    for identifier in there.keys() - names.keys():
        for kind in OF_HELP_CENTER:
            connection.execute(delete(settings).where(settings.c.address == kind.address(identifier)))
            knowledge.forget(connection, kind.address(identifier))
        connection.execute(delete(help_centers).where(help_centers.c.identifier == identifier))
    for identifier in names.keys() & there.keys():
        if names[identifier] != there[identifier]:
            here = help_centers.c.identifier == identifier
            connection.execute(update(help_centers).where(here).values(display_name=names[identifier]))


def _attributes(write: AdminWrite, vendor: str, seen: Observation, known: Mapping[Field, Known]) -> dict[Field, Known]:
    connection = write.connection
    there = {stored.address: (stored, custom) for stored, custom in store.load_attributes(connection)}
    news: dict[Field, Known] = {}
    for attribute in seen.attributes:
        news |= _attribute(write, vendor, attribute, there.pop(attribute.address, None))
    for address, (stored, _) in there.items():
        if address in data_attribute.BUILT_IN:
            # The vendor does not tell of it: what is known of it, somebody said.
            news |= {
                field: item for field, item in known.items() if field[0] == address and item.how is not How.OBSERVED
            }
            continue
        write.remove_attribute(stored, f"Saw {address} gone from {vendor.capitalize()}")
        knowledge.forget(connection, address)
    return news


def _attribute(
    write: AdminWrite, vendor: str, attribute: Attribute, there: tuple[store.Stored, bool] | None
) -> dict[Field, Known]:
    before = there[0] if there else store.Stored(attribute.address, 0, {})
    document = {**(before.document or data_attribute.KIND.defaults), **attribute.values}
    retyped = bool(before.revision) and before.document["type"] != document["type"]
    if retyped:
        # Archived, and made again as another: a change that no single attribute can make.
        write.remove_attribute(before, f"Saw {attribute.address} gone from {vendor.capitalize()}")
        before = store.Stored(attribute.address, 0, {})
    write.replace(before, document, f"Saw {attribute.address} in {vendor.capitalize()}")
    if not attribute.custom and not before.revision:
        model, name = store.attribute_parts(attribute.address)
        here = data_attributes.c.model == model, data_attributes.c.name == name
        write.connection.execute(update(data_attributes).where(*here).values(custom=False))
    return {(attribute.address, name): how for name, how in attribute.known.items()}
