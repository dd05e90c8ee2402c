"""Pages for refused requests: the same for everybody, with the brand of the Help Center if it is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workspace.core.errors import DatabaseUnavailable
from workspace.core.folding import storable
from workspace.core.texts import _
from workspace.database import engine as db
from workspace.web import context
from workspace.web.pages import shell

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.pages.shell import Site

TITLES = {
    401: (_("Not yet"), _("This page needs an admin token in the header Authorization.")),
    403: (
        _("This did not work"),
        _("The form was too old, or did not come from this page. Go back, load the page again and send it once more."),
    ),
    404: (
        _("Page not found"),
        _("There is nothing at this address. It may have moved, or the link may be incomplete."),
    ),
    413: (_("Too much at once"), _("What was sent is larger than it may be. Go back and shorten it.")),
    503: (_("Please try again"), _("We could not answer in time. Nothing was changed.")),
}
"""The text for a refused request, by status: a title, and a remedy."""
_FAILED = (_("Something went wrong"), _("The fault is ours. Please try again in a moment."))


def problem(status: int) -> Response:
    """Return the page for a refused request. The same for everybody."""
    failed = status >= 500  # noqa: PLR2004 - server errors
    title, text = TITLES.get(status, _FAILED if failed else TITLES[404])
    # What failed may be the database: it is not asked again.
    site = None if failed else _public_site()
    if site is not None:
        site.allow_images()
    context = {"title": title, "text": text, "home": _home_of(request.path)}
    return shell.page("problem.html", status=status, site=site, visitor=None, **context)


def _public_site() -> Site | None:
    """Return the public Help Center of the current address, or None."""
    _, first, second, *_ = f"{request.path}//".split("/")
    try:
        with db.reading(context.running().engine) as connection:
            if first == "hc":
                site = shell.site_of(connection, second, request.host) if storable(second) else None
            else:
                site = shell.site_by_host(connection, request.host)
    except (DBAPIError, DatabaseUnavailable, PoolTimeout):
        # Whatever is wrong with the database, this request is refused for another reason.
        return None
    return site if site and site.live else None


def _home_of(path: str) -> str | None:
    # From the address alone: whether such a Help Center exists is not said.
    parts = path.split("/")
    if parts[1] == "en":
        return "/en/"
    return f"/hc/{parts[2]}/en/" if parts[1] == "hc" and len(parts) > 3 and parts[2] else None  # noqa: PLR2004 - /hc/X/…
