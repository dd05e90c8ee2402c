"""Asks for every page of the console, in the process of the measured installation. Prints milliseconds of each.

The access conditions are left out: their page shows a preview, and previews are measured by themselves.
"""

from __future__ import annotations

import json
import re
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import httpx

from workspace.database import engine as db
from workspace.identity import tokens
from workspace.web.app import create_app
from workspace.web.app_config import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOST = "http://workspace.example"
ROOT = "/admin/hc/acme"
PAGES = (
    *("home", "portal.yaml", "general", "help-center", "layout", "look", "look/homepage", "messenger", "data"),
    *(
        "data/contact/companies",
        "contacts",
        "contacts?page=4000",
        "contacts?q=ada",
        "contacts?q=nobody",
        "contacts?q=e",
    ),
    *("companies", "companies?page=200", "companies?q=ma", "activity", "applies", "applies/r1", "tokens"),
)


def main(arguments: Sequence[str]) -> None:
    """Measure.

    Args:
        arguments: A database, and how often to ask for each page.
    """
    database, rounds = arguments[0], int(arguments[1])
    engine = db.engine_for(database, answers=True)
    with db.writing(engine) as connection:
        token = tokens.create(connection, "benchmark", "write", now=int(time.time()))
    app = create_app(Settings(engine=engine))
    with httpx.Client(transport=httpx.WSGITransport(app), base_url=HOST) as client:
        client.post("/admin/sign-in", data={"token": token}, headers={"Origin": HOST})
        found = {page: _milliseconds(client, page, rounds) for page in (*PAGES, *_some(client))}
    engine.dispose()
    json.dump(found, sys.stdout)


def _some(client: httpx.Client) -> Iterator[str]:
    """Yield the pages of one person and of one company."""
    for kind in ("contacts", "companies"):
        page = client.get(f"{ROOT}/{kind}").text
        yield f"{kind}/{re.findall(rf'/{kind}/([0-9a-z]+)', page)[0]}"


def _milliseconds(client: httpx.Client, page: str, rounds: int) -> float:
    """Return what a page takes, without its first time: templates are compiled then."""
    taken = []
    for _ in range(rounds + 1):
        began = time.process_time()
        answer = client.get(f"{ROOT}/{page}")
        taken.append((time.process_time() - began) * 1000)
        if answer.status_code != httpx.codes.OK:
            raise SystemExit(f"{page} answers {answer.status_code}")
    return round(median(taken[1:]), 1)
