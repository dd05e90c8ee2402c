from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.console.desk import Desk
from tests.databases import copied, one_is_enough
from tests.pages.conftest import furnish
from tests.pages.stage import Stage
from tests.workspace.admin.client import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = one_is_enough


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A workspace whose portal works, with its console."""
    with copied("sqlite", furnish) as engine:
        yield Desk(Stage(engine, Clock()))
