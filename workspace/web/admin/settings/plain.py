"""GET and PATCH of the settings that need no module of their own: one path for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.settings.kinds import KINDS
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

    from workspace.settings.kinds import SettingKind

blueprint = Blueprint("settings", __name__)


def _route(kind: SettingKind) -> None:
    def get(help_center: str = "") -> Response:
        return base.show(kind.address(help_center))

    def patch(help_center: str = "") -> Response:
        return base.change(kind.address(help_center))

    blueprint.add_url_rule(f"/{kind.route}", f"get_{kind.name}", get, methods=["GET"])
    blueprint.add_url_rule(f"/{kind.route}", f"patch_{kind.name}", patch, methods=["PATCH"])


for _kind in KINDS:
    if not _kind.own_module:
        _route(_kind)
