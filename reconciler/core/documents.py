"""The generic half of every JSON document: head, digest, text, diagnostics."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from reconciler import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Diagnostic, Source

FORMAT_VERSION = "1.0"
"""Major.minor of result documents. A reader ignores unknown keys of its own major version, and refuses another one."""


def head(kind: str, outcome: str) -> dict[str, Any]:
    """Return the first keys of every result document."""
    return {"format_version": FORMAT_VERSION, "kind": kind, "generator": f"portal {__version__}", "outcome": outcome}


def digest(document: Mapping[str, Any]) -> str:
    """Return the digest of a document; its `created_at` does not count."""
    counted = {key: value for key, value in document.items() if key not in ("created_at", "digest")}
    text = json.dumps(counted, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def dumps(document: Mapping[str, Any]) -> str:
    """Write a document as text, ending in a newline."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def diagnostic(item: Diagnostic) -> dict[str, Any]:
    """Write a diagnostic for a document."""
    return {
        "code": item.code,
        "severity": item.severity.value,
        "summary": item.summary,
        "remedy": item.remedy,
        "address": item.address,
        "source": source(item.source),
    }


def source(place: Source | None) -> dict[str, Any] | None:
    """Write a source for a document."""
    return (
        None if place is None else {"file": place.file, "line": place.line, "column": place.column, "text": place.text}
    )


def failed(kind: str, diagnostics: Any) -> dict[str, Any]:
    """Build the document of a failed command, with the reasons."""
    return {**head(kind, "failed"), "diagnostics": [diagnostic(value) for value in diagnostics]}
