"""Portals observed in pages: each state is what it is when its portal is observed alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.errors import WorkspaceUnusable
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.target.http.retry import Timeouts
from reconciler.target.rest import RestTarget
from tests.reconciler.cli.conftest import serving
from tests.reconciler.plan.test_plan_text import example, read
from tests.support import applying
from tests.support.admin.client import LEASE, RECEIPT
from tests.support.databases import copied, opened
from tests.support.examples import examples
from tests.support.sample import NOW, ROOT, Sample
from tests.support.target.misbehaving import Misbehaving, answer
from workspace.database import engine as db
from workspace.identity import tokens as auth
from workspace.serve.seed import file as seed_file
from workspace.serve.seed import load as seed
from workspace.settings.initialise import NewHelpCenter, initialise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from reconciler.kinds.state import State

CENTRES = ("acme", "beta", "gamma")
NAMES = ("acme-support", "beta-support", "gamma-support", "spare")
PAIRS = [(centre, name) for centre in CENTRES for name in NAMES]


def fill(engine: Engine) -> None:
    """Put the sample workspace with two more Help Centers into a database."""
    values = dict(seed_file.read(ROOT / "examples" / "workspace.yaml").values)
    values["help_centers"] = [{"identifier": one, "name": one.title()} for one in CENTRES]
    seed.load(engine, values)


@contextmanager
def three(kind: str = "sqlite") -> Iterator[Sample]:
    with copied(kind, fill) as engine:
        yield Sample(engine)


def wanted(centre: str) -> dict[str, Any]:
    """Return the example's configuration for a Help Center."""
    values = example()
    settings = {**values["help_center"], "identifier": centre, "custom_domain": f"help.{centre}.example"}
    return {**values, "name": f"{centre}-support", "help_center": settings}


def apply(workspace: Sample, centre: str, _name: str) -> None:
    plan = planning.make_plan(read(wanted(centre)), workspace.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, workspace.target()).failure is None


def meddle(workspace: Sample, centre: str, _name: str) -> None:
    rule = {"attribute": "company.custom_attributes.plan_tier", "type": "text", "comparison": "eq", "value": "team"}
    restricted = {"restricted": True, "conditions": rule}
    workspace.meddle("PATCH", f"help_centers/{centre}/ticket_visibility", restricted)
    workspace.meddle("PATCH", f"help_centers/{centre}/homepage/draft", {"sections": []})


def hold(workspace: Sample, _centre: str, name: str) -> None:
    with workspace.client() as client:
        assert client.post(f"leases/{name}", json={**LEASE, "id": f"{name:0>16}"}).is_success


def leave_unfinished(workspace: Sample, centre: str, name: str) -> None:
    with workspace.client() as client:
        lease = client.post(f"leases/{name}", json={**LEASE, "id": f"{name:0>16}"}).json()
        under = {"Portal-Lease": f"{name}/{lease['fence']}"}
        plan = {**RECEIPT["plan"], "changes": []}
        body = {**RECEIPT, "configuration": name, "help_center": centre, "plan": plan}
        assert client.post("receipts", json=body, headers=under).is_success
        assert client.post(f"leases/{name}/release", json={"fence": lease["fence"]}).is_success


def record(workspace: Sample, centre: str, name: str) -> None:
    values = {
        f"audience/{centre}": {"rule": "everyone"},
        "homepage/beta": {"publish": True},
        "data_attribute/company.region": {"type": "string"},
        "identity": {},
    }
    body = {"help_center": centre, "digest": "sha256:0", "values": values, "commit": None}
    with workspace.client() as client:
        tag = client.get(f"records/{name}").headers.get("ETag")
        client.put(f"records/{name}", json=body, headers={"If-Match": tag} if tag else {"If-None-Match": "*"})


DOINGS: list[Callable[[Sample, str, str], None]] = [apply, meddle, hold, leave_unfinished, record]
doings = st.lists(
    st.tuples(st.sampled_from(DOINGS), st.sampled_from(CENTRES), st.sampled_from(NAMES)), min_size=1, max_size=4
)


def tried(workspace: Sample, doing: tuple[Callable[[Sample, str, str], None], str, str]) -> None:
    do, centre, name = doing
    try:
        do(workspace, centre, name)
    except AssertionError:
        # Somebody holds what it takes; that is a state of its own.
        assert do in (apply, hold, leave_unfinished)


