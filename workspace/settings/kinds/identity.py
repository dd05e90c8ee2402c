"""`identity`: the proof of identity of end users."""

from __future__ import annotations

from workspace.settings.kinds.base import SettingKind

KIND = SettingKind(
    name="identity",
    scope="workspace",
    schema="IdentitySettings",
    title="how end users prove who they are",
    defaults={"mode": "off"},
)
