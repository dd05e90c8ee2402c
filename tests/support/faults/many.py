"""Many applies through the proxy, one after the other, each checked against the workspace itself."""

from __future__ import annotations

import contextlib
import io
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import httpx

from reconciler.cli import applying, output
from reconciler.cli import planning as verbs
from reconciler.core.errors import EXIT_CODES, PortalError
from reconciler.kinds.registry import kind_of
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.compare.diff import converged, same
from reconciler.plan.document import executable
from reconciler.target.http.retry import Timeouts
from reconciler.target.rest import RestTarget
from tests.support.faults.proxy import Fault, Passed, Proxy, Request, seeded
from tests.support.laws.stage import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.kinds.state import State

NAME, CENTRE = "faults", "acme"
WEATHER = {
    Fault.NONE: 100.0,
    Fault.REFUSED: 2.0,
    Fault.RESET_BEFORE: 3.0,
    Fault.RESET_AFTER: 4.0,
    Fault.HALF: 4.0,
    Fault.GARBAGE: 2.0,
    Fault.PAGE: 1.0,
    Fault.OFTEN: 2.0,
    Fault.OFTEN_BY_DATE: 1.0,
    Fault.BROKEN: 2.0,
    Fault.BROKEN_AFTER: 2.0,
    Fault.BAD_GATEWAY_AFTER: 2.0,
    Fault.BUSY: 2.0,
    Fault.DRIP: 0.6,
    Fault.CLOCK: 3.0,
}
STORMS = (
    Fault.REFUSED,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.HALF,
    Fault.BROKEN,
    Fault.BROKEN_AFTER,
    Fault.BUSY,
)
"""The kinds of outages; one lasts to the end of an apply."""
PATIENT = Timeouts(whole=20.0, first=20.0, attempt=0.5, shortest=0.2, longest=1.0)
IMPATIENT = Timeouts(whole=1.05, first=1.05, attempt=0.5)
"""Little more than an attempt is given at least: enough for the weather, not for an outage."""
FASTER = 200
"""The factor by which all waits are shortened."""

_RULES = (
    {"attribute": "person.email", "ends_with": "@examply.com"},
    {"attribute": "person.tag", "is": "beta"},
    {"any": [{"attribute": "company.size", "greater_than": 10}, {"attribute": "person.email", "contains": "ada"}]},
    "nobody",
)
_SECTIONS = ("search", "collections", "featured_content", "tickets_portal")


@dataclass
class Tally:
    """The outcomes of many applies."""

    codes: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    unfinished: int = 0


def many(url: str, token: str, seed: int, count: int) -> Tally:
    """Apply `count` configurations, one after the other, and check each against the workspace at `url`."""
    worker = _Worker(url, token, seed)
    with worker.proxy, worker.everything_closed():
        worker.state = worker.direct.observe(CENTRE, NAME)
        for number in range(count):
            worker.apply(outage=number % 8 == 7)
        # The weather is fine again: one more apply leaves nothing to do.
        worker.proxy.choose = lambda _: Fault.NONE
        assert worker.apply(outage=False) == 0
        assert worker.plan().empty
    worker.tally.faults.update({str(fault): times for fault, times in worker.proxy.done.items()})
    return worker.tally


