"""Messenger: its spaces, the proof of identity, and the signing secrets of applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request

from workspace.core.texts import _
from workspace.settings.kinds import spaces
from workspace.web.console import api, managed, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.settings import form
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.console.settings.form import Outcome

_HOUR = 3600
_DAYS = {"0": 0, "1": 24 * _HOUR, "7": 7 * 24 * _HOUR}
"""The days for which a replaced secret may stay valid, as in the form."""


@blueprint.get("/hc/<name:help_center>/messenger")
def messenger(help_center: str) -> Response:
    """Show the settings."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/messenger/spaces")
def save_spaces(help_center: str) -> Response:
    """Save which spaces there are."""
    outcome = form.send("PATCH", f"/{spaces.KIND.address()}", _typed_spaces())
    return _page(help_center, outcome, _("Saved the spaces."), about="spaces")


@blueprint.post("/hc/<name:help_center>/messenger/identity")
def save_identity(help_center: str) -> Response:
    """Save the proof of identity."""
    outcome = form.send("PATCH", "/identity", {"mode": request.form.get("mode", "")})
    return _page(help_center, outcome, _("Saved how people prove who they are."), about="identity")


@blueprint.post("/hc/<name:help_center>/messenger/secrets")
def create_secret(help_center: str) -> Response:
    """Make a secret."""
    body = {"kind": request.form.get("kind", ""), "name": request.form.get("name", "").strip()}
    return _page(help_center, form.attempt("POST", "/identity/secrets", body), "", about="secret")


@blueprint.post("/hc/<name:help_center>/messenger/secrets/<name:secret>")
def change_secret(help_center: str, secret: str) -> Response:
    """Rotate or revoke a secret."""
    if request.form.get("do") == "revoke":
        outcome = form.attempt("DELETE", f"/identity/secrets/{secret}")
        return _page(help_center, outcome, _("Revoked the secret. What it signed is refused from now on."))
    if request.form.get("do") != "rotate":
        abort(404)
    overlap = _DAYS.get(request.form.get("days", ""), 0)
    outcome = form.attempt("POST", f"/identity/secrets/{secret}/rotate", {"overlap_seconds": overlap})
    return _page(help_center, outcome, "", about="secret")


def _page(help_center: str, outcome: Outcome, done: str = "", *, about: str = "") -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    made = outcome.document if outcome.done and about == "secret" else None
    posted = request.method == "POST" and not outcome.done
    return shell.page(
        "messenger.html",
        "messenger",
        help_center,
        **outcome.shown(done),
        about=about,
        made=made,
        spaces=_shown(configuration[spaces.KIND.name], posted=posted and about == "spaces", typed=_typed_spaces()),
        identity=_shown(
            configuration["identity"],
            posted=posted and about == "identity",
            typed={"mode": request.form.get("mode", "")},
        ),
        secrets=api.get("/identity/secrets")["data"],
        now=shell.now(),
        space_marks=managed.marks(configuration, spaces.KIND.name),
        identity_marks=managed.marks(configuration, "identity"),
        yaml=configuration_text(configuration, "messenger"),
    )


def _typed_spaces() -> dict[str, bool]:
    return {space: form.checked(space) for space in spaces.KIND.defaults}


def _shown(resource: dict[str, Any], *, posted: bool, typed: dict[str, Any]) -> dict[str, Any]:
    return {**resource, "values": typed} if posted else resource
