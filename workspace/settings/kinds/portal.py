"""`portal/acme`: the switch of the tickets portal."""

from __future__ import annotations

from workspace.settings.kinds.base import SettingKind

KIND = SettingKind(
    name="portal",
    scope="help_center",
    schema="PortalSettings",
    title="the portal of {of}",
    defaults={"enabled": False},
    own_module=True,
)
