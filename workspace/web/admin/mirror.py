"""/mirror: the mirrored people of the upstream: progress, refresh, erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.core.errors import ApiError, Problem
from workspace.database import engine as db
from workspace.rules import model as rules
from workspace.upstream import mirror, tasks
from workspace.web import context, http
from workspace.web.admin import base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from workspace.upstream.protocol import MirroredAttributes, Upstream

blueprint = Blueprint("mirror", __name__)
_SECONDS = 5.0
"""The seconds of one request's work: callers ask again, and can report the progress."""


@blueprint.get("/mirror")
def get() -> Response:
    """Answer the progress of the mirror."""
    _upstream()
    with context.reading() as connection:
        return http.answer(mirror.document(connection))


@blueprint.post("/mirror/refresh")
def refresh() -> Response:
    """Refresh a part of the mirror, and answer its progress."""
    body = base.body("MirrorRefresh")
    _upstream()
    running, moment = context.running(), context.now()
    # An attribute of the customer's own that is called like a built-in one stands in its namespace.
    names = {
        model: [name.removeprefix(rules.CUSTOM) for name in attributes]
        for model, attributes in body["attributes"].items()
    }
    with context.reading() as connection:
        desired = tasks.needed(connection).with_others(names)
    # Whoever has to wait for another answers how far that one is.
    with mirror.turn(running.engine, _SECONDS) as mine:
        if mine:
            _go_on(body, desired, moment)
    with context.reading() as connection:
        return http.answer(mirror.document(connection))


@blueprint.post("/mirror/compare")
@http.only_reads
def compare() -> Response:
    """Answer the numbers of people who match a part of a rule at the vendor and here."""
    rule = base.body("MirrorComparison")["rule"]
    upstream, moment = _upstream(), context.now()
    if rule is not None:
        with context.reading() as connection:
            wrong = rules.problems(rule, rules.attribute_types(connection), lenient=True)
        if wrong:
            raise ApiError(422, wrong)
    theirs, part = upstream.matching(rule)
    with context.reading() as connection:
        audience = {"mode": "everyone" if part is None else "rule", "rule": part}
        here = tasks.count(connection, audience, moment)
    people, tolerance = (None, 0) if here is None else (here["people"], here["tolerance"])
    agrees = people is not None and abs(theirs - people) <= tolerance
    comparison = {"theirs": theirs, "here": people, "tolerance": tolerance, "agrees": agrees, "part": part}
    return http.answer({"type": "people_compared", **comparison})


def _go_on(body: Mapping[str, Any], desired: MirroredAttributes, moment: int) -> None:
    engine = context.running().engine
    with db.reading(engine) as connection:
        state = mirror.load(connection)
    if body["begin"] or state.phase != mirror.IDLE:
        _sweep(body, desired, moment, state)
    with db.reading(engine) as connection:
        state = mirror.load(connection)
    query = mirror.GrantQuery(body.get("granted", ()), body.get("companies", ()))
    if (query.people or query.companies) and state.phase == mirror.IDLE:
        upstream, attributes = _upstream(), state.attributes
        mirror.read_grants(engine, upstream, query, moment, attributes=attributes, sweep=state.sweep)


def _sweep(body: Mapping[str, Any], desired: MirroredAttributes, moment: int, state: mirror.State) -> None:
    engine = context.running().engine
    whole = body.get("whole", False) and body["begin"]
    if whole or not state.is_fresh(desired, moment, body.get("older_than", 0)):
        mirror.Mirror(engine, _upstream()).refresh(desired, moment, whole=whole, seconds=_SECONDS)
        with db.writing(engine) as connection:
            if mirror.load(connection).phase == mirror.IDLE:
                tasks.doubt_by_count(connection, moment)


@blueprint.delete("/mirror")
def forget() -> Response:
    """Forget everybody."""
    _upstream()
    mirror.forget(context.running().engine)
    with db.reading(context.running().engine) as connection:
        return http.answer(mirror.document(connection))


def _upstream() -> Upstream:
    upstream = context.running().upstream
    if upstream is None:
        raise ApiError(
            404, Problem("no_upstream", "the people of this workspace live here: there is nothing to mirror")
        )
    return upstream
