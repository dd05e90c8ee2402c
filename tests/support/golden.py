"""Texts that people read, kept as files. `UPDATE_GOLDEN=1` writes them anew; read the difference before committing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_RECEIPT = re.compile(r"\b(r[1-9]\d*)-[0-9a-f]{6}\b")


def same_receipts(text: str) -> str:
    """Return a text in which the id of each receipt ends in the same random part: `r1-3f9a0c`."""
    return _RECEIPT.sub(r"\1-3f9a0c", text)


def assert_golden(path: Path, text: str) -> None:
    """Assert that a text equals the file, but for the random parts of receipts."""
    text = same_receipts(text)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing; UPDATE_GOLDEN=1 writes it"
    assert text == path.read_text(encoding="utf-8")
