from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.upstream.stage import Stage, staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as workspace:
        yield workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where `served` puts its files."""
    return tmp_path
