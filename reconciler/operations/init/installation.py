"""The pip requirement that installs this same program in a build."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution

from reconciler import __version__

NAME = "tickets-portal"
EXTRAS = "serve,verify"
_SAFE = re.compile(r"tickets-portal(\[[\w,-]+\])?( ?@ ?[\w.+:/@#~%&=-]+|[=<>~!]=[\w.+*-]+)?", re.ASCII)


def fits(requirement: str) -> bool:
    """Accept a requirement for this package that may stand in quotes in a workflow."""
    return bool(_SAFE.fullmatch(requirement))


def requirement() -> str | None:
    """Return the requirement for pip; None for an install from a folder, which no build has."""
    try:
        vcs_info = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    origin = json.loads(vcs_info) if vcs_info else {}
    if not origin:
        # From an index, which knows it by its version.
        return f"{NAME}[{EXTRAS}]=={__version__}"
    if "vcs_info" in origin:
        vcs_info = origin["vcs_info"]
        return _checked(f"{NAME}[{EXTRAS}] @ {vcs_info['vcs']}+{origin['url']}@{vcs_info['commit_id']}")
    if "archive_info" in origin and not origin["url"].startswith("file:"):
        return _checked(f"{NAME}[{EXTRAS}] @ {origin['url']}")
    return None


def usual() -> str:
    """Return the requirement for this version on an index."""
    return f"{NAME}[{EXTRAS}]=={__version__}"


def _checked(text: str) -> str | None:
    # An address with a password in it belongs into no workflow.
    return text if fits(text) and "@" not in text.rsplit("://", maxsplit=1)[-1].split("/", maxsplit=1)[0] else None
