"""Examines every call of Intercom's API that this project makes, once, and reports usable and missing ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workspace.core.errors import ApiError, WorkspaceError
from workspace.settings import required
from workspace.upstream.doctor.shapes import Shapes
from workspace.upstream.intercom import activity, paging, reads
from workspace.upstream.intercom.api import PREVIEW, VERSION
from workspace.upstream.intercom.people import IntercomPeople
from workspace.upstream.observing import PROFILE
from workspace.upstream.protocol import Incomplete, MirroredAttributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workspace.upstream.intercom.answers import Heard
    from workspace.upstream.intercom.api import Api
    from workspace.upstream.protocol import Observation

_DAY = 86_400
_LIMIT = "x-ratelimit-limit"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the API, about `token`, `GET /tags` and the like; `said` is without a value of the customer's.

    `standing` is `ok`; `warning` if something is left out without it; `failed` if nothing works; `unknown` if the API
    does not tell.
    """

    about: str
    standing: str
    said: str
    code: str | None = None
    remedy: str = ""

    def document(self) -> dict[str, Any]:
        """Return the check as it stands in a report."""
        return {
            "about": self.about,
            "standing": self.standing,
            "code": self.code,
            "said": self.said,
            "remedy": self.remedy,
        }


@dataclass(slots=True)
class Report:
    """The checks and shapes of an examination."""

    checks: list[Check] = field(default_factory=list)
    shapes: Shapes = field(default_factory=Shapes)

    @property
    def usable(self) -> bool:
        """True if everything required works."""
        return all(check.standing != "failed" for check in self.checks)

    def document(self) -> dict[str, Any]:
        """Return the report as it stands in an answer."""
        return {
            "vendor": reads.VENDOR,
            "usable": self.usable,
            "versions": [VERSION, PREVIEW],
            "checks": [check.document() for check in self.checks],
            "shapes": self.shapes.document(),
        }


def examine(connect: Callable[[str, Callable[[Heard], None]], Api], region: str | None, now: int) -> Report:
    """Examine an Intercom API with clients from `connect`, in a region or in the one that takes the token."""
    examination = _Examination(Report(), now)

    def connected(place: str) -> Api:
        return connect(place, examination.hear)

    api = examination.reach(connected, region)
    if api is not None:
        examination.ask(api)
        api.close()
    return examination.report


