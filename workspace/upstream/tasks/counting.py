"""The number of people of a rule, and the tolerance for a count read off a screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from workspace.access.view import Audience, preview
from workspace.database.tables import mirrored_people, tasks
from workspace.people import attribute_uses
from workspace.rules import model as rules
from workspace.upstream import account, mirror
from workspace.upstream.protocol import MirroredAttributes
from workspace.upstream.tasks.rows import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from workspace.upstream.protocol import Instruction

_DAY = 86_400
_CLOSE, _CLOSE_SHARE = 1, 0.02
"""The tolerance of a count that nobody changed: the vendor finds new people minutes later."""
_FAR, _FAR_SHARE = 10, 0.25
"""The difference of counts from which the setting is suspect, and not only its people."""


def expected(
    connection: Connection, instruction: Instruction, after: Mapping[str, Any], moment: int
) -> dict[str, Any] | None:
    """Return the expected count on a screen; None if it shows none, or nobody is mirrored."""
    return count(connection, after, moment) if instruction.read_back == "count" else None


def count(connection: Connection, audience: Mapping[str, Any], moment: int) -> dict[str, Any] | None:
    """Count the people of an audience: `people`, `changed_today`, `tolerance`; None if nobody is mirrored."""
    if mirror.load(connection).fresh_at is None:
        return None
    now = datetime.fromtimestamp(moment, account.zone(connection))
    people = preview(connection, Audience.from_document(audience), now, per_page=1).count
    since = mirrored_people.c.updated_at > moment - _DAY
    changed = connection.execute(select(func.count()).select_from(mirrored_people).where(since)).scalar() or 0
    tolerance = _CLOSE + round(people * _CLOSE_SHARE) + min(changed, round(people * 2 * _CLOSE_SHARE))
    return {"people": people, "changed_today": changed, "tolerance": tolerance}


def needed(connection: Connection) -> MirroredAttributes:
    """Return the attributes that rules in force and those of open tasks name: a count without one of them is wrong."""
    after = connection.execute(select(tasks.c.after).where(tasks.c.state == State.OPEN)).scalars()
    waiting = [rules.parse(document["rule"]) for document in after if document.get("rule") is not None]
    names = attribute_uses.named(connection).union(*map(attribute_uses.attributes, waiting))
    by_model: dict[str, set[str]] = {"person": set(), "company": set()}
    for model, name in map(rules.own_name, names):
        by_model[model].add(name)
    return MirroredAttributes().with_others(by_model)


def moved_away(noted: int, people: int) -> bool:
    """Return True if the count is too far from the read-back: somebody has to look again."""
    return abs(people - noted) > max(_FAR, round(noted * _FAR_SHARE))
