"""The contract files in `schemas/`, from an installed package or from the repository."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


def schema_path(name: str) -> Path:
    """Return the path of a file in `schemas/`."""
    installed = Path(__file__).parents[1] / "_schemas" / name
    return installed if installed.exists() else Path(__file__).parents[2] / "schemas" / name


@cache
def load_json(name: str) -> Any:
    """Load a JSON file of `schemas/`; callers must not change it."""
    return json.loads(schema_path(name).read_bytes())
