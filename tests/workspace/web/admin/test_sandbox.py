"""A sandbox of a workspace: it takes and refuses what the workspace would, and leaves no trace in it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, inspect

from tests.support.admin.client import HELP_CENTER, RECEIPT, TOKEN, Api, Clock, Running, codes, dump
from tests.support.databases import one_is_enough
from tests.support.examples import examples
from tests.support.golden import same_receipts
from tests.workspace.web.admin.test_laws import REQUESTS
from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.database import tables
from workspace.serve.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from flask import Flask
    from sqlalchemy import Engine

SITE_IS_COUNTED_ANEW = "/site"


def sandbox_of(api: Api, clock: Clock) -> Api:
    app, token = create_sandbox(api.configuration(record="acme"), clock, "ada")
    return as_api(app, token)


def as_api(app: Flask, token: str) -> Api:
    api = Api(app)
    api.http.headers["Authorization"] = f"Bearer {token}"
    return api


def told(response: httpx.Response) -> tuple[int, Any, str]:
    """Return what an answer says, but for what is drawn at random, and who changed what before there was a sandbox."""
    document = json.loads(same_receipts(response.text))
    document.pop("request_id", None)
    if "moment" in document:
        document["moment"] = document["moment"].partition("-")[0]
    for problem in document.get("errors", ()):
        problem.get("data", {}).pop("changes", None)
    return response.status_code, document, response.headers.get("ETag", "").partition("-")[0]


def configuration(api: Api) -> dict[str, Any]:
    """Return the configuration, without what is drawn at random in its moment and in the id of its receipt."""
    live: dict[str, Any] = json.loads(same_receipts(json.dumps(api.configuration(record="acme"))))
    return {**live, "moment": live["moment"].partition("-")[0]}


def send(api: Api, request: tuple[str, str, Any, Any, bool], **headers: str) -> httpx.Response:
    method, path, values, revision, creates = request
    given = {**headers, "If-None-Match": "*"} if creates and method == "PUT" else headers
    return api.send(method, path, json=values, revision=revision, headers=given)


@settings(examples(9), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    before=st.lists(REQUESTS.filter(lambda one: one[0] != "DELETE"), max_size=8),
    begun=st.booleans(),
    minutes=st.sampled_from([0, 0, 2]),
    tried=st.lists(st.tuples(REQUESTS.filter(lambda one: one[1] != SITE_IS_COUNTED_ANEW), st.booleans()), max_size=10),
)
def test_a_sandbox_answers_as_the_workspace_would(
    workspaces: Iterator[Running],
    before: list[tuple[str, str, Any, Any, bool]],
    begun: bool,
    minutes: int,
    tried: list[tuple[tuple[str, str, Any, Any, bool], bool]],
) -> None:
    running = next(workspaces)
    live, clock = running.api, running.clock
    for request in before:
        send(live, request)
    if begun:
        # An apply that somebody else is in the middle of, or has left behind.
        step = live.begin()
        live.patch("/messenger_spaces", {"tasks": True}, headers=step, revision=99)
    clock.forward(minutes=minutes)
    trial = sandbox_of(live, clock)
    assert configuration(trial) == configuration(live)
    taken = [api.lease(id="a-lease-for-the-test") for api in (live, trial)]
    assert told(taken[0]) == told(taken[1])
    headers = {"Portal-Lease": f"acme/{taken[0].json()['fence']}"} if taken[0].is_success else {}
    if headers:
        made = [api.post("/receipts", RECEIPT, headers=headers) for api in (live, trial)]
        assert told(made[0]) == told(made[1])
    for number, (request, as_step) in enumerate(tried):
        # By its number: it has another id on each.
        receipt = made[0].json()["id"].partition("-")[0] if headers else ""
        named = {"Portal-Step": f"{receipt}/{number // 2}"} if as_step and headers else {}
        assert told(send(live, request, **headers, **named)) == told(send(trial, request, **headers, **named))
    assert configuration(trial) == configuration(live)


def test_what_is_tried_on_a_sandbox_stays_there(api: Api, engine: Engine, clock: Clock) -> None:
    before = dump(engine)
    trial = sandbox_of(api, clock)
    assert trial.patch("/identity", {"mode": "jwt"}).status_code == 200
    assert trial.get("/identity").json()["revision"] == 2
    assert trial.activity()[0]["by"]["name"] == "ada"
    assert api.get("/identity").json()["revision"] == 1
    assert dump(engine) == before
    # One sandbox knows nothing of another.
    assert sandbox_of(api, clock).get("/identity").json()["revision"] == 1


def test_a_sandbox_is_opened_by_its_own_token_only(api: Api, clock: Clock) -> None:
    app, token = create_sandbox(api.configuration(), clock)
    assert as_api(app, token).get("/whoami").json()["name"] == "sandbox"
    assert as_api(app, TOKEN).get("/whoami").status_code == 401
    assert as_api(*create_sandbox(api.configuration(), clock)).get("/whoami").status_code == 200


def test_a_sandbox_holds_nobody_and_knows_that_there_are_companies(api: Api, engine: Engine, clock: Clock) -> None:
    with db.writing(engine) as connection:
        connection.execute(insert(tables.companies).values(id="c", created_at=1))
        connection.execute(insert(tables.contacts).values(id="p", role="user", created_at=1, archived=False))
        connection.execute(insert(tables.memberships).values(contact_id="p", company_id="c"))
    trial = sandbox_of(api, clock)
    assert trial.configuration()["site"]["companies_in_use"] is True
    assert trial.get("/site").json()["values"] == api.get("/site").json()["values"]
    everyone = {"audience": {"mode": "everyone"}}
    assert api.post(f"{HELP_CENTER}/access/preview", everyone).json()["count"] == 1
    assert trial.post(f"{HELP_CENTER}/access/preview", everyone).json()["count"] == 0


def test_a_sandbox_knows_what_other_configurations_name_and_no_value(api: Api, clock: Clock) -> None:
    record = {"help_center": "acme", "digest": "", "commit": None}
    api.create("/records/website", {**record, "values": {"messenger_spaces": {"tickets": True}, "identity": {}}})
    api.create("/records/acme", {**record, "values": {"identity": {"mode": "jwt"}}})
    clock.forward(minutes=1)
    trial = sandbox_of(api, clock)
    assert trial.configuration(record="acme")["others"] == api.configuration(record="acme")["others"] != []
    assert trial.get("/records/website").json()["values"] == {"messenger_spaces": {"tickets": None}}


def test_a_sandbox_knows_that_there_are_more_configurations(api: Api, clock: Clock) -> None:
    record = {"help_center": "acme", "digest": "", "commit": None}
    for number in range(10):
        api.create(f"/records/n{number}", {**record, "values": {"identity": {"mode": "jwt"}}})
    for name in ("n0", "n9", "new"):
        answer = api.configuration(record=name)
        trial = as_api(*create_sandbox(answer, clock)).configuration(record=name)
        assert (trial["others"], trial["more_records"]) == (answer["others"], answer["more_records"])
        assert answer["more_records"] == [{"address": "identity", "fields": ["mode"]}]


def test_a_lease_of_somebody_else_is_one_on_the_sandbox(api: Api, clock: Clock) -> None:
    lease = api.lease().json()
    trial = sandbox_of(api, clock)
    refused = trial.lease(id="")
    assert refused.status_code == 422
    refused = trial.lease()
    assert (refused.status_code, codes(refused), refused.json()["errors"][0]["data"]) == (423, ["lease_held"], lease)
    clock.forward(seconds=60)
    assert trial.lease().json()["fence"] == 2


def test_requests_of_several_threads_take_turns(api: Api, clock: Clock) -> None:
    app, token = create_sandbox(api.configuration(), clock)
    start, failures = threading.Barrier(4), []

    def write(number: int) -> None:
        mine = as_api(app, token)
        start.wait(60)
        for _ in range(10):
            revision = mine.get("/identity").json()["revision"]
            answer = mine.patch("/identity", {"mode": ("jwt", "hmac")[revision % 2]}, revision=revision)
            if answer.status_code not in {200, 412}:
                failures.append((number, answer.text))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    sandbox = as_api(app, token)
    assert sandbox.configuration()["revision"] == sandbox.get("/identity").json()["revision"] > 10


def _shape(engine: Engine) -> dict[str, list[list[str]]]:
    """Return what each table is made of; where a migration added a column, it stands at the end and has a default."""
    schema = inspect(engine)
    return {
        name: [
            sorted(f"{one['name']} {one['type']} {one['nullable']}" for one in schema.get_columns(name)),
            [repr(schema.get_pk_constraint(name))],
            sorted(map(repr, schema.get_foreign_keys(name))),
            sorted(_said(one) for one in schema.get_indexes(name)),
            sorted(map(repr, schema.get_unique_constraints(name))),
        ]
        for name in schema.get_table_names()
        if name != "alembic_version" and not name.startswith("ticket_texts")
    }


def _said(index: Any) -> str:
    where = str(index.get("dialect_options", {}).get("sqlite_where", ""))
    return f"{index['name']} {index['column_names']} {index['unique']} {where}"


def _kinds(engine: Engine) -> list[str]:
    with db.reading(engine) as connection:
        return list(connection.exec_driver_sql("SELECT type FROM sqlite_master").scalars())


def _indexes(engine: Engine) -> set[str]:
    with db.reading(engine) as connection:
        return set(
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql <> ''").scalars()
        )


@one_is_enough
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_tables_are_those_that_the_migrations_make(engine: Engine, tmp_path: Path) -> None:
    memory = db.engine_in_memory()
    stepwise = db.engine_for(tmp_path / "stepwise.db")
    with stepwise.begin() as connection:
        db.upgrade(connection)
    with db.reading(stepwise) as connection:
        assert db.version(connection) == db.HEAD
    # There is nothing in a database but tables and their indexes; triggers keep the full-text index, where one is.
    assert set(_kinds(memory)) == set(_kinds(stepwise)) == {"table", "index"}
    assert set(_kinds(engine)) == {"table", "index", "trigger"}
    assert _shape(memory) == _shape(engine) == _shape(stepwise)
    # Those of an expression are in no shape.
    assert _indexes(memory) == _indexes(engine) == _indexes(stepwise)
    memory.dispose()


@one_is_enough
@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("required_settings", "profile"), "2099-iris-scan"),
        (("revision",), {"a": 1}),
        (("revision",), None),
        (("homepage",), []),
        (("homepage", "draft_edited"), {"by": "ada", "at": "yesterday"}),
        (("data_attributes",), [{"model": "contact"}]),
        (("lease",), {"name": "acme"}),
        (("site",), None),
    ],
)
def test_an_answer_of_another_version_is_refused(api: Api, clock: Clock, place: tuple[str, ...], value: Any) -> None:
    answer: dict[str, Any] = api.configuration()
    part = answer
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    with pytest.raises(WorkspaceError, match="not as this version knows it"):
        create_sandbox(answer, clock)
    del part[place[-1]]
    with pytest.raises(WorkspaceError, match="not as this version knows it"):
        create_sandbox(answer, clock)
