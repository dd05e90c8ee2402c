"""/configurations: everything about many portals in a single read; and the same about one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, request

from workspace.core.errors import invalid_parameter, not_found
from workspace.settings import documents as configurations
from workspace.web import context, http
from workspace.web.admin import base
from workspace.writes import moments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Response

    from workspace.settings.documents import Pair

blueprint = Blueprint("configurations", __name__)
RECORD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
MOST = 100
"""The most configurations of a page."""

MAX_NAMES = 8 * 1024 * 1024
"""The most bytes of the names to leave out, which may be a whole fleet."""

_NAME = "a record's name is letters, digits, dots, hyphens and underscores, at most 200"
_HOW = f"of=HELP_CENTER:NAME, 1 to {MOST} times"


@blueprint.get("/configurations")
def get_page() -> Response:
    """Answer a page of whole configurations, or 304 if unchanged."""
    pairs = http.query({"of": pair}, several=("of",)).get("of", [])
    if not 1 <= len(pairs) <= MOST:
        raise invalid_parameter(f"a page is of {MOST} configurations at most and of one at least: {_HOW}", "of")
    twice = next((names for place, names in enumerate(pairs) if names in pairs[:place]), None)
    if twice is not None:
        raise invalid_parameter(f"asks for {':'.join(twice)} twice", "of")
    return _answer(pairs, lambda page: page)


@blueprint.get("/help_centers/<help_center>/configuration")
def get(help_center: str) -> Response:
    """Answer everything about one Help Center, or that nothing changed."""
    name = http.query({"record": record_name}).get("record")

    def alone(page: dict[str, Any]) -> Mapping[str, Any]:
        return configurations.single(page, name)

    return _answer([(help_center, name)], alone, must_exist=True)


@blueprint.post("/configurations/named_by_others")
@http.only_reads
@http.takes(MAX_NAMES)
def get_others() -> Response:
    """Answer the workspace fields managed by other records."""
    names = base.body("Fellows")["names"]
    with context.reading() as connection:
        g.moment = moments.current(connection)
        return http.answer(configurations.others(connection, names))


def pair(text: str) -> tuple[str, str]:
    """Return the Help Center and the name of a configuration that a query parameter is."""
    help_center, _, name = text.partition(":")
    if not help_center or not RECORD_NAME.fullmatch(name):
        raise ValueError(f"{text!r} is not HELP_CENTER:NAME, such as acme:acme-production; {_NAME}")
    return help_center, name


def record_name(text: str) -> str:
    """Return the name of a configuration that a query parameter is."""
    if not RECORD_NAME.fullmatch(text):
        raise ValueError(_NAME)
    return text


def _answer(
    pairs: Sequence[Pair], shown: Callable[[dict[str, Any]], Mapping[str, Any]], *, must_exist: bool = False
) -> Response:
    running = context.running()
    if running.upstream is not None:
        from workspace.upstream import observing

        observing.look_if_old(running.engine, running.upstream, context.now(), running.look_again)
    with context.reading() as connection:
        look = configurations.look(connection, pairs, context.now())
        if must_exist and not look.display_names:
            raise not_found()
        g.moment = moments.of_row(look.workspace)
        tag, upstream = look.tag(context.today()), None
        if running.upstream is not None:
            upstream = observing.document(connection, context.now())
            tag += observing.tag(upstream)
        headers = {"ETag": f'"{tag}"'}
        if request.if_none_match.contains_weak(tag):
            return http.answer(None, status=304, headers=headers)
        page = configurations.page(connection, look, context.today())
    if upstream is not None:
        page["upstream"] = upstream
    return http.answer(shown(page), headers=headers)
