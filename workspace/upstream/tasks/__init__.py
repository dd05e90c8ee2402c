"""Tasks for a person: open → done | contradicted | abandoned.

rows       stored tasks, and tasks in an answer
opening    a write that only a person can make becomes a task
confirming observation, read-back or attestation; and contradictions
holding    an apply that waits for a person holds its addresses
doubts     reasons to look again: entries of the vendor's log, a count that moved away
"""

from __future__ import annotations

from workspace.upstream.tasks.confirming import abandon, attest, confirm, note, settle
from workspace.upstream.tasks.counting import count, needed
from workspace.upstream.tasks.doubts import doubt_by_count, doubt_by_log, events, moved, probably
from workspace.upstream.tasks.holding import require_free, waiting
from workspace.upstream.tasks.opening import open_task
from workspace.upstream.tasks.rows import STATES, State, Task, attestations, find, listed, number

__all__ = [
    "STATES",
    "State",
    "Task",
    "abandon",
    "attest",
    "attestations",
    "confirm",
    "count",
    "doubt_by_count",
    "doubt_by_log",
    "events",
    "find",
    "listed",
    "moved",
    "needed",
    "note",
    "number",
    "open_task",
    "probably",
    "require_free",
    "settle",
    "waiting",
]
