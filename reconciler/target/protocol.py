"""What can be reconciled: one workspace, seen through the few questions and requests that are needed.

Long because each of them is told here with what it gives and takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from reconciler.core.diagnostics import error
from reconciler.core.errors import WorkspaceUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from reconciler.kinds.base import Operation
    from reconciler.kinds.state import OtherConfigurations, State
    from reconciler.target.http.retry import Endpoint


PAGE = 100
"""How many portals are observed at once, at most."""


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """The revision of an object that a write touched besides its own: from, to."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write came to.

    Attributes:
        revision: The object's new revision; `None` where it is gone.
        also: The other objects that it touched, by address.
    """

    revision: int | None
    also: Mapping[str, RevisionChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteContext:
    """What a write carries so that it is made once, and only by whoever holds the lock.

    Attributes:
        lease: The lock, as `NAME/FENCE/ID`.
        step: The step, as `RECEIPT/STEP`: the same step again is answered and not done again.
        decided_on: What else the write was decided on: revisions by address, 0 for what was not there.
    """

    lease: str
    step: str
    decided_on: Mapping[str, int] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        """Return the headers that say all of it."""
        headers = {"Portal-Lease": self.lease, "Portal-Step": self.step}
        if self.decided_on:
            named = sorted(self.decided_on.items())
            headers["Portal-Decided-On"] = ", ".join(f"{quote(address)}={revision}" for address, revision in named)
        return headers


@dataclass(frozen=True, slots=True)
class NamedStep:
    """One of several operations that are done together.

    Attributes:
        name: What the apply calls it.
        operation: It.
        revision: That of its object before the first of them; 0 for one that is made by an earlier one.
    """

    name: str
    operation: Operation
    revision: int

    def document(self) -> dict[str, Any]:
        """Return it as the workspace takes it."""
        operation = self.operation
        return {
            "step": self.name,
            "method": operation.method,
            "path": operation.path,
            "revision": None if operation.precondition == "absent" else self.revision,
            **({} if operation.method == "DELETE" else {"body": dict(operation.body)}),
        }


@dataclass(frozen=True, slots=True)
class Page:
    """What was observed of some portals of a workspace at one moment.

    Attributes:
        tag: Stands for all of it; empty where the workspace gave none.
        states: By Help Center and name of a configuration; those whose Help Center is not there are missing. `None`
            where nothing has moved since the tag that was named.
    """

    tag: str
    states: Mapping[tuple[str, str], State] | None


class Target(Protocol):
    """A workspace. Every method may raise a `WorkspaceUnusable`; those that write also `Stale` and `Blocked`."""

    name: str
    progress: Callable[[Mapping[str, Any]], None]
    """Is told how far the people of a vendor are while they are brought up to date."""
    waiting: Callable[[], AbstractContextManager[object]]
    """Surrounds the wait for each answer."""

    def since(self, moment: str) -> None:
        """Take no answer, and make no write, that does not follow a moment of this workspace.

        Args:
            moment: As a state has it. An older workspace tells none; then it is empty and nothing is asked.
        """

    def observe(self, help_center: str, record: str) -> State:
        """Return everything that can be managed, in one consistent observation.

        Args:
            help_center: Identifier of the Help Center.
            record: Name of the configuration whose record to bring along.
        """

    def observe_page(self, pairs: Sequence[tuple[str, str]], tag: str | None = None) -> Page:
        """Return everything that can be managed of several portals, in one consistent observation.

        Args:
            pairs: Identifiers of Help Centers, each with the name of a configuration whose record to bring along; 1 to
                `PAGE` of them, none twice.
            tag: That of an earlier page of the same pairs: where nothing has moved since, nothing more is answered.
        """

    def others(self, names: Sequence[str]) -> OtherConfigurations:
        """Return what other configurations than these manage of the whole workspace.

        Args:
            names: Those that are left out.
        """

    def capture(self, help_center: str, record: str) -> Mapping[str, Any]:
        """Return the same observation as the workspace words it: what a sandbox is made from."""

    def whoami(self) -> Mapping[str, Any]:
        """Return what the token is called, and what it may do: `name`, `scopes`."""

    def help_centers(self) -> Sequence[str]:
        """Return the identifiers of the workspace's Help Centers."""

    def compare(self, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return who gains and loses access between two views."""

    def changed(
        self, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any], beyond: str
    ) -> Mapping[str, Any]:
        """Return a page of those who gain or lose access between two views, behind the person of an id."""

    def parts(self, help_center: str, rules: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return how many people each rule means, and which tags there are."""

    def check(
        self,
        help_center: str,
        people: Sequence[str],
        view: Mapping[str, Any] | None,
        *,
        card_shown: bool | None,
        tickets: int | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Return what each person could do under a view; under the live settings where it is `None`.

        Args:
            help_center: Identifier of the Help Center.
            people: Contact ids, external ids or email addresses.
            card_shown: Whether the homepage shows the portal's card; as it is live where it is `None`.
            tickets: How many numbers of their tickets to bring along; nothing about tickets where it is `None`.
        """

    def preview(self, help_center: str, audience: Mapping[str, Any], *, page: int, per_page: int) -> Mapping[str, Any]:
        """Return who matches an audience: the count and one page of people."""

    def resolve(self, help_center: str, people: Sequence[str], companies: Sequence[str]) -> Mapping[str, Any]:
        """Return whom names of people mean, `people`, and those of the companies that are not there."""

    def refresh_people(
        self,
        attributes: Mapping[str, Sequence[str]],
        *,
        older_than: int,
        whole: bool = False,
        granted: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """Bring the people of the vendor behind a workspace up to date, and return how far they are.

        Args:
            attributes: The names of those to keep, of `person` and `company`.
            older_than: Nothing is done where they are not older than so many seconds.
            whole: Whether to read everybody although the last time is not long ago.
            granted: Of whom to read the granted companies too, by any of their names.
        """

    def compare_people(self, rule: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Return how many people the vendor finds for a part of a rule, and how many match it here.

        Args:
            rule: As the admin API takes it; `None` for everybody.
        """

    def people_mirrored(self) -> Mapping[str, Any]:
        """Return how far the people of the vendor behind a workspace are here; raises a `NotFound` without one."""

    def forget_people(self) -> Mapping[str, Any]:
        """Forget everybody who was mirrored here; raises a `NotFound` where no vendor is behind the workspace."""

    def homepage_content(self, help_center: str) -> Mapping[str, Any]:
        """Return what a homepage has to show besides its settings: its name, and titles of articles."""

    def activity(self, address: str, after_revision: int) -> Sequence[Mapping[str, Any]]:
        """Return the log of writes to an object after a revision of the workspace, newest first."""

    def perform(self, operation: Operation, revision: int | None, mark: WriteContext) -> WriteResult:
        """Do one operation on an object that is at `revision`; raises a `Waiting` where only a person can."""

    def perform_together(
        self, receipt: str, steps: Sequence[NamedStep], decided_on: Mapping[str, int], lease: str
    ) -> Sequence[WriteResult]:
        """Do several operations in one request and one transaction, all of them or none; return what each came to.

        Args:
            receipt: The id of the apply's receipt.
            steps: The operations, in order.
            decided_on: What else they were decided on: revisions by address, 0 for what was not there.
            lease: The lock, as writes carry it.
        """

    def keep_record(self, name: str, body: Mapping[str, Any], revision: int | None, mark: WriteContext) -> None:
        """Store what was applied, in place of the record at `revision`."""

    def note_verification(self, name: str, body: Mapping[str, Any], revision: int) -> None:
        """Say what came of verifying what the record at `revision` says was applied."""

    def take_lease(self, name: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the lock of a configuration; raises a `Locked` where somebody else holds it."""

    def renew_lease(self, lease: Mapping[str, Any], ttl: int) -> None:
        """Hold on to a lock for `ttl` seconds from now; raises a `LeaseLost`."""

    def release_lease(self, lease: Mapping[str, Any]) -> None:
        """Let go of a lock."""

    def break_lease(self, name: str, fence: int) -> None:
        """End somebody else's lock; raises a `LeaseLost` where it is not that lock any more."""

    def begin_receipt(self, body: Mapping[str, Any], lease: str) -> Mapping[str, Any]:
        """Begin the receipt of an apply, and return it."""

    def finish_receipt(self, receipt: str, body: Mapping[str, Any], lease: str) -> None:
        """Say how an apply ended."""

    def check_activity(self) -> Mapping[str, Any]:
        """Return whether the log of what was changed is whole, and where it breaks."""

    def receipts(self, **query: str) -> Mapping[str, Any]:
        """Return a page of receipts, newest first, without their plans: `data`, and whether there are `more`."""

    def receipt(self, receipt: str) -> Mapping[str, Any]:
        """Return one receipt, whole; raises a `NotFound`."""

    def tasks(self, **query: str) -> Sequence[Mapping[str, Any]]:
        """Return the newest tasks for a person, newest first; raises a `NotFound` without a vendor."""

    def task(self, task: str) -> Mapping[str, Any]:
        """Return one task; raises a `NotFound`."""

    def answer_task(self, task: str, verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer a task, and return it as it is then.

        Args:
            verb: `confirm`, `before`, or `abandon`.
            body: What is said, as the workspace words it.
        """

    def attest(self, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Say how settings are that nobody else can read, and return what people said of them."""

    @property
    def endpoint(self) -> Endpoint:
        """Where the workspace's pages are reached."""

    def close(self) -> None:
        """Let go of connections."""


def find_person(results: Sequence[Mapping[str, Any]], workspace: str) -> Mapping[str, Any]:
    """Return what a check found about the one person who was asked about.

    Raises:
        WorkspaceUnusable: Nobody, or more than one, is called that.
    """
    (answer,) = results
    if answer["found"]:
        return answer
    several = answer.get("ambiguous", 0)
    raise WorkspaceUnusable(
        error(
            "person-ambiguous" if several > 1 else "person-unknown",
            f"{several or 'no'} people in {workspace} are called {answer['ref']}",
            remedy="Name the person by external id or contact id."
            if several > 1
            else "Give an email address, an external id or a contact id; portal preview lists people.",
        )
    )
