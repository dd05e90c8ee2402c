"""Read a saved plan back: whole, unchanged, of a known format."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.contract import load_json
from reconciler.core.diagnostics import error
from reconciler.core.documents import digest
from reconciler.core.errors import Blocked, PortalError, Stale, UsageError
from reconciler.plan.document.write import FORMAT_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jsonschema_rs

_MOST_BYTES = 256 * 1024 * 1024
_FRESH = "Make a fresh plan: portal plan --out FILE."


def load(path: str, *, failed: bool = False) -> dict[str, Any]:
    """Load the plan document in a file, with `failed` also one without a plan, to show why; raise PortalError."""
    return check(path, parsed(path, read(path)), failed=failed)


def check(path: str, document: dict[str, Any], *, failed: bool = False) -> dict[str, Any]:
    """Accept a document only if it is a plan, whole and unchanged; arguments and errors as for `load`."""
    if document.get("kind") != "plan":
        raise unreadable(path, "it is not a plan")
    refuse_newer(path, document, FORMAT_VERSION)
    if document.get("outcome") == "failed":
        if not failed:
            raise unreadable(path, "it tells why no plan could be made")
    elif document.get("digest") != digest(document):
        raise edited(path)
    # A newer minor version may say more, and its digest tells that it is whole; a failure has none.
    if document["format_version"] == FORMAT_VERSION or document.get("outcome") == "failed":
        refuse_invalid(path, document, _validator())
    return document


def refuse_newer(path: str, document: dict[str, Any], known: str) -> None:
    """Refuse a document of another or no major format; raise PortalError."""
    version = document.get("format_version")
    if not isinstance(version, str):
        raise unreadable(path, "it is not a plan")
    if version.partition(".")[0] != known.partition(".")[0]:
        raise PortalError(
            error(
                "plan-newer-format",
                f"{path} is a plan of format {version}; this version of portal reads {known}",
                remedy=f"Apply it with the version that made it ({document.get('generator', 'unknown')}). {_FRESH}",
            )
        )


def edited(path: str) -> PortalError:
    """Build the error for an edited document."""
    return PortalError(error("plan-edited", f"{path} was edited: its digest does not match", remedy=_FRESH))


def refuse_blocked(path: str, document: dict[str, Any]) -> None:
    """Refuse a plan with errors; raise Blocked."""
    reasons = [diagnostic for diagnostic in document["diagnostics"] if diagnostic["severity"] == "error"]
    if reasons:
        raise Blocked(
            error(
                "plan-blocked",
                f"{path} is a plan that may not be applied: {'; '.join(reason['summary'] for reason in reasons)}",
                remedy=f"Remove the reason, or allow it. {_FRESH}",
            )
        )


def read(path: str) -> bytes:
    """Read a file of at most a plan's size; raise PortalError."""
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise unreadable(path, problem.strerror or str(problem)) from problem
    if len(data) > _MOST_BYTES:
        raise unreadable(path, "it is larger than any plan")
    return data


_CONFIGURATION = re.compile(rb"^(version|help_center)\s*:", re.MULTILINE)


def parsed(path: str, data: bytes) -> dict[str, Any]:
    """Parse a JSON object; raise PortalError."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as problem:
        if _CONFIGURATION.search(data):
            summary, remedy = f"{path} is a configuration, not a saved plan", f"Name it as one: portal apply -f {path}."
            raise UsageError(error("plan-unreadable", summary, remedy=remedy)) from problem
        raise unreadable(path, "it is not JSON") from problem
    if not isinstance(document, dict):
        raise unreadable(path, "it is not a plan")
    return document


@cache
def _validator() -> jsonschema_rs.Validator:
    import jsonschema_rs

    return jsonschema_rs.validator_for(load_json("plan.schema.json"))


def refuse_invalid(path: str, document: dict[str, Any], validator: jsonschema_rs.Validator) -> None:
    """Refuse a document that violates its schema; raise PortalError with the first place."""
    problem = next(validator.iter_errors(document), None)
    if problem is not None:
        where = "/".join(str(part) for part in problem.instance_path)
        raise unreadable(path, f"it is not a plan as this version writes it (at {where or 'its root'})")


def unreadable(path: str, why: str) -> PortalError:
    """Build the error for a file that is no plan."""
    return PortalError(error("plan-unreadable", f"{path} cannot be read as a plan: {why}", remedy=_FRESH))


def refuse_other(path: str, document: dict[str, Any], name: str, configuration_digest: str, file: str) -> None:
    """Refuse a plan of another configuration, or of another text of it; raise Stale."""
    planned = document["configuration"]
    if (planned["name"], planned["digest"]) != (name, configuration_digest):
        what = f"{name}, not {planned['name']}" if name != planned["name"] else "not as it was when the plan was made"
        raise Stale(
            error(
                "plan-of-another-configuration",
                f"{path} is a plan for {planned['name']}, and {file} is {what}",
                remedy=f"{_FRESH} Or check out the configuration that it was made from"
                + (f" (commit {planned['commit']})." if planned["commit"] else "."),
            )
        )


def refuse_environment(path: str, document: Mapping[str, Any], chosen: str | None) -> None:
    """Refuse a plan of another environment; raise Stale."""
    planned = document["environment"]
    meant = f"the environment {planned}" if planned else "no environment"
    raise Stale(
        error(
            "plan-of-another-environment",
            f"{path} was made for {meant}, and {f'{chosen} was chosen' if chosen else 'none was chosen'}",
            remedy=f"Give -e {planned}." if planned else "Leave -e away, or make a plan for that environment.",
        )
    )