class _Examination:
    def __init__(self, report: Report, now: int) -> None:
        self.report, self._now, self._limits = report, now, set[str]()

    def hear(self, heard: Heard) -> None:
        self.report.shapes.hear(heard)
        self._limits |= {value for name, value in heard.headers.items() if name.lower() == _LIMIT and value.isdecimal()}

    def reach(self, connected: Callable[[str], Api], region: str | None) -> Api | None:
        """Return an authenticated client, or None; the checks give the reason."""
        try:
            if region is None:
                region = reads.find_region(connected)
            api = connected(region)
            reads.read_account(api.get("/me"), region)
        except WorkspaceError as problem:
            self._note("region", "failed", problem.summary, "upstream_region", problem.remedy)
            return None
        except ApiError as problem:
            self._refused("token", "failed", problem)
            return None
        self._note("token", "ok", "Intercom takes it")
        self._note("region", "ok", region)
        return api

    def ask(self, api: Api) -> None:
        observation = self._tried("settings", "failed", lambda: reads.observe(api, self._now))
        person = self._tried("people", "failed", lambda: _some_person(api))
        self._tried("companies", "failed", lambda: api.get("/companies", {"per_page": 5}))
        self._tried("tags", "failed", lambda: IntercomPeople(api, MirroredAttributes()).tags())
        self._tried("segments", "warning", lambda: api.get("/segments"))
        self._tried("activity log", "warning", lambda: activity.events(api, self._now - _DAY))
        feed = {"created_at_after": self._now - _DAY}
        self._tried(
            "activity of people",
            "warning",
            lambda: list(paging.by_cursor(api, "/contacts/activities", feed, "data", "activities", version=PREVIEW)),
        )
        if isinstance(person, str):
            self._tried("companies of a person", "failed", lambda: api.get(f"/contacts/{person}/companies"))
            self._tried("tags of a person", "failed", lambda: api.get(f"/contacts/{person}/tags"))
            grants = f"/contacts/{person}/granted_companies"
            self._tried("granted companies", "warning", lambda: api.get(grants, version=PREVIEW))
        self._rate(api)
        self._note("version", "ok", f"{VERSION} and {PREVIEW} were asked for; their shapes say what came")
        self._note("writing", "unknown", "only a write tells whether the token may change data attributes")
        if observation is not None:
            for check in _required(observation, self._now):
                self.report.checks.append(check)

    def _rate(self, api: Api) -> None:
        if self._limits:
            message = f"{', '.join(sorted(self._limits))} requests a window; {api.calls} were made"
            self._note("rate limit", "ok", message)
        else:
            remedy = "Requests are paced by 429 alone."
            self._note("rate limit", "warning", "no header tells it", "rate_limit_untold", remedy)

    def _tried(self, about: str, otherwise: str, ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
        except ApiError as problem:
            self._refused(about, otherwise, problem)
        except (WorkspaceError, Incomplete) as problem:
            self._note(about, otherwise, type(problem).__name__, "upstream_answer")
        else:
            self._note(about, "ok", "can be read")
            return answer
        return None

    def _refused(self, about: str, standing: str, problem: ApiError) -> None:
        (first, *_) = problem.problems
        # What the vendor said may name somebody; the codes stand among the shapes.
        remedy = str((first.data or {}).get("remedy", ""))
        self._note(about, standing, _SUMMARIES.get(first.code, "Intercom refused it"), first.code, remedy)

    def _note(self, about: str, standing: str, message: str, code: str | None = None, remedy: str = "") -> None:
        self.report.checks.append(Check(about, standing, message, code, remedy))


_SUMMARIES = {
    "upstream_unauthorized": "Intercom refuses the token",
    "upstream_scope": "the token lacks a permission",
    "upstream_plan": "the subscription does not include it",
    "upstream_not_found": "Intercom does not have it",
    "upstream_unreachable": "Intercom did not answer",
    "upstream_answer": "the answer is not of the described form",
    "upstream_region": "Intercom sent the request elsewhere",
}


def _some_person(api: Api) -> str | None:
    page = IntercomPeople(api, MirroredAttributes()).page(None, None)
    return next((person.contact.id for person in page.people), None)


def _required(observation: Observation, now: int) -> Iterator[Check]:
    """Yield the status of the required settings, as far as the API gives it."""
    day = datetime.fromtimestamp(now, UTC).date()
    standings = {required.MET: "ok", required.UNMET: "warning", required.UNKNOWN: "unknown"}
    for number, center in enumerate(observation.help_centers, start=1):
        facts = _facts(observation, f"help_center/{center.identifier}")
        for check in required.evaluate(PROFILE, facts, day):
            complete = check.status != required.UNMET or set(required.paths(check.id)) <= facts.keys()
            standing = standings[check.status] if complete else "unknown"
            message = {"ok": "met", "warning": "not met", "unknown": "the API does not tell"}[standing]
            code = "required_setting_unmet" if standing == "warning" else None
            remedy = check.remedy if standing != "ok" else ""
            yield Check(f"Help Center {number}: {check.title}", standing, message, code, remedy)


def _facts(observation: Observation, center: str) -> Mapping[str, Any]:
    facts: dict[str, Any] = {
        f"help_center.{name}": seen.value for name, seen in observation.fields.get(center, {}).items()
    }
    facts |= {f"identity.{name}": seen.value for name, seen in observation.fields.get("identity", {}).items()}
    for attribute in observation.attributes:
        facts |= {f"{attribute.address}.{name}": value for name, value in attribute.values.items()}
    return facts
