"""Articles › Settings › Help Center: publication and domain; facts about the customer's own site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from workspace.core.texts import _
from workspace.web.console import api, managed, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.settings import form
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.console.settings.form import Outcome

_ACKNOWLEDGEMENT = ("acknowledged_by", "reason", "until")
_FACTS = ("messenger_installed", "certificate_valid", "cookie_forwarding_detectable")


@blueprint.get("/hc/<name:help_center>/help-center")
def help_center_settings(help_center: str) -> Response:
    """Show the settings."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/help-center")
def save_help_center(help_center: str) -> Response:
    """Save the settings."""
    outcome = form.send("PATCH", f"/help_centers/{help_center}", _typed())
    return _page(help_center, outcome, _("Saved."))


@blueprint.post("/hc/<name:help_center>/site")
def save_site(help_center: str) -> Response:
    """Save the facts about the site."""
    facts = {name: form.checked(name) for name in _FACTS}
    outcome = form.send("PATCH", "/site", {**facts, "plan": request.form.get("plan", "")})
    return _page(help_center, outcome, _("Saved what is known of your site."), about_site=True)


def _typed() -> dict[str, Any]:
    cookies = request.form.get("cookies", "no")
    vouched = {name: request.form.get(f"cookies-{name}", "").strip() for name in _ACKNOWLEDGEMENT}
    return {
        "live": form.checked("live"),
        "custom_domain": request.form.get("custom_domain", "").strip() or None,
        "https": form.checked("https"),
        "cookie_forwarding": vouched if cookies == "vouched" else cookies == "yes",
    }


def _page(help_center: str, outcome: Outcome, done: str = "", *, about_site: bool = False) -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    site = api.get("/site")
    settings = configuration["help_center"]
    failed = request.method == "POST" and not outcome.done
    shown = _typed() if failed and not about_site else settings["values"]
    return shell.page(
        "help_center.html",
        "help-center",
        help_center,
        **outcome.shown(done),
        about_site=about_site,
        settings=settings,
        values=shown,
        vouched=shown["cookie_forwarding"] if isinstance(shown["cookie_forwarding"], dict) else {},
        site=site,
        marks=managed.marks(configuration, f"help_center/{help_center}"),
        yaml=configuration_text(configuration, "help_center"),
    )
