"""The interface of a target: one workspace. Long because each request is told here with what it gives and takes."""

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
"""The most portals in one observation."""


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """The revision of another resource that a write touched: from, to."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The result of a write: the new revision (None: deleted), and the other resources it touched, by address."""

    revision: int | None
    also: Mapping[str, RevisionChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteContext:
    """The context of a write, so that it is made once, and only by the holder of the lock."""

    lease: str  # `NAME/FENCE/ID`
    step: str  # `RECEIPT/STEP`: the same step again is answered and not done again
    decided_on: Mapping[str, int] = field(default_factory=dict)  # revisions by address, 0: not there

    def headers(self) -> dict[str, str]:
        """Return the context as headers."""
        headers = {"Portal-Lease": self.lease, "Portal-Step": self.step}
        if self.decided_on:
            named = sorted(self.decided_on.items())
            headers["Portal-Decided-On"] = ", ".join(f"{quote(address)}={revision}" for address, revision in named)
        return headers


@dataclass(frozen=True, slots=True)
class NamedStep:
    """One of several operations that are done together, named as in the apply."""

    name: str
    operation: Operation
    revision: int  # of its resource before the first of them; 0 for one that an earlier one makes

    def document(self) -> dict[str, Any]:
        """Return it in the form of the admin API."""
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
    """Several portals of a workspace, observed at one moment, by Help Center and name of a configuration."""

    tag: str  # of the whole page; empty where the workspace gave none
    states: Mapping[tuple[str, str], State] | None  # `None`: nothing has moved since the requested tag


class Target(Protocol):
    """A workspace. Every method may raise a `WorkspaceUnusable`; those that write also `Stale` and `Blocked`."""

    name: str
    progress: Callable[[Mapping[str, Any]], None]
    """Receives the progress while the mirror is refreshed."""
    waiting: Callable[[], AbstractContextManager[object]]
    """The context of each wait for an answer."""

    def since(self, moment: str) -> None:
        """Require answers and writes to follow a moment of this workspace; an empty one requires nothing."""

    def observe(self, help_center: str, record: str) -> State:
        """Observe everything that can be managed, consistently, with the record of a configuration."""

    def observe_page(self, pairs: Sequence[tuple[str, str]], tag: str | None = None) -> Page:
        """Observe 1 to `PAGE` portals consistently: Help Centers, each with the name of a configuration, none twice.

        `tag` is that of an earlier page of the same pairs: where nothing has moved since, nothing more is answered.
        """

    def others(self, names: Sequence[str]) -> OtherConfigurations:
        """Return what other configurations than the named ones manage of the whole workspace."""

    def capture(self, help_center: str, record: str) -> Mapping[str, Any]:
        """Observe in the workspace's own form: the source of a sandbox."""

    def whoami(self) -> Mapping[str, Any]:
        """Return the token's `name` and `scopes`."""

    def help_centers(self) -> Sequence[str]:
        """List the identifiers of the workspace's Help Centers."""

    def compare(self, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
        """Count who gains and loses access between two views."""

    def changed(
        self, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any], beyond: str
    ) -> Mapping[str, Any]:
        """Return a page of those who gain or lose access between two views, after the id `beyond`."""

    def parts(self, help_center: str, rules: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Count the people of each rule, and list the existing tags."""

    def check(
        self,
        help_center: str,
        people: Sequence[str],
        view: Mapping[str, Any] | None,
        *,
        card_shown: bool | None,
        tickets: int | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Evaluate each person's abilities under a view; `None` for the live settings, and for the live card.

        People are contact ids, external ids or email addresses; `tickets` is the most numbers of theirs to bring along.
        """

    def preview(self, help_center: str, audience: Mapping[str, Any], *, page: int, per_page: int) -> Mapping[str, Any]:
        """Return the count of an audience, and one page of its people."""

    def resolve(self, help_center: str, people: Sequence[str], companies: Sequence[str]) -> Mapping[str, Any]:
        """Resolve names to `people`, and name the companies that do not exist."""

    def refresh_people(
        self,
        attributes: Mapping[str, Sequence[str]],
        *,
        older_than: int,
        whole: bool = False,
        granted: Sequence[str] = (),
        companies: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """Refresh the mirror of the vendor's people where it is older than so many seconds; return its progress.

        Args:
            attributes: The attributes to keep, of `person` and `company`.
            whole: Read everybody although the last time is not long ago.
            granted: People whose granted companies to read, by any of their names.
            companies: Companies that somebody is to be granted, by the ids that the customer gave them.
        """

    def compare_people(self, rule: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Count the people of a part of a rule at the vendor and in the mirror; `None` for everybody."""

    def people_mirrored(self) -> Mapping[str, Any]:
        """Return the progress of the mirror; raise NotFound without a vendor."""

    def forget_people(self) -> Mapping[str, Any]:
        """Delete the mirrored people; raise NotFound without a vendor."""

    def homepage_content(self, help_center: str) -> Mapping[str, Any]:
        """Return the content of a homepage besides its settings: its name, and titles of articles."""

    def activity(self, address: str, after_revision: int) -> Sequence[Mapping[str, Any]]:
        """Return the activity log of a resource after a revision of the workspace, newest first."""

    def perform(self, operation: Operation, revision: int | None, mark: WriteContext) -> WriteResult:
        """Perform one operation on a resource at `revision`; raise Waiting where only a person can."""

    def perform_together(
        self, receipt: str, steps: Sequence[NamedStep], decided_on: Mapping[str, int], lease: str
    ) -> Sequence[WriteResult]:
        """Perform several operations in one transaction, all or none, with the values of a `WriteContext`."""

    def keep_record(self, name: str, body: Mapping[str, Any], revision: int | None, mark: WriteContext) -> None:
        """Write the record, in place of the one at `revision`."""

    def note_verification(self, name: str, body: Mapping[str, Any], revision: int) -> None:
        """Note a verification of the record at `revision`."""

    def take_lease(self, name: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the lock of a configuration; raise Locked where somebody else holds it."""

    def renew_lease(self, lease: Mapping[str, Any], ttl: int) -> None:
        """Renew a lock for `ttl` seconds from now; raise LeaseLost."""

    def release_lease(self, lease: Mapping[str, Any]) -> None:
        """Release a lock."""

    def break_lease(self, name: str, fence: int) -> None:
        """Break somebody else's lock; raise LeaseLost where it is not that lock any more."""

    def begin_receipt(self, body: Mapping[str, Any], lease: str) -> Mapping[str, Any]:
        """Begin the receipt of an apply, and return it."""

    def finish_receipt(self, receipt: str, body: Mapping[str, Any], lease: str) -> None:
        """Finish the receipt of an apply."""

    def check_activity(self) -> Mapping[str, Any]:
        """Check the chain of the log of changes, and locate its first break."""

    def receipts(self, **query: str) -> Mapping[str, Any]:
        """Return a page of receipts, newest first, without their plans: `data`, and whether there are `more`."""

    def receipt(self, receipt: str) -> Mapping[str, Any]:
        """Return one receipt, whole; raise NotFound."""

    def tasks(self, **query: str) -> Sequence[Mapping[str, Any]]:
        """Return the newest tasks for a person, newest first; raise NotFound without a vendor."""

    def task(self, task: str) -> Mapping[str, Any]:
        """Return one task; raise NotFound."""

    def answer_task(self, task: str, verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer a task with `confirm`, `before`, or `abandon`, and return it afterwards."""

    def attest(self, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Attest settings that nobody else can read, and return the attestations."""

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the workspace's pages."""

    def close(self) -> None:
        """Close connections."""


def find_person(results: Sequence[Mapping[str, Any]], workspace: str) -> Mapping[str, Any]:
    """Return the one person of a check; raise WorkspaceUnusable where the name matches none, or several."""
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
