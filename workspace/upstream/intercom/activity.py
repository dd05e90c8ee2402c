"""Intercom's log of teammates' actions. Its list of types is open: unknown types are kept, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.settings.kinds import OF_HELP_CENTER, spaces
from workspace.upstream.intercom import answers, paging
from workspace.upstream.protocol import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.upstream.intercom.api import Api

_PATH = "/admins/activity_logs"
_ABOUT = {
    "help_center_settings_change": tuple(f"{kind.name}/" for kind in OF_HELP_CENTER),
    "security_settings_change": ("identity",),
    "app_identity_verification_change": ("identity",),
    "messenger_settings_change": (spaces.KIND.name,),
    "messenger_spaces_change": (spaces.KIND.name,),
    "articles_in_messenger_enabled_change": (spaces.KIND.name,),
    "data_attribute_change": ("data_attribute/",),
}
"""The settings that a type of entry may be about. Nothing says that a change of the portal is logged at all."""
_UNRELATED = (
    "admin_",
    "app_",
    "automatic_",
    "bulk_",
    "campaign_",
    "content_redaction_",
    "conversation_",
    "inbound_",
    "inbox_",
    "macro_",
    "malicious_",
    "message_",
    "messenger_look_",
    "office_hours_",
    "role_",
    "rule_",
    "ruleset_",
    "saved_view_",
    "series_",
    "survey_",
    "team_",
    "temporary_",
    "upfront_",
    "welcome_",
    "workspace_",
)
"""Prefixes of types that concern no setting. The list of types is open: any other may concern one."""


def events(api: Api, since: int) -> list[Event]:
    """Return the entries since a moment, oldest first."""
    results: list[Event] = []
    for page in paging.numbered(api, _PATH, "activity_logs", "data", params={"created_at_after": str(since)}):
        results += [_event(entry) for entry in page]
    return sorted(results, key=lambda result: (result.at, result.id))


def _event(entry: Mapping[str, Any]) -> Event:
    kind = str(entry.get("activity_type") or "unknown")
    by = entry.get("performed_by")
    at = entry.get("created_at")
    return Event(
        id=str(answers.field(entry, "id", _PATH, (str, int))),
        at=at if isinstance(at, int) else 0,
        type=kind,
        description=str(entry.get("activity_description") or ""),
        # The address of the network stands there too: it is nobody's business.
        by=str(by.get("email") or by.get("id")) if isinstance(by, dict) else None,
        addresses=_ABOUT.get(kind, ()),
        known=kind in _ABOUT or kind.startswith(_UNRELATED),
    )
