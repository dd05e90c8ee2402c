"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import KINDS

# An example may make a whole workspace: its time says nothing, and the data behind it is large.
settings.register_profile(
    "workspace",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("workspace")


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: whatever asks for it is asked of both."""
    return str(request.param)