class _Worker:
    def __init__(self, url: str, token: str, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 (no secret hangs on it)
        self.token, self.seed = token, seed
        self.tally = Tally()
        self.proxy = Proxy(url)
        self.direct = RestTarget("directly", url, token)
        self.state: State
        # Made once: reading the certificates of this machine takes longer than an apply.
        self.targets = {limits: self.through_the_proxy(limits) for limits in (PATIENT, IMPATIENT)}
        self.http = httpx.Client(base_url=f"{url}/portal_admin/v1/", headers={"Authorization": f"Bearer {token}"})
        self.weather = seeded(seed, WEATHER)
        self.values: dict[str, Any] = {
            "version": 1,
            "name": NAME,
            "help_center": {"identifier": CENTRE, "live": True, "custom_domain": "help.acme.example", "https": True},
            "messenger": {"identity": "jwt", "spaces": {"tickets": True}},
            "data_attributes": {"contact": {"companies": {"messenger_writable": False}}, "company": {}},
            "portal": {"enabled": True, "ticket_visibility": "company"},
            "audience": _RULES[0],
            "homepage": {"sections": list(_SECTIONS), "publish": True},
            "guards": {"allow_everyone": True, "max_access_gained": "100%", "max_access_lost": "100%"},
        }
        self.values["help_center"]["cookie_forwarding"] = True
        self.expect_told: str | None = None

    def through_the_proxy(self, limits: Timeouts) -> RestTarget:
        return RestTarget(
            "the workspace", self.proxy.url, self.token, limits=limits, sleep=lambda wait: time.sleep(wait / FASTER)
        )

    @contextlib.contextmanager
    def everything_closed(self) -> Iterator[None]:
        """Close connections in the end."""
        try:
            yield
        finally:
            for one in (self.direct, self.http, *self.targets.values()):
                one.close()

    def plan(self) -> Any:
        return planning.make_plan(read(self.values), self.direct, now=datetime.now(UTC), allowed=ALLOWABLE)

    def apply(self, *, outage: bool) -> int:
        """Change the file, apply it, and check the outcome."""
        self.edit()
        config = read(self.values)
        before = self.state
        self.proxy.choose = self.outage() if outage else self.weather
        already = len(self.proxy.passed)
        code, document = self.run(config, self.targets[IMPATIENT if outage else PATIENT])
        self.tally.codes[code] += 1
        self.state = self.settled()
        self.check(code, document, before, self.proxy.passed[already:])
        return code

    def edit(self) -> None:
        parts = ("audience", "visibility", "enabled", "spaces", "sections", "description")
        for part in self.draw.sample(parts, self.draw.choice((1, 1, 2))):
            if part == "audience":
                self.values["audience"] = self.draw.choice(_RULES)
            elif part == "visibility":
                self.values["portal"]["ticket_visibility"] = self.draw.choice(("own", "company"))
            elif part == "enabled":
                self.values["portal"]["enabled"] = self.draw.choice((True, True, False))
            elif part == "spaces":
                self.values["messenger"]["spaces"] = {"tickets": self.draw.choice((True, False))}
            elif part == "sections":
                self.values["homepage"]["sections"] = self.draw.sample(_SECTIONS, len(_SECTIONS))
            else:
                described = {"type": "string", "description": f"the tier, {self.draw.randrange(10**6)}"}
                self.values["data_attributes"]["company"] = {"plan_tier": described}

    def outage(self) -> Callable[[Request], Fault]:
        """Return a plan that begins with the weather and ends with an outage."""
        storm, left = self.draw.choice(STORMS), self.draw.randrange(3, 12)
        seen = iter(range(10**9))
        return lambda request: self.weather(request) if next(seen) < left else storm

    def run(self, config: Config, target: RestTarget) -> tuple[int, dict[str, Any]]:
        """Run the code of `portal apply --format json`; return its exit code and its document."""
        options = applying.ApplyFlags("json", no_color=True, quiet=True, yes=True, lock_wait=0, lock_ttl=60)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), click.Context(click.Command("apply")):
            try:
                with output.document_on_failure("json"):
                    document = verbs.document(config, target, tuple(str(one) for one in ALLOWABLE))
                    code = applying.offer(document, target, options)
            except PortalError as problem:
                code = problem.exit_code
        return code, json.loads(said.getvalue())

    def settled(self) -> State:
        """Return the state of the workspace once nobody works on it any more."""
        self.proxy.wait_until_quiet()
        state = self.direct.observe(CENTRE, NAME)
        if state.lease is not None:
            # What `portal unlock` does. A lease that ends by itself would take as long as its time to live.
            self.direct.break_lease(NAME, state.lease["fence"])
            state = self.direct.observe(CENTRE, NAME)
        return state

    def check(self, code: int, document: dict[str, Any], before: State, passed: list[Passed]) -> None:
        assert code in EXIT_CODES
        assert code in (0, 1, 5), document
        plan = document.get("plan")
        outcomes = {one["id"]: one["outcome"] for one in document.get("changes", ())}
        self.tally.outcomes.update(outcomes.values())
        written = [one for one in passed if one.request.writes and one.status < 300]
        if plan is None:
            assert code == 1
            assert not written
            assert document["outcome"] == "failed"
            return
        entry = executable.of(plan)
        _none_outside(entry, written)
        _none_doubled(entry, outcomes, self.entries(before.revision))
        _none_lost(entry, outcomes, before, self.state)
        self.check_code(code, outcomes, entry, document)
        self.check_told(code, document)

    def check_code(
        self, code: int, outcomes: Mapping[str, str], plan: executable.ExecutablePlan, document: Mapping[str, Any]
    ) -> None:
        made = {"applied", "unknown"} & set(outcomes.values())
        if code == 0:
            assert set(outcomes.values()) <= {"applied"}
            assert converged(plan.declared, self.state)
        elif code == 5:
            assert made, document
        else:
            # All of it was done, and only then was the workspace gone: nobody could look at what came of it.
            assert not made or (document["outcome"] == "applied" and document["converged"] is None), document
        assert (code == 0) == (not any(one["severity"] == "error" for one in document["diagnostics"]))

    def check_told(self, code: int, document: Mapping[str, Any]) -> None:
        """Check that the next run reports the receipt of an interrupted one."""
        told = [one for one in document["diagnostics"] if one["code"] == "apply-unfinished"]
        if self.expect_told is not None and code == 0 and document["receipt"] is not None:
            assert [one for one in told if one["summary"].startswith(f"{self.expect_told},")], document
        self.tally.unfinished += len(told)
        self.expect_told = self.state.unfinished["id"] if self.state.unfinished else None

    def entries(self, revision: int) -> list[dict[str, Any]]:
        """Return the activity log after a revision of the workspace, the settings' part of it."""
        answer = self.http.get("activity", params={"after_revision": str(revision)})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
        return [one for one in items if not one["resource"].startswith(("record/", "lease/"))]


