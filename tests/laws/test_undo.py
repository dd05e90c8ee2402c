"""Law 7: undoing an apply restores what was before, and is itself a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import event, example, given

from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from tests.laws.test_laws import plan_for
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import NOW, Stage, read, stage
from tests.support.laws.strategies import MET, situations
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from reconciler.plan.model import Plan
    from reconciler.target.rest import RestTarget

PARTS = ("help_center", "identity", "audience", "ticket_visibility", "portal", "messenger_spaces")


def settings(workspace: Stage) -> dict[str, Any]:
    """Return everything that an apply may change, without what only counts changes."""
    body = workspace.configuration()
    return {
        **{part: body[part]["values"] for part in PARTS},
        "homepage": (body["homepage"]["draft"], body["homepage"]["live"]),
        "data_attributes": [(one["model"], one["name"], one["values"]) for one in body["data_attributes"]],
        "record": body["record"]["values"] if body["record"] else {},
    }


def undo_of(receipt: str | None, values: dict[str, Any], target: RestTarget) -> Plan:
    return planning.plan_undo(read(values), target, target.receipt(str(receipt)), now=NOW, allowed=ALLOWABLE)


_LET = {"attribute": "person.tag", "is": "beta"}
OPENED_BY_GOING_LIVE: tuple[dict[str, Any], dict[str, Any]] = (
    {
        **MET,
        "help_center/acme": {**MET["help_center/acme"], "live": False},
        "audience/acme": _LET,
        "ticket_visibility/acme": "company",
        "portal/acme": {"enabled": True},
        "homepage/acme": {"live": [], "draft": []},
        "messenger_spaces": {"tickets": False, "news": False},
        "style/acme": {},
    },
    {
        "version": 1,
        "name": "law",
        "help_center": {"identifier": "acme", "live": True},
        "guards": {"allow_everyone": True},
        "audience": _LET,
    },
)
"""The portal was enabled, and opens as its Help Center goes live: what no record of before says closes it again."""


@examples(9)
@example(World((), (), ()), OPENED_BY_GOING_LIVE)
@given(worlds(), situations())
def test_undo_restores_what_was_before(world: World, situation: tuple[dict[str, Any], dict[str, Any]]) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        target, transport = workspace.target()
        before, seen_before = settings(workspace), workspace.seen()
        plan = plan_for(read(values), target)
        if plan.blocked:
            return
        done = applying.run(plan, target)
        assert done.failure is None
        after, seen_after = settings(workspace), workspace.seen()

        undo = undo_of(done.receipt, values, target)
        if undo.blocked:
            # A portal that was enabled although it could not be opened cannot be enabled like that again.
            assert {one.code for one in undo.blockers} == {"required-setting-unmet"}
            event("cannot be undone")
            return
        transport.sent.clear()
        moments: list[frozenset[tuple[str, str]]] = []
        transport.after_write = lambda: moments.append(workspace.seen())
        undone = applying.run(undo, target)
        assert undone.failure is None, undone.diagnostics
        assert settings(workspace) == before
        shown = [(one.method, one.path, dict(one.body)) for change in undo.changes for one in change.operations]
        assert [(method, path, body or {}) for method, path, body in applying.settings(transport.written)] == shown
        assert all(moment <= seen_before | seen_after for moment in moments)

        again = undo_of(undone.receipt, values, target)
        if again.blocked:
            return
        redone = applying.run(again, target)
        assert redone.failure is None, redone.diagnostics
        assert settings(workspace) == after
