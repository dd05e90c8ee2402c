"""Tokens for the workspace's API and for the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import request

from workspace.core.texts import _
from workspace.web.console import api, shell
from workspace.web.console.settings import form
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.console.settings.form import Outcome


@blueprint.get("/hc/<name:help_center>/tokens")
def list_tokens(help_center: str) -> Response:
    """List the tokens."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/tokens")
def create_token(help_center: str) -> Response:
    """Make a token."""
    days = request.form.get("days", "")
    body: dict[str, Any] = {"name": request.form.get("name", "").strip(), "scope": request.form.get("scope", "")}
    if days:
        body["days"] = int(days) if days.isascii() and days.isdecimal() and len(days) < len("10000") else 0
    return _page(help_center, form.attempt("POST", "/tokens", body))


@blueprint.post("/hc/<name:help_center>/tokens/revoke")
def revoke_token(help_center: str) -> Response:
    """Revoke a token."""
    name = request.form.get("name", "")
    return _page(
        help_center, form.attempt("DELETE", f"/tokens/{quote(name, safe='')}"), _("Revoked %(name)s.") % {"name": name}
    )


def _page(help_center: str, outcome: Outcome, done: str = "") -> Response:
    made = outcome.document if outcome.done else None
    return shell.page(
        "tokens.html",
        "tokens",
        help_center,
        status=outcome.status,
        notice=outcome.notice(done),
        made=made,
        typed={} if outcome.done else request.form,
        tokens=api.get("/tokens")["data"],
        now=shell.now(),
    )
