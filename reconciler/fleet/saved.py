"""Saved plans of a fleet, read back whole and compared with their files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core import documents
from reconciler.core.contract import load_json
from reconciler.core.diagnostics import error
from reconciler.core.errors import PortalError, Stale, UsageError
from reconciler.fleet import document as fleet_document
from reconciler.fleet import model as fleet
from reconciler.fleet.load import survey
from reconciler.fleet.planned import Planned
from reconciler.plan.document import read as planfile_reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import jsonschema_rs

    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Choice, Member, Refused

FRESH = "Make fresh plans: portal plan -f DIRECTORY --out FILE."
_CODES = {"failed": 1, "blocked": 3}


def check(path: str, document: dict[str, Any], *, plans: bool = True) -> dict[str, Any]:
    """Accept the document of a fleet, with `plans` in it, only if it is whole and unchanged; raise PortalError."""
    planfile_reading.refuse_newer(path, document, fleet_document.FORMAT_VERSION)
    if document.get("outcome") == "failed":
        raise planfile_reading.unreadable(path, "it tells why there was no fleet")
    if document.get("digest") != documents.digest(document):
        raise planfile_reading.edited(path)
    if document["format_version"] == fleet_document.FORMAT_VERSION:
        planfile_reading.refuse_invalid(path, document, _validator())
    if plans and document["verb"] != "plan":
        raise planfile_reading.unreadable(path, f"it is what portal {document['verb']} printed")
    for entry in document["portals"] if plans else ():
        if entry["document"] is not None:
            planfile_reading.check(f"{path} ({entry['name']})", entry["document"])
    return document


@cache
def _validator() -> jsonschema_rs.Validator:
    import jsonschema_rs

    names = ("plan.schema.json", "result.schema.json")
    parts = [(f"https://portal.example/schemas/{name}", load_json(name)) for name in names]
    return jsonschema_rs.validator_for(load_json("fleet.schema.json"), registry=jsonschema_rs.Registry(parts))


def planned(path: str, document: Mapping[str, Any], choice: Choice) -> list[Planned]:
    """Return the members with their saved plans; a plan that does not fit its file is refused, member by member.

    Raises Stale for plans of another environment, and UsageError where the workspace has to be named.
    """
    if document["environment"] != choice.environment:
        planfile_reading.refuse_environment(path, document, choice.environment)
    plans = [portal["document"] for portal in document["portals"] if portal["document"] is not None]
    where = next((plan["workspace"]["target"] for plan in plans), "")
    if choice.environment is None and choice.site.address is None and where.startswith(("https://", "http://")):
        # The token must not go to an address that only a file names.
        summary, remedy = f"the plans are for the workspace at {where}", f"Name it: --workspace {where}."
        raise UsageError(error("plan-takes-no-options", summary, remedy=remedy))
    files = _Files.read([portal["file"] for portal in document["portals"]], choice)
    return [_planned(path, entry, files, choice) for entry in document["portals"]]


@dataclass(frozen=True, slots=True)
class _Files:
    """The configurations at the places of the plans: valid ones by file and name, refusals by file."""

    members: Mapping[tuple[str, str], Member]
    refused: Mapping[str, Refused]

    @classmethod
    def read(cls, paths: Sequence[str], choice: Choice) -> _Files:
        members: dict[tuple[str, str], Member] = {}
        refused: dict[str, Refused] = {}
        # Without an environment the plans say everything that is needed: the files may be elsewhere.
        here = [path for path in dict.fromkeys(paths) if choice.environment is not None or Path(path).is_file()]
        for item in survey.load_members(here, choice):
            if isinstance(item, fleet.Member):
                members[item.place.file, item.name] = item
            else:
                refused[item.place.file] = item
        return cls(members, refused)


def _planned(path: str, entry: Mapping[str, Any], files: _Files, choice: Choice) -> Planned:
    outcome = fleet_document.Outcome(entry, _CODES.get(entry["outcome"], 0))
    plan = entry["document"]
    if plan is None or entry["outcome"] == "blocked":
        return Planned(outcome, None)
    try:
        member = _member(path, entry, files, choice)
    except PortalError as problem:
        return Planned(_refused(entry, problem), None)
    return Planned(outcome, member.site if member else choice.site)


def _member(path: str, entry: Mapping[str, Any], files: _Files, choice: Choice) -> Member | None:
    """Find the configuration of a plan; `None` where its file is not here and need not be."""
    file, name, plan = entry["file"], entry["name"], entry["document"]
    member = files.members.get((file, name))
    if member is not None:
        planfile_reading.refuse_other(path, plan, member.name, member.config.digest, file)
        return member
    if file in files.refused:
        raise PortalError(files.refused[file].diagnostics)
    if choice.environment is None and not Path(file).is_file():
        return None
    summary = f"{path} has a plan for {name}, and there is no configuration of that name in {file}"
    raise Stale(error("plan-of-another-configuration", summary, remedy=FRESH))


def _refused(entry: Mapping[str, Any], problem: PortalError) -> Outcome:
    return fleet_document.stopped(entry, "failed", problem.exit_code, problem.diagnostics)
