"""A saved plan, read back: whole, unchanged, and of a format that this version knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reconciler.diagnostics import error
from reconciler.errors import Blocked, PortalError, Stale
from reconciler.planfile import FORMAT_VERSION, digest
from reconciler.resources import load_json

_MOST_BYTES = 64 * 1024 * 1024
_FRESH = "Make a fresh plan: portal plan --out FILE."


def load(path: str, *, failed: bool = False) -> dict[str, Any]:
    """Return the plan document in a file.

    Args:
        path: The file.
        failed: Whether to take one that says why no plan could be made, too: to be shown, never to be applied.

    Raises:
        PortalError: It is none, was edited, or is of a format that this version does not know.
    """
    return check(path, parsed(path, read(path)), failed=failed)


def check(path: str, document: dict[str, Any], *, failed: bool = False) -> dict[str, Any]:
    """Return a document that is a plan, whole and unchanged.

    Args:
        path: Where it is from.
        document: What was read there.
        failed: As for `load`.

    Raises:
        PortalError: It is none, was edited, or is of a format that this version does not know.
    """
    version = document.get("format_version")
    if document.get("kind") != "plan" or not isinstance(version, str):
        raise _unreadable(path, "it is not a plan")
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise PortalError(
            error(
                "plan-newer-format",
                f"{path} is a plan of format {version}; this version of portal reads {FORMAT_VERSION}",
                remedy=f"Apply it with the version that made it ({document.get('generator', 'unknown')}). {_FRESH}",
            )
        )
    if document.get("outcome") == "failed":
        if not failed:
            raise _unreadable(path, "it tells why no plan could be made")
    elif document.get("digest") != digest(document):
        raise PortalError(
            error("plan-edited", f"{path} is not as portal wrote it: its digest does not fit", remedy=_FRESH)
        )
    # A newer minor version may say more, and its digest tells that it is whole; a failure has none.
    if version == FORMAT_VERSION or document.get("outcome") == "failed":
        _validate(path, document)
    return document


def refuse_blocked(path: str, document: dict[str, Any]) -> None:
    """Refuse a plan that may not be applied.

    Raises:
        Blocked: The plan says of itself that something forbids it.
    """
    reasons = [one for one in document["diagnostics"] if one["severity"] == "error"]
    if reasons:
        raise Blocked(
            error(
                "plan-blocked",
                f"{path} is a plan that may not be applied: {'; '.join(one['summary'] for one in reasons)}",
                remedy=f"Remove the reason, or allow it where that is meant. {_FRESH}",
            )
        )


def read(path: str) -> bytes:
    """Return what is in a file.

    Raises:
        PortalError: It cannot be read, or is larger than any plan.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise _unreadable(path, problem.strerror or str(problem)) from problem
    if len(data) > _MOST_BYTES:
        raise _unreadable(path, "it is larger than any plan")
    return data


def parsed(path: str, data: bytes) -> dict[str, Any]:
    """Return the document that bytes are.

    Raises:
        PortalError: They are none.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise _unreadable(path, "it is not JSON") from problem
    if not isinstance(document, dict):
        raise _unreadable(path, "it is not a plan")
    return document


def _validate(path: str, document: dict[str, Any]) -> None:
    import jsonschema_rs

    problem = next(jsonschema_rs.validator_for(load_json("plan.schema.json")).iter_errors(document), None)
    if problem is not None:
        where = "/".join(str(part) for part in problem.instance_path)
        raise _unreadable(path, f"it is not a plan as this version writes it (at {where or 'its root'})")


def _unreadable(path: str, why: str) -> PortalError:
    return PortalError(error("plan-unreadable", f"{path} cannot be read as a plan: {why}", remedy=_FRESH))


def refuse_other(path: str, document: dict[str, Any], name: str, configuration_digest: str, file: str) -> None:
    """Refuse a plan that was made from another configuration than the one at hand.

    Raises:
        Stale: The file has changed since, or is of another configuration.
    """
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


def refuse_environment(path: str, document: dict[str, Any], chosen: str | None) -> None:
    """Refuse a plan that was made for another environment than the one that was chosen.

    Raises:
        Stale: Always.
    """
    planned = document["environment"]
    meant = f"the environment {planned}" if planned else "no environment"
    raise Stale(
        error(
            "plan-of-another-environment",
            f"{path} was made for {meant}, and {f'{chosen} was chosen' if chosen else 'none was chosen'}",
            remedy=f"Give -e {planned}." if planned else "Leave -e away, or make a plan for that environment.",
        )
    )