def _none_outside(plan: executable.ExecutablePlan, written: list[Passed]) -> None:
    """Nothing was written that is not in the plan."""
    planned = [(one.method, one.path, one.body) for change in plan.changes for one in change.operations]
    for one in written:
        path = one.request.path.removeprefix("/portal_admin/v1/")
        body = json.loads(one.request.body) if one.request.body else {}
        assert path == f"records/{NAME}" or (one.request.method, path, body) in planned, (path, body, planned)


def _none_doubled(plan: executable.ExecutablePlan, outcomes: Mapping[str, str], entries: list[dict[str, Any]]) -> None:
    """The log has each change once."""
    times = Counter(one["resource"] for one in entries)
    for address in {change.address for change in plan.changes} | set(times):
        changes = [one for one in plan.changes if one.address == address]
        asked = sum(len(one.operations) for one in changes)
        # Enabling the portal puts its card on the homepage as well.
        beside = address.startswith("homepage/") and any(one.address.startswith("portal/") for one in plan.changes)
        assert times[address] <= asked + beside, entries
        if all(outcomes[one.id] == "applied" for one in changes) and not address.startswith("homepage/"):
            assert times[address] == asked, entries
        if all(outcomes[one.id] in ("failed", "not_attempted") for one in changes) and not beside:
            assert times[address] == 0, entries


def _none_lost(plan: executable.ExecutablePlan, outcomes: Mapping[str, str], before: State, after: State) -> None:
    """Check that each change is applied exactly if reported as applied."""
    opened = any(one.address.startswith("portal/") for one in plan.changes)
    for address, parts in plan.changed_parts.items():
        said = {outcomes[one.id] for one in plan.changes if one.address == address}
        if said == {"applied"}:
            assert _holds(after, address, parts["after"]), (address, parts)
        elif said <= {"failed", "not_attempted"} and not (opened and address.startswith("homepage/")):
            assert same(_whole(after, address), _whole(before, address)), (address, parts)


def _whole(state: State, address: str) -> Any:
    resource = state.resources.get(address)
    return None if resource is None else kind_of(address).whole(resource)


def _holds(state: State, address: str, wanted: Mapping[str, Any]) -> bool:
    whole = _whole(state, address)
    return whole is not None and all(same(whole[part], value) for part, value in wanted.items())
