"""How many people a rule means here, and how far a count that somebody reads off a screen may be from it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from workspace.access.view import Audience, preview
from workspace.database.tables import mirrored_people
from workspace.upstream import account, mirror

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from workspace.upstream.protocol import Instruction

_DAY = 86_400
_CLOSE, _CLOSE_SHARE = 1, 0.02
"""How far a count may be from ours although nobody changed: the vendor finds new people minutes later."""
_FAR, _FAR_SHARE = 10, 0.25
"""How far a count has to move away until the setting is suspect, and not only its people."""


def expected(
    connection: Connection, instruction: Instruction, after: Mapping[str, Any], moment: int
) -> dict[str, Any] | None:
    """Return the count that a screen will show; None where it shows none, or nobody is mirrored here."""
    return count(connection, after, moment) if instruction.read_back == "count" else None


def count(connection: Connection, audience: Mapping[str, Any], moment: int) -> dict[str, Any] | None:
    """Return how many people an audience means, how many the vendor changed today, and how far a count may be away.

    Returns:
        `people`, `changed_today`, `tolerance`; None where nobody is mirrored here.
    """
    if mirror.load(connection).fresh_at is None:
        return None
    now = datetime.fromtimestamp(moment, account.zone(connection))
    people = preview(connection, Audience.from_document(audience), now, per_page=1).count
    since = mirrored_people.c.updated_at > moment - _DAY
    changed = connection.execute(select(func.count()).select_from(mirrored_people).where(since)).scalar() or 0
    tolerance = _CLOSE + round(people * _CLOSE_SHARE) + min(changed, round(people * 2 * _CLOSE_SHARE))
    return {"people": people, "changed_today": changed, "tolerance": tolerance}


def moved_away(said: int, people: int) -> bool:
    """Tell whether the count here is so far from one that was read back that somebody has to look again."""
    return abs(people - said) > max(_FAR, round(said * _FAR_SHARE))
