"""Two processes on one database: of two writes from the same revision exactly one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.admin.client import HELP_CENTER, TOKEN, Api, dump
from tests.support.databases import opened
from tests.support.faults.child import CONTEXT
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROUNDS = 25


def _write(path: str, name: str, start: Any, results: Any) -> None:
    with opened(path) as engine:
        app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, name)))
        api = Api(app)
        made = []
        for number in range(1, ROUNDS + 1):
            start.wait()
            response = api.patch(f"{HELP_CENTER}/homepage/draft", _page(name, number), revision=number)
            made.append((response.status_code, response.json()))
    results.put((name, made))


def _page(name: str, number: int) -> dict[str, Any]:
    return {"sections": [{"type": name, "enabled": True, "settings": {"round": number}}]}


def test_exactly_one_wins(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    start, results = CONTEXT.Barrier(2), CONTEXT.Queue()
    names = ("ada", "eve")
    processes = [CONTEXT.Process(target=_write, args=(url, name, start, results)) for name in names]
    for process in processes:
        process.start()
    made = dict(results.get(timeout=120) for _ in names)
    for process in processes:
        process.join()
    winners = []
    for ada, eve in zip(made["ada"], made["eve"], strict=True):
        assert sorted([ada[0], eve[0]]) == [200, 412]
        winner, refused = ("ada", eve[1]) if ada[0] == 200 else ("eve", ada[1])
        winners.append(winner)
        # The loser is told who was quicker and what they wrote.
        (change,) = refused["errors"][0]["data"]["changes"]
        assert change["by"]["name"] == winner
        assert change["changes"]["draft"]["after"] == _page(winner, len(winners))["sections"]
    held = dump(engine)
    assert held["workspaces"][0][2] == 1 + ROUNDS
    assert [row[3] for row in sorted(held["activity"])] == winners
