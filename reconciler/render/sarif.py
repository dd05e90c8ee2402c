"""A plan document as SARIF 2.1.0, for code scanning: a result for each diagnostic and each risky change."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.core.codes import CODES
from reconciler.render.plain import line
from reconciler.render.risks import place, risks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.plan import FailedPlan, PlanDocument, Source

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def plan(document: PlanDocument | FailedPlan) -> str:
    """Write the SARIF log of a plan document, failed ones too."""
    return json.dumps(log(document), indent=2, ensure_ascii=False) + "\n"


def log(document: PlanDocument | FailedPlan) -> dict[str, Any]:
    """Build the SARIF log of a plan document as a JSON value."""
    entries = [*_diagnostics(document), *_risks(document)]
    rules = {entry["ruleId"]: rule for entry, rule in entries}
    order = {name: index for index, name in enumerate(rules)}
    results = [{**entry, "ruleIndex": order[entry["ruleId"]]} for entry, _ in entries]
    version = line(document["generator"].removeprefix("portal "))
    driver = {"name": "portal", "version": version, "rules": list(rules.values())}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": _category(document)},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": document["outcome"] != "failed"}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _category(document: PlanDocument | FailedPlan) -> str:
    """Return the category that separates the results of a file and environment from others."""
    parts = ("portal", _file(document) or "", document["environment"] or "")
    return "".join(f"{quote(_writable(part))}/" for part in parts if part)


def _file(document: PlanDocument | FailedPlan) -> str | None:
    text = document["file"] if document["outcome"] == "failed" else document["configuration"]["file"]
    return None if text is None else str(text)


def _diagnostics(document: PlanDocument | FailedPlan) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for diagnostic in document["diagnostics"]:
        code, level = diagnostic["code"], _LEVELS[diagnostic["severity"]]
        message = f"{diagnostic['summary']} → {diagnostic['remedy']}" if diagnostic["remedy"] else diagnostic["summary"]
        meaning = CODES.get(code, code)
        places = _locations(document, diagnostic["address"], diagnostic["source"])
        yield _result(code, level, message, diagnostic["address"], places), _rule(code, level, meaning)


def _risks(document: PlanDocument | FailedPlan) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for risk in risks(document):
        code = f"risk-{risk.name.replace('_', '-')}"
        for change in risk.changes:
            message = f"{risk.title}: change {change['id']}, {change['title']} {change['address']}"
            places = _locations(document, change["address"], place(change))
            yield _result(code, "note", message, change["address"], places), _rule(code, "note", risk.title)


def _rule(code: str, level: str, meaning: str) -> dict[str, Any]:
    # GitHub shows the name where there is one, and wants a short and a full description.
    message = {"text": _message(meaning)}
    return {
        "id": line(code),
        "shortDescription": message,
        "fullDescription": message,
        "defaultConfiguration": {"level": level},
        "help": {"text": "docs/diagnostics.md says what each code means."},
    }


def _result(code: str, level: str, message: str, address: str, locations: list[dict[str, Any]]) -> dict[str, Any]:
    identity = json.dumps([code, address, message]).encode()
    result = {
        "ruleId": line(code),
        "level": level,
        "message": {"text": _message(message)},
        "partialFingerprints": {"portal/v1": hashlib.sha256(identity).hexdigest()},
    }
    return {**result, "locations": locations} if locations else result


def _locations(document: PlanDocument | FailedPlan, address: str, source: Source | None) -> list[dict[str, Any]]:
    """Return the place of a result: its source, or the beginning of the file where that is unknown."""
    file = source["file"] if source else _file(document)
    location: dict[str, Any] = {}
    if file is not None:
        region = {"startLine": source["line"], "startColumn": source["column"]} if source else {"startLine": 1}
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(_writable(str(file)))}, "region": region}
    if address:
        location["logicalLocations"] = [{"fullyQualifiedName": line(address)}]
    return [location] if location else []


def _message(text: str) -> str:
    """Escape a plain message: brackets make links in it, braces are places for arguments."""
    shown = line(text).replace("{", "{{").replace("}", "}}")
    return shown.replace("[", "\\[").replace("]", "\\]")


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
