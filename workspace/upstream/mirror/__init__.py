"""The people of a vendor in this workspace's tables.

sweeps  complete sweeps and increments, page by page; `turns` are one at a time
rows    people and companies as rows; `ties` their tags and values
granted grants of the people in a configuration
"""

from __future__ import annotations

from workspace.upstream.mirror.granted import GrantQuery
from workspace.upstream.mirror.granted import refresh as read_grants
from workspace.upstream.mirror.sweeps import (
    CHANGES,
    COMPANIES,
    DAY,
    IDLE,
    PARTLY,
    PEOPLE,
    Mirror,
    State,
    document,
    forget,
    load,
)
from workspace.upstream.mirror.turns import turn

__all__ = [
    "CHANGES",
    "COMPANIES",
    "DAY",
    "IDLE",
    "PARTLY",
    "PEOPLE",
    "GrantQuery",
    "Mirror",
    "State",
    "document",
    "forget",
    "load",
    "read_grants",
    "turn",
]
