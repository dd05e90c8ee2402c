"""The public REST API at the root of the workspace, as version 2.16 of the vendor's description has it.

`install` puts it into the application: a module for each resource, `gate` for what every request
passes. `docs/rest-api.md` says endpoint by endpoint what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.rest import (
    activity_logs,
    admins,
    companies,
    company_lists,
    contact_companies,
    contact_lists,
    contact_tags,
    contacts,
    data_attributes,
    help_centers,
    segments,
    tags,
    ticket_replies,
    ticket_search,
    ticket_types,
    tickets,
)
from workspace.rest.gate import LIMITER, begin, finish, limiter

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["LIMITER", "begin", "install", "limiter"]

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
    help_centers,
    segments,
    tags,
    ticket_replies,
    ticket_search,
    ticket_types,
    tickets,
)


def install(app: Flask) -> None:
    """Put the public REST API into an application."""
    for module in _RESOURCES:
        app.register_blueprint(module.blueprint)
    app.after_request(finish)
