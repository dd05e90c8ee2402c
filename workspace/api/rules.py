"""Rules in settings: they may name only what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace import rules
from workspace.errors import ApiError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_rule(connection: Connection, rule: object, field: str) -> None:
    """Refuse a rule that is malformed or names an attribute that is not there.

    Args:
        connection: The transaction of the write.
        rule: What was sent.
        field: Where it stands in the body.

    Raises:
        ApiError: 422 with everything that is wrong with it.
    """
    found = rules.problems(rule, rules.attribute_types(connection), field=field)
    if found:
        raise ApiError(422, found)
