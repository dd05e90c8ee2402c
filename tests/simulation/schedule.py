"""A deterministic simulation: several real tools and one real workspace, and one seed that decides all that happens.

Each tool runs in a thread of its own, and one of them at a time: at each request it stops, and the schedule says who
goes on and what becomes of the request. Between requests settings are edited by hand, people change, the clock jumps
and the workspace is restored from a backup. The laws are checked after everything that arrives.
"""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from reconciler.apply import run as applying
from reconciler.apply.executor import Outcome
from reconciler.apply.run import ApplyOptions
from reconciler.core.errors import PortalError
from reconciler.kinds.registry import kind_of
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.compare import diff
from reconciler.plan.document import executable, write
from reconciler.target.http.retry import Timeouts
from reconciler.target.rest import RestTarget
from tests.simulation.verbs import NAMES, Tool, drawn_file, planned
from tests.simulation.world import NOON, PEOPLE
from tests.support.laws.stage import DECIDING, TOKEN, read
from tests.support.laws.strategies import CENTRE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.apply.executor import Result
    from reconciler.config.desired import Config
    from reconciler.plan.model import Plan
    from tests.simulation.world import Simulated

HAND_EDITS: tuple[tuple[str, dict[str, Any]], ...] = (
    (f"help_centers/{CENTRE}/audience", {"mode": "everyone"}),
    (f"help_centers/{CENTRE}/audience", {"mode": "nobody"}),
    (f"help_centers/{CENTRE}/portal", {"enabled": True}),
    (f"help_centers/{CENTRE}/portal", {"enabled": False}),
    (f"help_centers/{CENTRE}/ticket_visibility", {"restricted": True}),
    (f"help_centers/{CENTRE}/ticket_visibility", {"restricted": False}),
    (f"help_centers/{CENTRE}", {"live": False}),
    (f"help_centers/{CENTRE}", {"live": True}),
    ("site", {"certificate_valid": False}),
    ("site", {"certificate_valid": True}),
    ("messenger_spaces", {"tickets": True}),
)
_STEPS = 400
_SECONDS = 0.05
"""How long a request takes by the clock of who sends it: a slow machine decides nothing here."""
_CALM = 0.82
_PLAIN = ("portal", "messenger_spaces", "style")
"""Settings that a write says as the workspace keeps them."""


class _Never:
    """Nobody stops an apply of a simulation."""

    exit_code = 130

    def __call__(self) -> bool:
        return False


@dataclass
class Sent:
    """A request with the plan that it is a part of, so that it can be judged however late it arrives."""

    request: httpx.Request
    plan: Mapping[str, Any] | None
    tool: int


