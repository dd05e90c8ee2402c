"""Read a document kept by a build, for publication: a plan, drift, or tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconciler.core.contract import load_json
from reconciler.core.diagnostics import error
from reconciler.core.documents import FORMAT_VERSION
from reconciler.core.errors import PortalError
from reconciler.plan.document import read as planfile_reading

if TYPE_CHECKING:
    from reconciler.core.document_types.plan import FailedPlan, PlanDocument
    from reconciler.core.document_types.result import DriftDocument, FailedResult, TaskList


def load(path: str) -> PlanDocument | FailedPlan | DriftDocument | TaskList | FailedResult:
    """Load a plan, a failed plan, a drift result, or tasks; raise PortalError for others, or an unknown format."""
    document = planfile_reading.parsed(path, planfile_reading.read(path))
    if document.get("kind") == "plan":
        return cast("PlanDocument | FailedPlan", planfile_reading.check(path, document, failed=True))
    if document.get("kind") not in ("drift", "tasks"):
        raise _unusable(path, "it is neither a plan nor what portal drift found or portal tasks listed")
    if document.get("format_version") != FORMAT_VERSION:
        raise _unusable(
            path, f"it is of format {document.get('format_version')}, and this version reads {FORMAT_VERSION}"
        )
    import jsonschema_rs

    registry = jsonschema_rs.Registry(
        [(f"https://portal.example/schemas/{name}", load_json(name)) for name in ("plan.schema.json",)]
    )
    schema = jsonschema_rs.validator_for(load_json("result.schema.json"), registry=registry)
    if not schema.is_valid(document):
        raise _unusable(path, "it is not a result as this version writes it")
    return cast("DriftDocument | TaskList | FailedResult", document)


def _unusable(path: str, why: str) -> PortalError:
    return PortalError(
        error(
            "document-not-publishable",
            f"{path} cannot be published: {why}",
            remedy="Give a file that portal plan --out wrote, or portal drift or portal tasks with --format json.",
        )
    )
