"""/help_centers/…/access: who may open the portal and what they see, now or under other settings.

What compares views is loaded when it is asked for: most plans find that nothing changes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, request

from workspace.access.check import check
from workspace.access.listed_tickets import AskedTickets
from workspace.access.view import Audience, View, preview
from workspace.core.errors import ApiError, Problem, not_found
from workspace.database import engine as db
from workspace.rules import model as rules
from workspace.web import context, http, kept_answers
from workspace.web.admin import base
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
    """Answer whom an audience means."""
    asked = {"page": 1, "per_page": 50, **base.body("PreviewRequest")}
    with _observing(help_center) as (connection, _):
        _check(connection, {"audience": asked["audience"]}, {})
        audience = Audience.from_document(asked["audience"])
        now = context.present()
        found = preview(connection, audience, now, int(asked["page"]), int(asked["per_page"]))
    return http.answer(found.document())


@blueprint.post("/help_centers/<help_center>/access/parts")
@http.only_reads
def count_parts(help_center: str) -> Response:
    """Answer how many people each of several rules means, and which tags there are."""
    from workspace.access.parts import parts

    asked = base.body("PartsRequest")
    with _observing(help_center) as (connection, _):
        _check(connection, {}, {f"rules.{index}": rule for index, rule in enumerate(asked["rules"])})
        found = parts(connection, [rules.parse(one) for one in asked["rules"]], context.present())
    return http.answer(found)


@blueprint.post("/help_centers/<help_center>/access/resolve")
@http.only_reads
def resolve_grants(help_center: str) -> Response:
    """Answer whom references mean, and which companies are not there."""
    from workspace.portal import granting

    asked = base.body("ResolveRequest")
    with _observing(help_center) as (connection, _):
        found = granting.resolve(connection, asked["people"], asked["companies"])
    return http.answer(found.document())


@blueprint.post("/help_centers/<help_center>/access/compare")
@http.only_reads
def compare_access(help_center: str) -> Response:
    """Answer who gains and who loses between two views."""
    from workspace.access.comparison import compare

    asked = {"sample": 5, **base.body("CompareRequest")}
    with _observing(help_center) as (connection, _):
        _check_views(connection, {name: asked[name] for name in ("before", "after")})
        before, after = _view(connection, asked["before"]), _view(connection, asked["after"])
        found = compare(connection, before, after, context.today(), int(asked["sample"]))
    return http.answer(found.document())


@blueprint.post("/help_centers/<help_center>/access/changed")
@http.only_reads
def list_changed(help_center: str) -> Response:
    """Answer a page of those who gain and lose between two views, one by one."""
    from workspace.access.changed_people import changed_people

    asked = {"beyond": "", "per_page": 500, **base.body("ChangedRequest")}
    with _observing(help_center) as (connection, _):
        _check_views(connection, {name: asked[name] for name in ("before", "after")})
        before, after = _view(connection, asked["before"]), _view(connection, asked["after"])
        beyond, most = asked["beyond"], int(asked["per_page"])
        page = changed_people(connection, before, after, context.today(), beyond=beyond, most=most)
    return http.answer(page.document())


@blueprint.post("/help_centers/<help_center>/access/check")
@http.only_reads
def check_people(help_center: str) -> Response:
    """Answer what named people may do, and why."""
    asked = base.body("CheckRequest")
    otherwise = asked.keys() & {"view", "tickets"} or moments.HEADER in request.headers
    answered = _checked_otherwise if otherwise else _checked
    return answered(help_center, asked)


def _checked(help_center: str, asked: Mapping[str, Any]) -> Response:
    """Answer for what is in force: what customers' own programs ask with every request of theirs."""
    today = context.today()
    with db.glancing(context.running().engine) as connection:
        found = context.in_force(connection, help_center)
        if found is None:
            raise not_found()
        card_shown = asked.get("card_shown", found.card_shown)
        results = check(connection, asked["people"], found.view, today, card_shown=card_shown)
    kept_answers.keep_until(g.get("token_known_until", 0))
    return http.answer({"results": [one.document() for one in results]})


def _checked_otherwise(help_center: str, asked: Mapping[str, Any]) -> Response:
    """Answer for other settings, with tickets, or for who knows a moment."""
    with _observing(help_center) as (connection, found):
        view = found.view
        if "view" in asked:
            _check_views(connection, {"view": asked["view"]})
            view = _view(connection, asked["view"])
        card_shown = asked.get("card_shown", found.card_shown)
        url = found.observed.portal_url
        tickets = AskedTickets(connection, int(asked["tickets"]), url) if "tickets" in asked else None
        results = check(connection, asked["people"], view, context.today(), card_shown=card_shown, tickets=tickets)
    return http.answer({"results": [one.document() for one in results]})


@contextmanager
def _observing(help_center: str) -> Iterator[tuple[Connection, InForce]]:
    with context.reading() as connection:
        found = context.in_force(connection, help_center)
        if found is None:
            raise not_found()
        yield connection, found


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
    """Refuse rules that are invalid, but for custom attributes that are not there yet: a plan may create them.

    Args:
        connection: Where the attributes are.
        audiences: Audiences, by their paths in the request.
        conditions: Rules or nulls, by their paths in the request.

    Raises:
        ApiError: 422 with everything that is wrong.
    """
    found: list[Problem] = []
    asked = dict(conditions)
    for path, audience in audiences.items():
        rule, by_rule = audience.get("rule"), audience["mode"] == "rule"
        if by_rule is (rule is None):
            wanted = "the mode rule needs a rule" if by_rule else f"the mode {audience['mode']} takes no rule"
            found.append(Problem("value_invalid", wanted, f"{path}.rule"))
        asked[f"{path}.rule"] = rule
    types = rules.attribute_types(connection)
    for path, rule in asked.items():
        if rule is not None:
            found += rules.problems(rule, types, lenient=True, field=path)
    if found:
        raise ApiError(422, found)
