"""What a tool of the simulation may set out to do: the file that it has, and the plan that it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.config.yaml import document as source
from reconciler.operations import plan as planning
from reconciler.operations.promote import document as promotion_document
from reconciler.operations.promote import evidence
from reconciler.operations.promote import plan as promotion_plan
from reconciler.operations.promote.conditions import Name, Waiver
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import write
from tests.simulation.world import COMPANY, LIVE, NOON, PEOPLE
from tests.support import applying
from tests.support.laws.stage import read, stage
from tests.support.laws.strategies import CENTRE
from tests.support.workspace.strategies import World

if TYPE_CHECKING:
    import random
    import threading
    from collections.abc import Mapping, Sequence

    from reconciler.operations.promote.evidence import Evidence
    from reconciler.plan.checks.guards import Risk
    from reconciler.target.rest import RestTarget

NAMES = ("law", "other")
AUDIENCES = (
    {"attribute": "person.tag", "is": "beta"},
    {"attribute": "person.tag", "is": "vip"},
    {"attribute": "person.email", "contains": "p1"},
    "everyone",
    "nobody",
)
_SECTIONS = ("search", "collections", "tickets_portal")
_WAIVED = tuple(Waiver(name, "Ada Vidal", "It is tried only") for name in Name)
_WORKSPACE = {"workspace": "https://workspace.acme.example", "token": "${TOKEN}"}


@dataclass
class Tool:
    """One tool that plans and applies, some times over."""

    number: int
    rng: random.Random
    turn: threading.Semaphore
    plan: Mapping[str, Any] | None = None
    over: bool = False
    alone: bool = False
    seconds: float = 0.0
    fault: BaseException | None = None


def drawn_file(tool: Tool, name: str | None = None) -> dict[str, Any]:
    """Return the values of a file that a tool may have, of any part of the settings."""
    rng = tool.rng
    parts: dict[str, Any] = {
        "audience": rng.choice(AUDIENCES),
        "portal": {"enabled": rng.random() < 0.7, "ticket_visibility": rng.choice(("company", "own"))},
        "messenger": {"spaces": {"tickets": rng.random() < 0.5}},
        "homepage": {"sections": rng.sample(_SECTIONS, 2), "publish": rng.random() < 0.5},
        "style": {"primary_color": rng.choice(("#1f5c4a", "#7a2fb0"))},
        "data_attributes": {"company": {"plan_tier": {"type": "string", "description": rng.choice(("one", "two"))}}},
    }
    deciding = ("audience", "portal", "messenger")
    kept = [part for part in parts if rng.random() < (0.6 if part in deciding else 0.15)] or ["portal"]
    return {
        "version": 1,
        "name": name or NAMES[tool.number % 2],
        "help_center": {"identifier": CENTRE},
        "guards": {"allow_everyone": True, "max_access_gained": rng.choice((1, 3, 6))},
        **{part: parts[part] for part in kept},
    }


def planned(
    tool: Tool, target: RestTarget, file: dict[str, Any], done: Sequence[tuple[str, dict[str, Any]]]
) -> Mapping[str, Any] | None:
    """Return the document of a plan that may be applied: of the file, of an undo, or of a promotion.

    Args:
        tool: Who plans.
        target: The workspace.
        file: The values of its file.
        done: The receipts of applies, each with the values of the file.

    Returns:
        None where what came of it is blocked.
    """
    allowed: Sequence[Risk] = ALLOWABLE if tool.rng.random() < 0.6 else ()
    drawn = tool.rng.random()
    if done and drawn < 0.6:
        receipt, of_then = tool.rng.choice(done)
        plan = planning.plan_undo(read(of_then), target, target.receipt(receipt), now=NOON, allowed=allowed)
    elif drawn > 0.85:
        document, proof = _proven(tool.rng.randrange(2))
        plan, promotion = promotion_plan.make(
            document, proof, "production", target, now=NOON, waivers=_WAIVED, allowed=allowed
        )
        return None if plan.blocked else promotion_document.to_document(plan, promotion)
    else:
        plan = planning.make_plan(read(file), target, now=NOON, allowed=allowed)
    return None if plan.blocked else write.to_document(plan)


@cache
def _proven(which: int) -> tuple[source.Document, Evidence]:
    """Return a file, and what was proven with it in a workspace of its own: one opens the portal, one shuts it."""
    file = {
        "version": 1,
        "name": NAMES[which],
        "help_center": {"identifier": CENTRE},
        "guards": {"allow_everyone": True},
        "audience": AUDIENCES[which],
        "portal": {"enabled": which == 0, "ticket_visibility": "company"},
        "environments": {
            "staging": _WORKSPACE,
            "production": {**_WORKSPACE, "promote_from": "staging"},
        },
    }
    document = source.parse(json.dumps(file, indent=1), "law.yaml")
    with stage(World(PEOPLE, (COMPANY,)), LIVE) as staging:
        target = staging.target()[0]
        config = promotion_plan.desired(document, "staging")
        done = applying.run(planning.make_plan(config, target, now=NOON, allowed=ALLOWABLE), target)
        assert done.failure is None, done.failure
        return document, evidence.find(target, NAMES[which], "staging", NOON.date())
