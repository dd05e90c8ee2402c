"""What to do about each diagnostic, with an example where one helps: data, read when it is asked for."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.codes import CODES
from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Advice:
    """All that there is to say about a code.

    Attributes:
        code: Which one.
        meaning: What it means, in a sentence or two.
        why: What lies behind it; empty where the meaning says enough.
        remedy: What to do.
        bad: A part of a configuration that has the problem; empty where no example helps.
        good: The same without it, or what has to be there.
        see: Commands that help.
    """

    code: str
    meaning: str
    why: str
    remedy: str
    bad: str
    good: str
    see: tuple[str, ...]


def advice(code: str) -> Advice:
    """Return what there is to say about a code.

    Raises:
        KeyError: There is no such code.
    """
    entry = _entries()[code]
    see = tuple(entry.get("see", ()))
    return Advice(
        code, CODES[code], entry.get("why", ""), entry["do"], entry.get("bad", ""), entry.get("good", ""), see
    )


def advised() -> list[str]:
    """Return the codes that there is advice for, in the order of the file."""
    return list(_entries())


@cache
def _entries() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("advice.toml").read_text(encoding="utf-8"))


def codes_document(found: Sequence[Advice]) -> dict[str, Any]:
    """Return the document of what diagnostic codes mean, and of what to do about them."""
    return {**head("codes", "done"), "codes": [asdict(one) for one in found], "diagnostics": []}
