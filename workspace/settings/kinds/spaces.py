"""`messenger_spaces`: the spaces of the Messenger."""

from __future__ import annotations

from workspace.settings.kinds.base import SettingKind

_ON = {"home": True, "messages": True, "help": True, "news": False, "tasks": False, "tickets": True}

KIND = SettingKind(
    name="messenger_spaces",
    scope="workspace",
    schema="MessengerSpacesSettings",
    title="the Messenger's spaces",
    defaults=_ON,
)