def agree(workspace: Sample, pairs: list[tuple[str, str]]) -> None:
    target = workspace.target()
    states = target.observe_page(pairs).states
    assert states is not None
    assert list(states) == pairs
    for pair, state in states.items():
        alone = target.observe(*pair)
        assert replace(state, others=alone.others) == alone
        assert list(state.resources) == list(alone.resources)
        assert state.live == alone.live
        assert others(state) == others(alone)


def others(state: State) -> list[tuple[str, str, list[str]]]:
    """Return who else manages what that this Help Center has."""
    return [
        (address, one.name, sorted(one.manages[address]))
        for address in state.resources
        for one in state.others.of(address)
    ]


@examples(5)
@given(doings=doings, pairs=st.lists(st.sampled_from(PAIRS), min_size=1, unique=True))
def test_a_state_of_a_page_is_the_state_alone(
    doings: list[tuple[Callable[[Sample, str, str], None], str, str]], pairs: list[tuple[str, str]]
) -> None:
    with three() as fleet:
        for doing in doings:
            tried(fleet, doing)
        agree(fleet, pairs)


def test_with_everything_at_once(database_kind: str) -> None:
    with three(database_kind) as fleet:
        for centre in CENTRES:
            apply(fleet, centre, "")
        meddle(fleet, "beta", "")
        record(fleet, "gamma", "spare")
        leave_unfinished(fleet, "acme", "acme-support")
        hold(fleet, "", "beta-support")
        agree(fleet, PAIRS)
        states = fleet.target().observe_page(PAIRS).states or {}
        assert states["acme", "acme-support"].unfinished
        assert states["beta", "beta-support"].lease
        told = others(states["acme", "spare"])
        assert ("audience/acme", "acme-support", ["rule"]) in told
        assert not [name for address, name, _ in told if address == "audience/acme" and name == "gamma-support"]
        # What all of them have in common is there once.
        one, another = (states[pair].resources["data_attribute/company.region"] for pair in PAIRS[:2])
        assert one is another


def test_where_nothing_moved_there_are_no_states() -> None:
    with three() as fleet:
        target = fleet.target()
        first = target.observe_page(PAIRS)
        again = target.observe_page(PAIRS, first.tag)
        assert (again.tag, again.states) == (first.tag, None)
        assert target.observe_page(PAIRS[:2], first.tag).states is not None
        meddle(fleet, "gamma", "")
        moved = target.observe_page(PAIRS, first.tag)
        assert moved.states is not None
        assert moved.tag != first.tag


def test_a_help_center_that_is_not_there_is_missing() -> None:
    with three() as fleet:
        states = fleet.target().observe_page([("nope", "a"), ("acme", "a"), ("nope", "b")]).states
        assert states is not None
        assert list(states) == [("acme", "a")]


def test_304_is_an_answer_to_who_named_a_tag_and_to_nobody_else() -> None:
    unmoved = answer("304 Not Modified", b"", ETag='"3-x"')
    with Misbehaving(unmoved) as server:
        target = RestTarget("it", server.url, "token", limits=Timeouts(whole=0))
        assert target.observe_page(PAIRS, '"3-x"').states is None
        assert len(server.requests) == 1
        with pytest.raises(WorkspaceUnusable):
            target.observe_page(PAIRS)
        target.close()


def test_a_hundred_long_names_go_through_a_real_server(tmp_path: Path) -> None:
    database = tmp_path / "workspace.db"
    centres = [f"{'centre-' * 8}{number}" for number in range(100)]
    with opened(database) as engine:
        db.migrate(engine)
        with db.writing(engine) as connection:
            initialise(connection, "Many", help_centers=[NewHelpCenter(one, one) for one in centres])
            token = auth.create(connection, "ci", "read", now=0)
    pairs = [(centre, f"{centre}-{'n' * (199 - len(centre))}") for centre in centres]
    assert len(str(httpx.QueryParams({"of": [":".join(pair) for pair in pairs]}))) > 25_000
    with serving(str(database)) as url:
        target = RestTarget("it", url, token)
        page = target.observe_page(pairs)
        assert list(page.states or {}) == pairs
        assert target.observe_page(pairs, page.tag).states is None
        target.close()
