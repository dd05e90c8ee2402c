"""The public REST API at the root of the workspace, by version 2.16 of the vendor's description.

`install` adds it: a module for each resource, `gate` for every request. `docs/rest-api.md` lists the endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import BaseConverter

from workspace.web.public import activity_logs, admins, data_attributes, help_centers, segments, tags
from workspace.web.public.companies import grants as granted_companies
from workspace.web.public.companies import lists as company_lists
from workspace.web.public.companies import memberships as contact_companies
from workspace.web.public.companies import resource as companies
from workspace.web.public.contacts import lists as contact_lists
from workspace.web.public.contacts import resource as contacts
from workspace.web.public.contacts import tags as contact_tags
from workspace.web.public.http.gate import LIMITER, begin, finish, limiter
from workspace.web.public.http.scrolls import SCROLLS, EndedScrolls
from workspace.web.public.tickets import replies as ticket_replies
from workspace.web.public.tickets import resource as tickets
from workspace.web.public.tickets import search as ticket_search
from workspace.web.public.tickets import types as ticket_types

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["LIMITER", "SCROLLS", "EndedScrolls", "begin", "install", "limiter"]

_RESOURCES = (
    activity_logs,
    admins,
    companies,
    company_lists,
    contact_companies,
    contact_lists,
    contact_tags,
    contacts,
    data_attributes,
    granted_companies,
    help_centers,
    segments,
    tags,
    ticket_replies,
    ticket_search,
    ticket_types,
    tickets,
)


class AnyText(BaseConverter):
    """The rest of a path, slashes and all: ids that customers give hold any character, and arrive decoded."""

    regex = ".+"
    part_isolating = False


def install(app: Flask) -> None:
    """Register the public REST API with an application."""
    app.url_map.converters["any_text"] = AnyText
    for module in _RESOURCES:
        app.register_blueprint(module.blueprint)
    app.after_request(finish)
