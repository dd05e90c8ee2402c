"""A workspace behind its admin API: every question of the protocol is a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.target import problems
from reconciler.target.http.admin_api import NOT_MODIFIED, TOGETHER, AdminApi, json_of
from reconciler.target.protocol import Page, RevisionChange, WriteResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.kinds.base import Operation
    from reconciler.kinds.state import OtherConfigurations, State
    from reconciler.target.protocol import NamedStep, WriteContext

_ACCEPTED = 202
_GRANTED_AT_ONCE = 20
"""The people whose grants one request reads, or the companies that it looks for: a call of the vendor each."""


class RestTarget(AdminApi):
    """A workspace behind its admin API."""

    def observe(self, help_center: str, record: str) -> State:
        """Observe everything that can be managed, in one request."""
        from reconciler.target import decode as observed

        return observed.state(self.capture(help_center, record))

    def observe_page(self, pairs: Sequence[tuple[str, str]], tag: str | None = None) -> Page:
        """Observe several portals, in one request."""
        query = {"of": [":".join(pair) for pair in pairs]}
        response = self._answer("GET", "configurations", params=query, headers={"If-None-Match": tag} if tag else {})
        etag = response.headers.get("ETag", "")
        unmoved = response.status_code == NOT_MODIFIED
        if unmoved:
            return Page(etag, None)
        from reconciler.target import decode as observed

        page = json_of(response)
        self._hold(page)
        return Page(etag, observed.States(pairs, page))

    def capture(self, help_center: str, record: str) -> Mapping[str, Any]:
        """Observe in the workspace's own form: the source of a sandbox."""
        answer = self._get(f"help_centers/{help_center}/configuration", record=record)
        self._hold(answer)
        return answer

    def others(self, names: Sequence[str]) -> OtherConfigurations:
        """Return what other configurations than the named ones manage of the whole workspace."""
        from reconciler.target import decode as observed

        return observed.others(self._post("configurations/named_by_others", {"names": list(names)}))

    def whoami(self) -> Mapping[str, Any]:
        """Return the token's name and scopes."""
        return self._get("whoami")

    def help_centers(self) -> Sequence[str]:
        """List the identifiers of the workspace's Help Centers."""
        return [value["identifier"] for value in self._get("help_centers")["data"]]

    def compare(self, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
        """Count who gains and loses access between two views."""
        return self._post(f"help_centers/{help_center}/access/compare", {"before": before, "after": after, "sample": 5})

    def changed(
        self, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any], beyond: str
    ) -> Mapping[str, Any]:
        """Return a page of those who gain or lose access between two views, after the id `beyond`."""
        body = {"before": before, "after": after, "beyond": beyond, "per_page": 1000}
        return self._post(f"help_centers/{help_center}/access/changed", body)

    def parts(self, help_center: str, rules: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Count the people of each rule, and list the existing tags."""
        return self._post(f"help_centers/{help_center}/access/parts", {"rules": rules})

    def resolve(self, help_center: str, people: Sequence[str], companies: Sequence[str]) -> Mapping[str, Any]:
        """Resolve names to people, and name the companies that do not exist."""
        return self._post(f"help_centers/{help_center}/access/resolve", {"people": people, "companies": companies})

    def check(
        self,
        help_center: str,
        people: Sequence[str],
        view: Mapping[str, Any] | None,
        *,
        card_shown: bool | None,
        tickets: int | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Evaluate each person's abilities under a view; under the live settings where it is `None`."""
        given = {"view": view, "card_shown": card_shown, "tickets": tickets}
        body = {"people": list(people)} | {key: value for key, value in given.items() if value is not None}
        results: Sequence[Mapping[str, Any]] = self._post(f"help_centers/{help_center}/access/check", body)["results"]
        return results

    def preview(self, help_center: str, audience: Mapping[str, Any], *, page: int, per_page: int) -> Mapping[str, Any]:
        """Return the count of an audience, and one page of its people."""
        body = {"audience": audience, "page": page, "per_page": per_page}
        return self._post(f"help_centers/{help_center}/access/preview", body)

    def refresh_people(
        self,
        attributes: Mapping[str, Sequence[str]],
        *,
        older_than: int,
        whole: bool = False,
        granted: Sequence[str] = (),
        companies: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """Refresh the mirror of the vendor's people, and return its progress."""
        body = {"attributes": {model: list(names) for model, names in attributes.items()}, "begin": True}
        post = self._post("mirror/refresh", {**body, "older_than": older_than, "whole": whole})
        while post["phase"] != "idle":
            self.progress(post)
            post = self._post("mirror/refresh", {**body, "begin": False})
        for name, many in (("companies", companies), ("granted", granted)):
            for start in range(0, len(many), _GRANTED_AT_ONCE):
                some = list(many[start : start + _GRANTED_AT_ONCE])
                post = self._post("mirror/refresh", {**body, "begin": False, name: some})
        return post

    def compare_people(self, rule: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Count the people of a part of a rule at the vendor and in the mirror."""
        return self._post("mirror/compare", {"rule": rule})

    def people_mirrored(self) -> Mapping[str, Any]:
        """Return the progress of the mirror."""
        return self._get("mirror")

    def forget_people(self) -> Mapping[str, Any]:
        """Delete the mirrored people."""
        return self._send("DELETE", "mirror")

    def homepage_content(self, help_center: str) -> Mapping[str, Any]:
        """Return the content of a homepage besides its settings: its name, and titles of articles."""
        return self._get(f"help_centers/{help_center}/homepage/content")

    def activity(self, address: str, after_revision: int) -> Sequence[Mapping[str, Any]]:
        """Return the activity log of a resource after a revision of the workspace, newest first."""
        entries: Sequence[Mapping[str, Any]] = self._get(
            "activity", resource=address, after_revision=str(after_revision)
        )["data"]
        return entries

    def perform(self, operation: Operation, revision: int | None, mark: WriteContext) -> WriteResult:
        """Perform one operation on a resource at `revision`."""
        condition = {"If-None-Match": "*"} if operation.precondition == "absent" else {"If-Match": f'"{revision}"'}
        body = None if operation.method == "DELETE" else operation.body
        headers = {**condition, **mark.headers()}
        response = self._answer(operation.method, operation.path, json=body, headers=headers)
        answer = json_of(response)
        if response.status_code == _ACCEPTED:
            raise problems.for_a_person(answer)
        return _written(answer)

    def perform_together(
        self, receipt: str, steps: Sequence[NamedStep], decided_on: Mapping[str, int], lease: str
    ) -> Sequence[WriteResult]:
        """Perform several operations in one request and one transaction, all or none."""
        query = {"steps": [step.document() for step in steps], "decided_on": dict(decided_on)}
        path = f"receipts/{receipt}{TOGETHER}"
        answer = self._send("POST", path, json=query, headers={"Portal-Lease": lease})
        return [_written(step["answer"]) for step in answer["steps"]]

    def keep_record(self, name: str, body: Mapping[str, Any], revision: int | None, mark: WriteContext) -> None:
        """Write the record, in place of the one at `revision`."""
        condition = {"If-None-Match": "*"} if revision is None else {"If-Match": f'"{revision}"'}
        self._send("PUT", f"records/{name}", json=body, headers={**condition, **mark.headers()})

    def note_verification(self, name: str, body: Mapping[str, Any], revision: int) -> None:
        """Note a verification of the record at `revision`."""
        self._send("PUT", f"records/{name}/verification", json=body, headers={"If-Match": f'"{revision}"'})

    def take_lease(self, name: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the lock of a configuration."""
        return self._post(f"leases/{name}", query)

    def renew_lease(self, lease: Mapping[str, Any], ttl: int) -> None:
        """Renew a lock for `ttl` seconds from now."""
        self._post(f"leases/{lease['name']}/renew", {**_identified(lease), "ttl": ttl})

    def release_lease(self, lease: Mapping[str, Any]) -> None:
        """Release a lock."""
        self._post(f"leases/{lease['name']}/release", _identified(lease))

    def break_lease(self, name: str, fence: int) -> None:
        """Break somebody else's lock."""
        self._post(f"leases/{name}/break", {"fence": fence})

    def begin_receipt(self, body: Mapping[str, Any], lease: str) -> Mapping[str, Any]:
        """Begin the receipt of an apply, and return it."""
        return self._send("POST", "receipts", json=body, headers={"Portal-Lease": lease})

    def finish_receipt(self, receipt: str, body: Mapping[str, Any], lease: str) -> None:
        """Finish the receipt of an apply."""
        self._send("POST", f"receipts/{receipt}/finish", json=body, headers={"Portal-Lease": lease})

    def check_activity(self) -> Mapping[str, Any]:
        """Check the chain of the log of changes, and locate its first break."""
        return self._get("activity/check")

    def receipts(self, **query: str) -> Mapping[str, Any]:
        """Return a page of receipts, newest first, without their plans."""
        return self._get("receipts", **query)

    def receipt(self, receipt: str) -> Mapping[str, Any]:
        """Return one receipt, whole."""
        return self._get(f"receipts/{receipt}")

    def tasks(self, **query: str) -> Sequence[Mapping[str, Any]]:
        """Return the newest tasks for a person, newest first."""
        data: Sequence[Mapping[str, Any]] = self._get("tasks", **query)["data"]
        return data

    def task(self, task: str) -> Mapping[str, Any]:
        """Return one task."""
        return self._get(f"tasks/{task}")

    def answer_task(self, task: str, verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Confirm a task, note its former value, or abandon it; return it afterwards."""
        return self._post(f"tasks/{task}/{verb}", body)

    def attest(self, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Attest settings that nobody else can read, and return the attestations."""
        data: Sequence[Mapping[str, Any]] = self._post("attestations", body)["data"]
        return data


def _written(answer: Mapping[str, Any]) -> WriteResult:
    also = {
        address: RevisionChange(moved["previous_revision"], moved["revision"])
        for address, moved in answer.get("also", {}).items()
    }
    return WriteResult(answer["revision"], also)


def _identified(lease: Mapping[str, Any]) -> dict[str, Any]:
    return {name: lease[name] for name in ("fence", "id")}
