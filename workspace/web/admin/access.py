"""/help_centers/…/access: access to the portal and its tickets, live or under other settings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, request

from workspace.access.check import check
from workspace.access.listed_tickets import TicketRequest
from workspace.access.view import Audience, View, preview
from workspace.core.errors import ApiError, Problem, not_found
from workspace.database import engine as db
from workspace.rules import model as rules
from workspace.web import context, http
from workspace.web.admin import base
from workspace.web.kept.answers import keep_until
from workspace.writes import moments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Response
    from sqlalchemy import Connection

    from workspace.access.in_force import InForce

blueprint = Blueprint("access", __name__)


@blueprint.post("/help_centers/<help_center>/access/preview")
@http.only_reads
def preview_audience(help_center: str) -> Response:
    """Answer a page of an audience."""
    query = {"page": 1, "per_page": 50, **base.body("PreviewRequest")}
    with _observing(help_center) as (connection, _):
        _check(connection, {"audience": query["audience"]}, {})
        audience = Audience.from_document(query["audience"])
        now = context.present()
        people = preview(connection, audience, now, int(query["page"]), int(query["per_page"]))
    return http.answer(people.document())


@blueprint.post("/help_centers/<help_center>/access/parts")
@http.only_reads
def count_parts(help_center: str) -> Response:
    """Answer the sizes of several rules, and the existing tags."""
    from workspace.access.parts import parts

    query = base.body("PartsRequest")
    with _observing(help_center) as (connection, _):
        _check(connection, {}, {f"rules.{index}": rule for index, rule in enumerate(query["rules"])})
        entry = parts(connection, [rules.parse(rule) for rule in query["rules"]], context.present())
    return http.answer(entry)


@blueprint.post("/help_centers/<help_center>/access/resolve")
@http.only_reads
def resolve_grants(help_center: str) -> Response:
    """Answer the people behind references, and the unknown companies."""
    from workspace.portal import granting

    query = base.body("ResolveRequest")
    with _observing(help_center) as (connection, _):
        meant = granting.resolve(connection, query["people"], query["companies"])
    return http.answer(meant.document())


@blueprint.post("/help_centers/<help_center>/access/compare")
@http.only_reads
def compare_access(help_center: str) -> Response:
    """Answer the people who gain or lose access between two views, counted and sampled."""
    # On demand: most plans change no access.
    from workspace.access.comparison import compare

    query = {"sample": 5, **base.body("CompareRequest")}
    with _observing(help_center) as (connection, _):
        _check_views(connection, {name: query[name] for name in ("before", "after")})
        before, after = _view(connection, query["before"]), _view(connection, query["after"])
        comparison = compare(connection, before, after, context.today(), int(query["sample"]))
    return http.answer(comparison.document())


@blueprint.post("/help_centers/<help_center>/access/changed")
@http.only_reads
def list_changed(help_center: str) -> Response:
    """Answer a page of everybody who gains or loses between two views."""
    from workspace.access.changed_people import changed_people

    query = {"beyond": "", "per_page": 500, **base.body("ChangedRequest")}
    with _observing(help_center) as (connection, _):
        _check_views(connection, {name: query[name] for name in ("before", "after")})
        before, after = _view(connection, query["before"]), _view(connection, query["after"])
        beyond, most = query["beyond"], int(query["per_page"])
        page = changed_people(connection, before, after, context.today(), beyond=beyond, most=most)
    return http.answer(page.document())


@blueprint.post("/help_centers/<help_center>/access/check")
@http.only_reads
def check_people(help_center: str) -> Response:
    """Answer the access of named people, with reasons."""
    query = base.body("CheckRequest")
    otherwise = query.keys() & {"view", "tickets"} or moments.HEADER in request.headers
    answered = _checked_otherwise if otherwise else _checked
    return answered(help_center, query)


def _checked(help_center: str, query: Mapping[str, Any]) -> Response:
    """Answer for the settings in force: the question in every request of customers' own programs."""
    today = context.today()
    with db.glancing(context.running().engine) as connection:
        in_force = context.in_force(connection, help_center)
        if in_force is None:
            raise not_found()
        card_shown = query.get("card_shown", in_force.card_shown)
        results = check(connection, query["people"], in_force.view, today, card_shown=card_shown)
    keep_until(g.get("token_known_until", 0))
    return http.answer({"results": [result.document() for result in results]})


def _checked_otherwise(help_center: str, query: Mapping[str, Any]) -> Response:
    """Answer for other settings, with tickets, or for a caller with a moment."""
    with _observing(help_center) as (connection, in_force):
        view = in_force.view
        if "view" in query:
            _check_views(connection, {"view": query["view"]})
            view = _view(connection, query["view"])
        card_shown = query.get("card_shown", in_force.card_shown)
        url = in_force.observed.portal_url
        tickets = TicketRequest(connection, int(query["tickets"]), url) if "tickets" in query else None
        results = check(connection, query["people"], view, context.today(), card_shown=card_shown, tickets=tickets)
    return http.answer({"results": [result.document() for result in results]})


@contextmanager
def _observing(help_center: str) -> Iterator[tuple[Connection, InForce]]:
    with context.reading() as connection:
        in_force = context.in_force(connection, help_center)
        if in_force is None:
            raise not_found()
        yield connection, in_force


def _view(connection: Connection, document: Mapping[str, Any]) -> View:
    from workspace.portal import granting

    return replace(View.from_document(document), regranted=granting.regranted(connection, document.get("granted", {})))


def _check_views(connection: Connection, views: Mapping[str, Mapping[str, Any]]) -> None:
    _check(
        connection,
        {f"{name}.audience": view["audience"] for name, view in views.items()},
        {
            f"{name}.ticket_visibility.conditions": view["ticket_visibility"].get("conditions")
            for name, view in views.items()
        },
    )


def _check(
    connection: Connection, audiences: Mapping[str, Mapping[str, Any]], conditions: Mapping[str, object]
) -> None:
    """Refuse invalid rules, by their paths in the request, with ApiError 422; a plan may create unknown attributes."""
    problems: list[Problem] = []
    query = dict(conditions)
    for path, audience in audiences.items():
        rule, by_rule = audience.get("rule"), audience["mode"] == "rule"
        if by_rule is (rule is None):
            desired = "the mode rule needs a rule" if by_rule else f"the mode {audience['mode']} takes no rule"
            problems.append(Problem("value_invalid", desired, f"{path}.rule"))
        query[f"{path}.rule"] = rule
    types = rules.attribute_types(connection)
    for path, rule in query.items():
        if rule is not None:
            problems += rules.problems(rule, types, lenient=True, field=path)
    if problems:
        raise ApiError(422, problems)
