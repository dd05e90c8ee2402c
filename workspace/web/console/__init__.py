"""The console: the settings pages of the workspace, for people with an admin token, under `/admin`.

Pages come whole from the server and need no script. Everything they show and write goes through the admin API.

session   the signed-in person; genuine forms
api       the admin API, called in the process in that person's name
shell     shared by every page: navigation, rendering, guarding
managed   the mark of settings that a configuration manages; `as_yaml` a page's settings as YAML
start     signing in, and the home page
rules     access conditions as a form, and their preview
settings  the settings pages; `people` contacts and companies; `history` activity, applies, tokens
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from workspace.web.console import shell

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["install"]

_PAGES = (
    "start",
    "settings.general",
    "settings.access",
    "settings.help_center",
    "settings.layout",
    "settings.look",
    "settings.messenger",
    "settings.data",
    "settings.upstream.known",
    "settings.upstream.tasks",
    "people.contacts",
    "people.companies",
    "history.activity",
    "history.applies",
    "history.tokens",
)
"""The modules with pages."""


def install(app: Flask) -> None:
    """Register the console with an application."""
    for name in _PAGES:
        import_module(f"{__name__}.{name}")
    app.register_blueprint(shell.blueprint)
    app.after_request(shell.finish)
