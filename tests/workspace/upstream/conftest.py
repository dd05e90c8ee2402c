from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.upstream.stage import Stage, staged

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as found:
        yield found
