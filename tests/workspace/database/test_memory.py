"""The memory of a process that reads a large file over many connections."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from workspace.database.engine import engine_for
from workspace.serve.gateway import Limits

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20
_READ = """
import sys
from workspace.database.engine import engine_for
engine = engine_for(sys.argv[1])
connections = [engine.connect() for _ in range(int(sys.argv[2]))]
for connection in connections:
    with connection.begin():
        assert connection.exec_driver_sql("SELECT count(*) FROM many WHERE text = 'x'").scalar() == 0
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmRSS")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process has in memory")
def test_what_is_mapped_by_all_threads_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "large.db"
    engine = engine_for(path)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE many (text TEXT)")
        connection.exec_driver_sql(
            "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 60000)"
            " INSERT INTO many SELECT hex(zeroblob(500)) FROM counted"
        )
    engine.dispose()
    assert path.stat().st_size > 50 * MIB
    # One for each request at once, and nearly as many kept aside for single statements: as many as the pool opens.
    most = 2 * Limits(body_size=0).threads - 1
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path), str(most)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) * 1024 < 256 * MIB