class Schedule:
    """What happens by one seed."""

    def __init__(self, seed: int, simulation: Simulated) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - what a seed decides is no secret
        self._found = simulation
        self._back = threading.Semaphore(0)
        self._late: list[Sent] = []
        self._answers: list[httpx.Response] = []
        count = self._rng.randint(2, 4)
        # What a seed decides is no secret.
        self._tools = [Tool(one, random.Random(seed * 31 + one), threading.Semaphore(0)) for one in range(count)]  # noqa: S311
        self._calm = False
        self._inner = httpx.WSGITransport(app=simulation.app)
        self._colleague = httpx.Client(transport=self._inner, base_url="http://simulation/portal_admin/v1/")
        self._last = Tool(99, random.Random(seed), threading.Semaphore(0), alone=True)  # noqa: S311
        self._holders: dict[str, int] = {}
        self._thorough = seed % 2 == 0
        self._done: list[tuple[str, dict[str, Any]]] = []
        self._broken: list[str] = []
        self.delivered = 0

    def run(self) -> None:
        """Let everything happen, then let all be well again, and check that it is."""
        threads = [threading.Thread(target=self._work, args=(tool,), daemon=True) for tool in self._tools]
        for thread in threads:
            thread.start()
        for _ in range(_STEPS):
            running = [tool for tool in self._tools if not tool.over]
            if not running:
                break
            if self._rng.random() < 0.25:
                self._surroundings()
            self._let(self._rng.choice(running))
        self._calm = True
        while running := [tool for tool in self._tools if not tool.over]:
            self._let(running[0])
        for tool in self._tools:
            if tool.fault is not None:
                raise tool.fault
        while self._late:
            self._deliver(self._late.pop())
        self._hold()
        self._settle()
        self._hold()

    def _hold(self) -> None:
        """Raise what was found where a tool would have taken it for an answer."""
        assert not self._broken, self._broken

    # --- tools ------------------------------------------------------------------------------------

    def _let(self, tool: Tool) -> None:
        tool.turn.release()
        self._back.acquire()

    def _work(self, tool: Tool) -> None:
        tool.turn.acquire()
        try:
            for _ in range(tool.rng.randint(1, 2)):
                self._apply(tool)
        except BaseException as fault:  # noqa: BLE001 - raised again where the schedule runs
            tool.fault = fault
        tool.over = True
        self._back.release()

    def _target(self, tool: Tool) -> RestTarget:
        transport = _Line(self, tool)
        limits = Timeouts(whole=2.0, first=2.0, shortest=0.0, longest=0.0)
        return RestTarget(
            "the simulation",
            "http://simulation",
            TOKEN,
            transport,
            limits=limits,
            sleep=lambda _: None,
            clock=lambda: tool.seconds,
        )

    def _apply(self, tool: Tool) -> None:
        target = self._target(tool)
        file = drawn_file(tool)
        tool.plan = None
        try:
            tool.plan = planned(tool, target, file, self._done)
            if tool.plan is None:
                return
            plan, restores = executable.of(tool.plan), self._found.restores
            options = ApplyOptions(60, 0, saved=tool.rng.random() < 0.5)
            result = applying.execute(plan, target, options, _Never(), lambda _: None)
            told = applying.report(plan, target, result, _Never())
        except PortalError as problem:
            self._quiet(str(problem))
            return
        finally:
            target.close()
        # Law 8, and what an exit code may say.
        self._quiet(json.dumps(told.document))
        assert told.exit_code == 0 or told.document["diagnostics"]
        if told.exit_code == 0:
            assert told.document["converged"] is not False
        assert not any(one["code"] == "apply-crashed" for one in told.document["diagnostics"])
        if result.receipt is not None and told.exit_code == 0:
            self._done.append((result.receipt, {**file, "name": plan.name}))
        self._hold_to_its_steps(tool.plan, result, restores)

    @staticmethod
    def _quiet(text: str) -> None:
        assert TOKEN not in text, "a secret is told"

    def _hold_to_its_steps(self, plan: Mapping[str, Any], result: Result, restores: int) -> None:
        """Hold what an apply tells against the steps that the workspace keeps."""
        if result.receipt is None or restores != self._found.restores:
            return
        kept = self._ask("GET", f"receipts/{result.receipt}")
        if kept is None or kept["plan"]["digest"] != plan["digest"]:
            return
        done = {one["step"] for one in kept["steps"]}
        for change in plan["changes"]:
            steps = {f"{change['id']}.{place}" for place in range(1, len(change["operations"]) + 1)}
            outcome = result.outcomes[change["id"]]
            if outcome is Outcome.APPLIED:
                assert steps <= done, f"{change['address']} is told as made"
            elif outcome is not Outcome.UNKNOWN:
                assert not steps & done, f"{change['address']} is told as {outcome}"

    # --- what is in between -----------------------------------------------------------------------

    def arrive(self, tool: Tool, request: httpx.Request) -> httpx.Response:
        """Decide what becomes of a request."""
        sent = Sent(request, tool.plan, tool.number)
        tool.seconds += _SECONDS
        if tool.alone:
            return self._deliver(sent)
        self._back.release()
        tool.turn.acquire()
        fate = self._rng.random()
        if self._calm or fate < _CALM:
            return self._deliver(sent)
        if fate < 0.86:
            raise httpx.ConnectError("lost on its way", request=request)
        if fate < 0.91:
            self._deliver(sent)
            raise httpx.ReadError("the answer was lost", request=request)
        if fate < 0.94:
            self._late.append(sent)
            raise httpx.ReadTimeout("it comes late", request=request)
        if fate < 0.97 or request.method != "GET" or not self._answers:
            self._deliver(sent)
            return self._deliver(sent)
        return self._stale(request)

    def _stale(self, request: httpx.Request) -> httpx.Response:
        old = [one for one in self._answers if one.extensions["asked"] == str(request.url)]
        if not old:
            return self._deliver(Sent(request, None, -1))
        answer = self._rng.choice(old)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)

    def _deliver(self, sent: Sent) -> httpx.Response:
        request = sent.request
        writes = "Portal-Step" in request.headers
        before = self._found.seen() if writes else frozenset()
        revision = self._revision() if writes else 0
        response = self._inner.handle_request(request)
        response.read()
        self.delivered += 1
        if writes:
            self._check_write(sent, response, before)
            self._check_order(sent, response, revision)
        elif request.method == "GET" and response.is_success:
            response.extensions["asked"] = str(request.url)
            self._answers = [*self._answers[-20:], response]
        return httpx.Response(response.status_code, headers=response.headers, content=response.content, request=request)

    def _check_write(self, sent: Sent, response: httpx.Response, before: frozenset[tuple[str, str]]) -> None:
        plan, path = sent.plan, sent.request.url.path.removeprefix("/portal_admin/v1/")
        after = self._found.seen()
        if not response.is_success:
            self._must(after == before, f"{path} was refused and changed who sees what")
            return
        if plan is None or path.startswith("records/"):
            return
        # Law 2: what is written is in the plan.
        body = json.loads(sent.request.content) if sent.request.content else {}
        operations = [one for change in plan["changes"] for one in change["operations"]]
        written = (sent.request.method, path, body)
        self._must(
            written in [(one["method"], one["path"], one["body"]) for one in operations], f"{path} is not planned"
        )
        # Laws 3 and 11: of the people of now, it lets in only whom the plan showed.
        shown = self._found.seen(plan["views"]["before"]) | self._found.seen(plan["views"]["after"])
        self._must(after - before <= shown, f"{path} let in whom the plan did not show")

    def _check_order(self, sent: Sent, response: httpx.Response, revision: int) -> None:
        """Law 5: under one lease one tool writes, and what it was told is done is there."""
        if not response.is_success or self._revision() == revision:
            return
        holder = self._holders.setdefault(sent.request.headers["Portal-Lease"], sent.tool)
        self._must(holder == sent.tool, "two tools have written under one lease")
        path = sent.request.url.path.rpartition("/")[2]
        if path in _PLAIN:
            document, body = self._found.in_force().observed.of(path).document, json.loads(sent.request.content)
            self._must(all(document[name] == value for name, value in body.items()), f"{path} was lost")

    def _revision(self) -> int:
        return int(self._found.in_force().observed.moment.workspace.revision)

    def _must(self, holds: bool, complaint: str) -> None:
        if not holds:
            self._broken.append(complaint)

    def _surroundings(self) -> None:
        match self._rng.randint(0, 9):
            case 0 | 1 | 2:
                path, values = self._rng.choice(HAND_EDITS)
                self._edit(path, values)
            case 3 | 4 | 5:
                self._found.turn_tag(self._rng.randrange(len(PEOPLE)), self._rng.choice(("beta", "vip")))
            case 6:
                self._found.pass_time(self._rng.choice((-30, 5, 200)))
            case 7:
                self._found.keep_copy()
            case 8:
                if self._rng.random() < 0.5:
                    self._found.put_back(self._rng.randrange(8))
                    # What was held since the copy was made is held by nobody; its numbers may come again.
                    self._holders.clear()
            case _ if self._late:
                self._deliver(self._late.pop(self._rng.randrange(len(self._late))))

    def _edit(self, path: str, values: dict[str, Any]) -> None:
        """Change a setting as a colleague does; what is refused is refused."""
        kind = "help_center" if path == f"help_centers/{CENTRE}" else path.rpartition("/")[2]
        revision = self._found.in_force().observed.of(kind).revision
        self._ask("PATCH", path, values, {"If-Match": f'"{revision}"'})

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any] | None:
        given = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
        answer = self._colleague.request(method, path, json=body, headers=given)
        assert answer.status_code < 500, answer.text
        return answer.json() if answer.is_success else None

    # --- when all is well again -------------------------------------------------------------------

    def _settle(self) -> None:
        """Laws 1, 4, 6, 7, 9 and 10: the next applies finish, nothing runs on, and an undo brings back what was."""
        self._found.pass_time(3600)
        for path, values in ((f"help_centers/{CENTRE}", {"live": True}), ("site", {"certificate_valid": True})):
            self._edit(path, values)
        names = [*NAMES]
        self._rng.shuffle(names)
        for name in names:
            file = {**drawn_file(self._tools[0], name), "guards": {"allow_everyone": True}}
            before, applied = self._settings(), self._finish(file)
            target, config = self._target(self._last), read(file)
            plan = planning.make_plan(config, target, now=NOON, allowed=ALLOWABLE)
            assert plan.empty
            assert not plan.record_is_stale
            state = target.observe(CENTRE, name)
            assert state.unfinished is None
            assert state.lease is None
            assert self._settings()["messenger_spaces"]["news"] is True
            for address, fields in diff.declared(config).items():
                # Law 9: whatever the file says is so, in each kind that it names.
                for field, value in fields.items():
                    observed = kind_of(address).observed(field, value, state.resources[address])
                    assert diff.same(observed, value), (address, field)
            if name == names[-1] and self._thorough:
                # Of one of both, and for every other seed: it takes as long as all the rest.
                again = planning.make_plan(config, target, now=NOON, allowed=ALLOWABLE)
                assert write.to_document(plan) == write.to_document(again)
                self._take_back(config, target, applied, before)
            target.close()

    def _take_back(self, config: Config, target: RestTarget, applied: Result, before: dict[str, Any]) -> None:
        if not applied.receipt or not applied.applied:
            return
        receipt = target.receipt(applied.receipt)
        undo = planning.plan_undo(config, target, receipt, now=NOON, allowed=ALLOWABLE)
        if not undo.blocked:
            self._alone(undo, target)
            assert self._settings() == before

    def _finish(self, file: dict[str, Any]) -> Result:
        target = self._target(self._last)
        plan = planning.make_plan(read(file), target, now=NOON, allowed=ALLOWABLE)
        assert not plan.blocked, plan.blockers
        return self._alone(plan, target)

    def _alone(self, plan: Plan, target: RestTarget) -> Result:
        self._last.plan = write.to_document(plan)
        result = applying.execute(executable.of(self._last.plan), target, ApplyOptions(60, 0), _Never(), lambda _: None)
        assert result.failure is None, result.failure
        return result

    def _settings(self) -> dict[str, Any]:
        observed = self._found.in_force().observed
        return {name: observed.of(name).document for name in (*DECIDING, "portal", "messenger_spaces")}


class _Line(httpx.BaseTransport):
    """Takes the requests of one tool to the schedule."""

    def __init__(self, schedule: Schedule, tool: Tool) -> None:
        self._schedule, self._tool = schedule, tool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._schedule.arrive(self._tool, request)
