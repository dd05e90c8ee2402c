"""The types of documents have the keys of their schemas, and require the same of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, is_typeddict

import pytest

from reconciler.core.contract import load_json
from reconciler.core.document_types import fleet, plan, result

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS: dict[tuple[str, str], str] = {
    ("plan", "plan"): "PlanDocument",
    ("plan", "failed"): "FailedPlan",
    ("result", "apply"): "ApplyDocument",
    ("result", "drift_report"): "DriftDocument",
    ("result", "preview"): "PreviewDocument",
    ("result", "status"): "StatusDocument",
    ("result", "ci_check"): "CiCheckDocument",
    ("result", "access_diff"): "AccessDiffDocument",
    ("result", "explanation"): "ExplanationDocument",
    ("result", "failed"): "FailedResult",
    ("result", "verification"): "VerifyDocument",
    ("result", "history"): "HistoryDocument",
    ("result", "receipt"): "ReceiptDocument",
    ("result", "unlock"): "UnlockDocument",
    ("result", "adoption"): "AdoptionDocument",
    ("result", "publication"): "PublicationDocument",
    ("result", "fetched"): "FetchDocument",
    ("result", "codes"): "CodesDocument",
    ("result", "resolved"): "ResolvedDocument",
    ("result", "answered_task"): "AnsweredTask",
    ("result", "task_list"): "TaskList",
    ("fleet", "fleet"): "FleetDocument",
    ("fleet", "failed"): "FailedFleet",
}
CLASS = re.compile(r"[A-Z]\w+")
NOT_CLASSES = {"Any", "None", "Literal", "NotRequired"}


def type_named(name: str) -> Any:
    """Return the type of a name, wherever it is defined."""
    return next(getattr(module, name) for module in (plan, result, fleet) if hasattr(module, name))


def written(annotation: Any) -> str:
    """Return an annotation as it stands in the code, or nearly so."""
    text = getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__qualname__", None)
    return text if text and not hasattr(annotation, "__origin__") else str(annotation).replace("typing.", "")


def objects(schema: dict[str, Any], file: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the objects with named keys that a value may hold, each with the file of its schema."""
    if "$ref" in schema:
        address, _, pointer = schema["$ref"].partition("#")
        file = address.rpartition("/")[2].partition(".")[0] or file
        if pointer:
            yield from objects(load_json(f"{file}.schema.json")["$defs"][pointer.rpartition("/")[2]], file)
    elif "properties" in schema:
        yield schema, file
    else:
        inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        inner += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
        for one in inner:
            yield from objects(one, file)


def agree(schema: dict[str, Any], file: str, name: str, seen: set[str]) -> None:
    """Compare an object of a schema with the type of a name, and what both hold."""
    if name in seen:
        return
    seen.add(name)
    kind = type_named(name)
    assert is_typeddict(kind), name
    texts = {key: written(one) for key, one in kind.__annotations__.items()}
    assert set(texts) == set(schema["properties"]), name
    required = {key for key, text in texts.items() if not text.startswith("NotRequired[")}
    assert required == set(schema.get("required", ())), name
    for key, text in texts.items():
        names = [one for one in CLASS.findall(re.sub(r"Literal\[.*?\]", "", text)) if one not in NOT_CLASSES]
        parts = list(objects(schema["properties"][key], file))
        if text in ("Any", "NotRequired[Any]"):
            continue
        assert len(names) == len(parts), f"{name}.{key}: {text}"
        for (part, where), one in zip(parts, names, strict=True):
            agree(part, where, one, seen)


@pytest.mark.parametrize(("file", "definition"), ROOTS, ids=str)
def test_types_agree_with_schemas(file: str, definition: str) -> None:
    name = ROOTS[file, definition]
    agree(load_json(f"{file}.schema.json")["$defs"][definition], file, name, set())


@pytest.mark.parametrize("file", ["plan", "result", "fleet"])
def test_every_document_has_a_type(file: str) -> None:
    whole = load_json(f"{file}.schema.json")
    documents = {one["$ref"].rpartition("/")[2] for one in whole["oneOf"]}
    assert documents == {definition for known, definition in ROOTS if known == file}
