"""The data files that the workspace needs, from an installed package or from the repository."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


def schema_path(name: str) -> Path:
    """Return the path of the file `name` of `schemas/`."""
    return _find("schemas", name)


def example_path(name: str) -> Path:
    """Return the path of the file `name` of `examples/`."""
    return _find("examples", name)


@cache
def load_json(name: str) -> Any:
    """Return the parsed JSON file `name` of `schemas/`; callers must not change it."""
    return json.loads(schema_path(name).read_bytes())


def _find(folder: str, name: str) -> Path:
    installed = Path(__file__).parents[1] / f"_{folder}" / name
    return installed if installed.exists() else Path(__file__).parents[2] / folder / name
