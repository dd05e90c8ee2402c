"""How end users prove to the Messenger who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, FieldShape, PlainKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Path


class Identity(PlainKind):
    """`identity`: one for the whole workspace."""

    name = "identity"
    scope = "workspace"
    title = "Messenger identity"
    fields = ("mode",)
    part = "identity"
    shape: ClassVar[FieldShape] = {"values": {"mode": PLAIN}}

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        mode = settings.get("messenger", {}).get("identity")
        return {} if mode is None else {"mode": mode}

    def source(self, address: str, field: str) -> Path:
        return ("messenger", "identity")


KIND = Identity()
