"""The result document of a verification."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from reconciler.core import documents

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.document_types.result import VerifyDocument
    from reconciler.operations.verify.run import Verified


def verify_document(config: Config, target: str, verified: Verified, unnoted: Diagnostic | None) -> VerifyDocument:
    """Build the document of a verification, with the reason why the workspace did not note it, if it should have."""
    counts = verified.counts
    return cast(
        "VerifyDocument",
        {
            **documents.head("verify", "failed_checks" if counts["failed"] else "passed"),
            "configuration": {"name": config.name, "file": config.document.file},
            "workspace": {"target": target, "help_center": config.help_center},
            "counts": counts,
            "noted": verified.record is not None and unnoted is None,
            "checks": [asdict(check) for check in verified.checks],
            "diagnostics": [] if unnoted is None else [documents.diagnostic(unnoted)],
        },
    )
