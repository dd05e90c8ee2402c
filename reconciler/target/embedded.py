"""The embedded workspace: the real one in this process, on a SQLite file, without a port. It knows both packages."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Any

from reconciler.target.http.inside import Inside
from reconciler.target.http.retry import Timeouts
from reconciler.target.rest import RestTarget
from workspace.core.clock import utc_now
from workspace.serve.embedded import open_intercom, open_workspace
from workspace.web.app_config import CLOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from reconciler.plan.effect.homepage_preview import RenderedHomepage
    from workspace.upstream.intercom.answers import Heard

INTERCOM_URL = "PORTAL_INTERCOM_URL"
"""A variable with another address of Intercom's API, on this machine only: a server for tests, or a proxy."""
_SECONDS = 600.0


def _inside(app: Flask) -> Inside:
    """Return an application in this process; its database closes with the client."""
    return Inside(app, app.extensions[CLOSE])


def open_embedded(database: Path, seed: Path | None) -> RestTarget:
    """Open the workspace in `database`, made on first use with the content of `seed`, or the sample for `None`."""
    app, token = open_workspace(database, seed, _user())
    return RestTarget(f"embedded workspace {database}", "http://embedded", token, _inside(app))


def open_upstream(account: str, token: str, database: Path, seconds: float | None, variable: str) -> RestTarget:
    """Open a workspace in this process with an Intercom region upstream, mirrored in a SQLite file."""
    app, own = open_intercom(database, account, token, os.environ.get(INTERCOM_URL), _user())
    limits = Timeouts(whole=_SECONDS if seconds is None else seconds, first=_SECONDS, attempt=_SECONDS)
    return RestTarget("Intercom", "http://embedded", own, _inside(app), limits=limits, variable=variable)


def find_intercom(token: str) -> str:
    """Find the region of a token's Intercom workspace."""
    from workspace.serve import vendor

    return vendor.account(None, token, os.environ.get(INTERCOM_URL)).region


def examine_intercom(region: str | None, token: str) -> dict[str, Any]:
    """Examine the API of an Intercom workspace in a region, or where it is; report codes and the shapes of answers."""
    from workspace.upstream.doctor.examination import examine
    from workspace.upstream.intercom.api import Account, Api

    def connected(place: str, hearing: Callable[[Heard], None]) -> Api:
        return Api(Account(place, token, os.environ.get(INTERCOM_URL)), hearing=hearing)

    document = examine(connected, region, int(utc_now().timestamp())).document()
    for check in document["checks"]:
        if check["code"] is not None:
            check["code"] = _CODES.get(check["code"], "vendor-failed")
    return document


_CODES = {
    "upstream_unauthorized": "vendor-token",
    "upstream_scope": "vendor-token",
    "rate_limit_untold": "vendor-untold",
    "required_setting_unmet": "recommended-setting-unmet",
}


def open_sandbox(answer: Mapping[str, Any], clock: Callable[[], datetime] = utc_now) -> RestTarget:
    """Open a sandbox from an answer of `GET configuration`, which no write leaves; raise WorkspaceError."""
    from workspace.serve.sandbox import create_sandbox

    app, token = create_sandbox(answer, clock)
    name = f"a sandbox of {answer['workspace']['name']}"
    return RestTarget(name, "http://sandbox", token, _inside(app))


def draw(pages: Mapping[str, Any]) -> RenderedHomepage:
    """Draw the homepage before and after a plan with the workspace's templates; raise WorkspaceError."""
    from reconciler.plan.effect.homepage_preview import RenderedHomepage
    from workspace.web.pages import homepage_preview

    before, after = (
        homepage_preview.pages(pages["content"]["name"], pages[side], pages["content"]) for side in ("before", "after")
    )
    return RenderedHomepage(homepage_preview.style(), before, after)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
