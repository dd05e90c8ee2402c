"""`help_center/acme`: the domain and the publication of a Help Center."""

from __future__ import annotations

from workspace.settings.kinds.base import SettingKind

KIND = SettingKind(
    name="help_center",
    scope="help_center",
    schema="HelpCenterSettings",
    title="the Help Center {of}",
    defaults={"live": False, "custom_domain": None, "https": False, "cookie_forwarding": False},
    path="help_centers/<help_center>",
)
