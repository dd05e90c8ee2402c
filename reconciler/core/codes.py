"""Diagnostic codes: meaning, remedy and example. Data of `codes.toml`, read lazily."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.document_types.result import CodesDocument


@dataclass(frozen=True, slots=True)
class Advice:
    """A code, explained; `why` and both examples may be empty."""

    code: str
    meaning: str
    why: str
    remedy: str
    bad: str
    good: str
    see: tuple[str, ...]


def advice(code: str) -> Advice:
    """Return the advice of a code; raise KeyError for an unknown one."""
    entry = _entries()[code]
    return Advice(
        code,
        entry["means"],
        entry.get("why", ""),
        entry["do"],
        entry.get("bad", ""),
        entry.get("good", ""),
        tuple(entry.get("see", ())),
    )


def codes_document(advices: Sequence[Advice]) -> CodesDocument:
    """Build the document of some codes."""
    return cast(
        "CodesDocument", {**head("codes", "done"), "codes": [asdict(advice) for advice in advices], "diagnostics": []}
    )


@cache
def _entries() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("codes.toml").read_text(encoding="utf-8"))


CODES: Mapping[str, str] = MappingProxyType({code: entry["means"] for code, entry in _entries().items()})
"""The meaning of each code, by code."""
