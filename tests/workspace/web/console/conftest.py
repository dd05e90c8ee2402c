from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.admin.client import Clock
from tests.support.console.desk import Desk
from tests.support.databases import copied, one_is_enough
from tests.support.pages.stage import Stage
from tests.workspace.web.pages.conftest import furnish

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = one_is_enough


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A workspace whose portal works, with its console."""
    with copied("sqlite", furnish) as engine:
        yield Desk(Stage(engine, Clock()))
