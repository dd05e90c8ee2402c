"""Results as JUnit XML, for the test reports of a build."""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

Document = dict[str, Any]


def verification(document: Document) -> str:
    """Return the XML of a verification: a suite for each person, a case for each check."""
    counts = document["counts"]
    suites = Element(
        "testsuites",
        name="portal verify",
        tests=str(sum(counts.values())),
        failures=str(counts["failed"]),
        errors="0",
    )
    people: dict[str, list[dict[str, Any]]] = {}
    for check in document["checks"]:
        people.setdefault(check["person"] or "nobody signed in", []).append(check)
    for person, checks in people.items():
        outcomes = [one["outcome"] for one in checks]
        suite = SubElement(
            suites,
            "testsuite",
            name=person,
            tests=str(len(checks)),
            failures=str(outcomes.count("failed")),
            skipped=str(outcomes.count("skipped")),
            errors="0",
        )
        names: Counter[str] = Counter()
        for check in checks:
            names[check["step"]] += 1
            # Reports take cases of one name for one case.
            again = f" {names[check['step']]}" if names[check["step"]] > 1 else ""
            case = SubElement(suite, "testcase", classname=person, name=f"{check['step']}{again} ({check['known']})")
            if check["outcome"] == "failed":
                SubElement(case, "failure", type=check["known"], message=check["said"])
            elif check["outcome"] == "skipped":
                SubElement(case, "skipped", message=check["said"])
            else:
                SubElement(case, "system-out").text = check["said"]
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"
