"""What is in force is kept from request to request; no process may ever answer with what was in force before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support import databases
from tests.support.contract import PREFIX
from tests.workspace.web.admin.test_serve import ADMIN, serving

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = {"Authorization": f"Bearer {ADMIN}"}
HELP_CENTER = f"{PREFIX}/help_centers/acme"
ADA, EVE = "ada@examply.com", "eve@elsewhere.example"
CHANGES = 8


def audience(email: str) -> dict[str, Any]:
    return {"mode": "rule", "rule": {"attribute": "email", "type": "text", "comparison": "eq", "value": email}}


def meant(url: str) -> list[str]:
    # Over a connection of its own, which any worker may take.
    answer = httpx.post(f"{url}{HELP_CENTER}/access/check", json={"people": [ADA, EVE]}, headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text
    for one in answer.json()["results"]:
        # What is explained is the same rule that decided.
        assert one["in_audience"] is any(pair["holds"] for pair in one["explanation"]["pairs"])
    return [one["ref"] for one in answer.json()["results"] if one["in_audience"]]


@pytest.mark.parametrize("kind", databases.KINDS)
def test_every_answer_is_of_one_moment_and_none_is_of_the_past(kind: str, tmp_path: Path) -> None:
    with databases.empty(kind) as database, serving("--workers", "2", "--db", database, folder=tmp_path) as server:
        url = server.url

        def change(number: int) -> None:
            address, email = f"{url}{HELP_CENTER}/audience", (ADA, EVE)[number % 2]
            revision = httpx.get(address, headers=HEADERS, timeout=60).headers["ETag"]
            answer = httpx.patch(address, json=audience(email), headers={**HEADERS, "If-Match": revision}, timeout=60)
            assert answer.status_code == 200, answer.text
            # Whoever asks from now on, and whichever worker answers, hears of it.
            assert [meant(url) for _ in range(4)] == [[email]] * 4

        change(0)
        with ThreadPoolExecutor(4) as threads:
            asked = [threads.submit(meant, url) for _ in range(4 * CHANGES)]
            for number in range(1, CHANGES):
                change(number)
            entries = [one.result() for one in asked]
        assert all(one in ([ADA], [EVE]) for one in entries)
        assert len(server.lines) == 1, server.lines
