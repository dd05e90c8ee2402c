"""A sandbox: the real application on a database in memory with the content of one answer, to change without effect.

It has the settings of one Help Center and of the workspace, the record, fields that others manage (not their values),
the lease and unfinished applies. It has no people: only the workspace knows the impact on access.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from workspace.core.clock import seconds
from workspace.core.data_files import load_json
from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.database import named, tables
from workspace.identity import tokens as auth
from workspace.people import rows as people
from workspace.people.rows import Company, Contact
from workspace.settings import kinds
from workspace.settings import observed as configuration
from workspace.settings.kinds import site
from workspace.web.app import create_admin_first
from workspace.web.app_config import CLOSE, EphemeralToken, Settings
from workspace.writes import moments
from workspace.writes.steps import receipt_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from flask import Flask
    from sqlalchemy import Connection

ACTOR = "sandbox"
"""In whose name things are done on a sandbox, where nothing else is said."""

_UNTOLD = "~"
"""The stand-in for records of which only the existence is known; the last by name."""

_Rows = dict[str, Any]


def create_sandbox(answer: Mapping[str, Any], clock: Callable[[], datetime], actor: str = ACTOR) -> tuple[Flask, str]:
    """Create a workspace from the body of a `GET configuration`, with a token that lives as long as it does.

    It gives the same answer to the same request; all threads take turns. WorkspaceError for a body of another version.
    """
    engine = db.engine_in_memory()
    try:
        # It follows from the people, and they are not here.
        engine.update_execution_options(**{configuration.COMPANIES_IN_USE: answer["site"]["companies_in_use"]})
        with db.writing(engine) as connection:
            _fill(connection, answer)
    except (KeyError, TypeError, ValueError, AttributeError, SQLAlchemyError) as problem:
        engine.dispose()
        raise WorkspaceError(
            f"the workspace's configuration is not as this version knows it: {problem!r}",
            "Use the version of the program that belongs to the workspace.",
        ) from problem
    token = auth.new_token()
    app = create_admin_first(
        Settings(engine=engine, embedded=EphemeralToken(token, actor), writes_per_minute=None, clock=clock)
    )
    # Nobody else knows the engine: the database ends when the application is closed, at the latest with it.
    app.extensions[CLOSE] = weakref.finalize(app, engine.dispose)
    return app, token


def _fill(connection: Connection, answer: Mapping[str, Any]) -> None:
    profile = answer["required_settings"]["profile"]
    if profile not in load_json("required-settings.json")["profiles"]:
        raise ValueError(f"it has the required settings {profile!r}")
    moment = moments.parse(answer["moment"])
    if moment is None or moment.revision != answer["revision"]:
        raise ValueError("its moment is not that of its revision")
    connection.execute(
        insert(tables.workspaces).values(
            id=answer["workspace"]["id"],
            name=answer["workspace"]["name"],
            revision=answer["revision"],
            required_settings_profile=profile,
            lineage=moment.lineage,
            mark=moment.mark,
            digest_key="",
        )
    )
    help_center = {name: answer["help_center"][name] for name in ("identifier", "display_name")}
    connection.execute(insert(tables.help_centers).values(help_center))
    connection.execute(insert(tables.settings), list(_settings(answer)))
    _fill_granted(connection, answer["granted_companies"]["people"])
    attributes = [_attribute(attribute) for attribute in answer["data_attributes"]]
    if attributes:
        connection.execute(insert(tables.data_attributes), attributes)
    if answer["record"] is not None:
        _fill_record(connection, answer["record"])
    others = [_other(other) for other in answer["others"]]
    if others:
        connection.execute(insert(tables.records), others)
    _fill_named(connection, answer)
    _fill_applies(connection, answer)


def _settings(answer: Mapping[str, Any]) -> Iterator[_Rows]:
    identifier = answer["help_center"]["identifier"]
    for kind in (*kinds.OF_WORKSPACE, *kinds.OF_HELP_CENTER):
        part = answer[kind.name]
        revision = answer["site_revision"] if kind is site.KIND else part["revision"]
        yield {"address": kind.address(identifier), "revision": revision, "document": kind.read(part)}


def _fill_granted(connection: Connection, granted: Sequence[Mapping[str, Any]]) -> None:
    """Insert grants, with the people and companies they need and no others."""
    named = sorted({company for person in granted for company in person["companies"]})
    ids = {value: f"granted-{place}" for place, value in enumerate(named)}
    people.add_companies(connection, [Company(id=ids[value], company_id=value, created_at=0) for value in named])
    kept = ("id", "external_id", "email")
    rows = [{name: entry[name] for name in kept} for entry in granted]
    people.add_contacts(connection, [Contact(role="user", created_at=0, **entry) for entry in rows])
    people.add_grants(connection, [(entry["id"], ids[company]) for entry in granted for company in entry["companies"]])


def _attribute(shown: Mapping[str, Any]) -> _Rows:
    return {**{name: shown[name] for name in ("model", "name", "custom", "revision")}, **shown["values"]}


def _fill_record(connection: Connection, shown: Mapping[str, Any]) -> None:
    row = {name: value for name, value in shown.items() if name not in {"values", "verification"}}
    row |= {"document": shown["values"], "applied_at": seconds(shown["applied_at"])}
    connection.execute(insert(tables.records).values(row))
    verified = shown["verification"]
    if verified is not None:
        row = {**verified, "name": shown["name"], "by_name": verified["by"], "at": seconds(verified["at"])}
        del row["by"]
        connection.execute(insert(tables.verifications).values(row))


def _fill_named(connection: Connection, answer: Mapping[str, Any]) -> None:
    record = answer["record"]
    managed = {other["name"]: other["manages"] for other in answer["others"]}
    if record is not None:
        managed[record["name"]] = record["values"]
    for name, values in managed.items():
        named.keep(connection, name, named.places(values))
    untold = [named.Place(value["address"], tuple(value["fields"])) for value in answer.get("more_records", ())]
    if untold:
        # Whose they are was not told, only that there are more.
        row = {
            "name": _UNTOLD,
            "help_center": "",
            "applied_at": "1970-01-01T00:00:00Z",
            "applied_by": "",
            "manages": {},
        }
        connection.execute(insert(tables.records).values(_other(row)))
        named.keep(connection, _UNTOLD, untold)


def _other(shown: Mapping[str, Any]) -> _Rows:
    return {
        **{name: shown[name] for name in ("name", "help_center", "applied_by")},
        "applied_at": seconds(shown["applied_at"]),
        # Only the names are told. Whoever asked for a value would be told that there is none.
        "document": {address: dict.fromkeys(fields) for address, fields in shown["manages"].items()},
        "revision": 1,
        "digest": "",
    }


def _fill_applies(connection: Connection, answer: Mapping[str, Any]) -> None:
    lease, unfinished = answer["lease"], answer["unfinished"]
    if unfinished is not None:
        connection.execute(insert(tables.receipts).values(_receipt(unfinished)))
    if lease is not None:
        connection.execute(insert(tables.leases).values(_lease(lease, None)))
    elif unfinished is not None:
        # The lease that it was made under has ended; the next one's number is larger.
        ended = {**unfinished, "name": unfinished["configuration"], "reason": ""}
        ended |= {"acquired_at": unfinished["started_at"], "expires_at": unfinished["started_at"]}
        connection.execute(insert(tables.leases).values(_lease(ended, seconds(unfinished["started_at"]))))


def _lease(shown: Mapping[str, Any], ended_at: int | None) -> _Rows:
    return {
        **{name: shown[name] for name in ("name", "fence", "holder", "reason")},
        # Not told, so that nobody else can ask for it again: no request on the sandbox has it either.
        "id": "",
        "by_name": shown["by"],
        "acquired_at": seconds(shown["acquired_at"]),
        "expires_at": seconds(shown["expires_at"]),
        "ended_at": ended_at,
    }


def _receipt(shown: Mapping[str, Any]) -> _Rows:
    row = {name: value for name, value in shown.items() if name != "by"}
    return {
        **row,
        "number": _number(shown["id"]),
        "by_name": shown["by"],
        "undoes": _number(shown["undoes"]),
        "undone_by": _number(shown["undone_by"]),
        "started_at": seconds(shown["started_at"]),
        "finished_at": None,
        # A summary says no more.
        "request_digest": "",
        "plan": {},
        "record_before": None,
        "changes": [],
        "diagnostics": [],
    }


def _number(receipt: str | None) -> int | None:
    name = receipt_name(receipt or "")
    return None if name is None else name.number
