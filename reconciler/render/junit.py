"""Results as JUnit XML, for the test reports of a build."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.plan.effect.prerequisites import HOLDING
from reconciler.render.plain import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.document_types.fleet import FleetDocument, FleetMember
    from reconciler.core.document_types.plan import FailedPlan, PlanDocument, Prerequisite
    from reconciler.core.document_types.result import Check, VerifyDocument


def verification(document: VerifyDocument) -> str:
    """Write the XML of a verification: a suite for each person, a case for each check."""
    counts = document["counts"]
    suites = Element(
        "testsuites",
        name="portal verify",
        tests=str(len(document["checks"])),
        failures=str(counts["failed"]),
        errors="0",
    )
    people: dict[str, list[Check]] = {}
    for check in document["checks"]:
        people.setdefault(check["person"] or _STRANGER, []).append(check)
    for person, checks in people.items():
        _suite(suites, person, checks)
    return _written(suites)


_STRANGER = "nobody signed in"


def fleet_verification(document: FleetDocument) -> str:
    """Write the XML of a fleet's verification: a suite for each configuration, a case for each check."""
    portals = [(entry, entry["document"]["checks"] if entry["document"] else []) for entry in document["portals"]]
    broken = sum(entry["outcome"] == "failed" for entry in document["portals"])
    failed = sum(check["outcome"] == "failed" for _, checks in portals for check in checks)
    count = sum(len(checks) or 1 for _, checks in portals)
    suites = Element("testsuites", name="portal verify", tests=str(count), failures=str(failed + broken), errors="0")
    for entry, checks in portals:
        name = f"{entry['name'] or entry['file']} ({entry['file']}:{entry['line']})"
        if checks:
            _suite(suites, name, checks)
        else:
            _suite_of_none(suites, name, entry)
    return _written(suites)


def _suite(suites: Element, name: str, checks: Sequence[Check]) -> None:
    outcomes = [item["outcome"] for item in checks]
    suite = SubElement(
        suites,
        "testsuite",
        name=name,
        tests=str(len(checks)),
        failures=str(outcomes.count("failed")),
        skipped=str(outcomes.count("skipped")),
        errors="0",
    )
    names: Counter[tuple[str, str]] = Counter()
    for check in checks:
        person = check["person"] or _STRANGER
        names[person, check["step"]] += 1
        # Reports take cases of one name for one case.
        again = f" {names[person, check['step']]}" if names[person, check["step"]] > 1 else ""
        case = SubElement(suite, "testcase", classname=person, name=f"{check['step']}{again} ({check['known']})")
        if check["outcome"] == "failed":
            SubElement(case, "failure", type=check["known"], message=check["said"])
        elif check["outcome"] == "skipped":
            SubElement(case, "skipped", message=check["said"])
        else:
            SubElement(case, "system-out").text = check["said"]


def _suite_of_none(suites: Element, name: str, entry: FleetMember) -> None:
    """Add the suite of a configuration that could not be verified, or that names nobody."""
    failed = entry["outcome"] == "failed"
    counts = {"tests": "1", "failures": str(int(failed)), "skipped": str(int(not failed)), "errors": "0"}
    suite = SubElement(suites, "testsuite", {"name": name, **counts})
    case = SubElement(suite, "testcase", classname=line(name), name="portal verify")
    if failed:
        message = "; ".join(f"{diagnostic['summary']} [{diagnostic['code']}]" for diagnostic in entry["diagnostics"])
        SubElement(case, "failure", type="failed", message=line(message))
    else:
        SubElement(case, "skipped", message="it has no expectations, and nobody was named")


def plan(document: PlanDocument | FailedPlan) -> str:
    """Write a plan's XML: a case for each required setting, expectation, guard and error. A blocked plan fails one."""
    cases = [*_cases(document)]
    outcomes = [outcome for _, _, outcome, _ in cases]
    counts = {
        "tests": str(len(cases)),
        "failures": str(outcomes.count("failure")),
        "skipped": str(outcomes.count("skipped")),
        "errors": "0",
    }
    suites = Element("testsuites", {"name": "portal plan", **counts})
    suite = SubElement(suites, "testsuite", {"name": "portal plan", **counts})
    for group, name, outcome, message in cases:
        case = SubElement(suite, "testcase", classname=group, name=line(name))
        if outcome == "passed":
            if message:
                SubElement(case, "system-out").text = line(message)
        else:
            kind = {"type": group} if outcome == "failure" else {}
            SubElement(case, outcome, {"message": line(message), **kind})
    return _written(suites)


def _cases(document: PlanDocument | FailedPlan) -> Iterator[tuple[str, str, str, str]]:
    """Yield group, name, outcome and message of each case."""
    if document["outcome"] != "failed":
        for setting in document["prerequisites"]:
            message = f"{setting['found']} ({setting['known']}{_BY.get(setting['status'], '')})"
            yield "required settings", setting["title"], _setting(setting, document), message
        for verdict in document["expectations"]:
            desired = "" if verdict["wanted"] else "not "
            yield (
                "expectations",
                f"{verdict['person']} {desired}{verdict['ability']}".replace("_", " "),
                "passed" if verdict["holds"] else "failure",
                verdict["reason"],
            )
        for guard in document["guards"]:
            allowed = "" if guard["holds"] or not guard["allowed"] else " (allowed)"
            yield "guards", guard["name"], "failure" if guard["blocks"] else "passed", f"{guard['summary']}{allowed}"
    for number, problem in enumerate(document["diagnostics"], start=1):
        if problem["severity"] == "error":
            message = f"{problem['summary']} → {problem['remedy']}" if problem["remedy"] else problem["summary"]
            # Reports take cases of one name for one case.
            yield "errors", f"{number} {problem['code']}", "failure", message


_BY = {
    "met_by_fleet": ", met by another configuration of this fleet",
    "broken_by_fleet": ", broken by another configuration of this fleet",
}


def _setting(prerequisite: Prerequisite, document: PlanDocument) -> str:
    if prerequisite["status"] in HOLDING:
        return "passed"
    # What is not met forbids nothing while the portal stays closed.
    known = prerequisite["status"] != "unknown"
    return "failure" if known and prerequisite["required"] and document["portal"]["enabled"] else "skipped"


def _written(suites: Element) -> str:
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"
