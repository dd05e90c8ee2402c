"""The values of a file in one environment, each with its provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconciler.config.environments import provenance as resolving
from reconciler.core.documents import head
from reconciler.core.wording import where

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.config.yaml.document import Document
    from reconciler.core.document_types.result import ResolvedDocument


def resolved_document(config: Config, whole: Document) -> ResolvedDocument:
    """Build the document of resolved values, with the provenance of each."""
    outcome = resolving.outcome(whole, config.environment)
    return cast(
        "ResolvedDocument",
        {
            **head("resolved", "resolved"),
            "configuration": {
                "name": config.name,
                "file": whole.file,
                "digest": config.digest,
                "environment": config.environment,
            },
            "values": outcome.values,
            "origins": {
                where(origin.path): {
                    "file": origin.source.file,
                    "line": origin.source.line,
                    "column": origin.source.column,
                    "from": "override" if origin.overridden else "base",
                }
                for origin in resolving.origins(whole, config.environment)
            },
            "diagnostics": [],
        },
    )
