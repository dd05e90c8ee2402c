"""People come and go without a trace in any revision: before the first write an apply asks once more who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select

from reconciler.apply import run as applying
from reconciler.core.errors import Blocked
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import executable, write
from tests.reconciler.plan.test_plan_text import example, read
from tests.support.sample import NOW, Sample, sample
from workspace.database.engine import writing
from workspace.database.tables import contact_tags, contacts, tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.apply.executor import Result
    from reconciler.plan.model import Plan


@pytest.fixture
def workspace() -> Iterator[Sample]:
    with sample() as one:
        yield one


def plan_for(workspace: Sample, guard: int | str, *, allow: bool) -> Plan:
    """Plan the example for whoever has a tag, whom a guard counts."""
    values: dict[str, Any] = {
        **example(),
        "audience": {"attribute": "person.tag", "is": "beta"},
        "guards": {"max_access_gained": guard},
        "expectations": [],
    }
    return planning.make_plan(read(values), workspace.target(), now=NOW, allowed=ALLOWABLE if allow else ())


def turn_over(workspace: Sample, change: int = 0) -> None:
    """Take the tag from everybody who has it, and give it to as many others, or to some more or fewer."""
    with writing(workspace.engine) as connection:
        beta = connection.execute(select(tags.c.id).where(tags.c.name == "beta")).scalar_one()
        had = connection.execute(select(contact_tags.c.owner_id).where(contact_tags.c.tag_id == beta)).scalars().all()
        of_them = contacts.c.id.not_in(had), contacts.c.role == "user", contacts.c.archived.is_(False)
        others = connection.execute(select(contacts.c.id).where(*of_them).order_by(contacts.c.id)).scalars().all()
        connection.execute(delete(contact_tags).where(contact_tags.c.tag_id == beta))
        rows = [{"owner_id": one, "tag_id": beta} for one in others[: len(had) + change]]
        connection.execute(insert(contact_tags), rows)


class Never:
    exit_code = 130

    def __call__(self) -> bool:
        return False


def applied(workspace: Sample, plan: Plan) -> Result:
    """Apply a plan as the command does, from its document."""
    options = applying.ApplyOptions(lock_ttl=60, lock_wait=0)
    document = write.to_document(plan)
    return applying.execute(executable.of(document), workspace.target(), options, Never(), lambda _: None)


@pytest.mark.parametrize("change", [0, -2])
def test_others_than_a_guard_was_let_through_for_are_refused(workspace: Sample, change: int) -> None:
    plan = plan_for(workspace, 1, allow=True)
    assert not plan.blocked
    turn_over(workspace, change)
    result = applied(workspace, plan)
    assert isinstance(result.failure, Blocked)
    assert {one.code for one in result.failure.diagnostics} == {"plan-outgrown"}
    assert "max_access_gained was allowed for the earlier ones" in str(result.failure)
    assert result.applied == 0


def test_others_within_a_guard_are_told(workspace: Sample) -> None:
    plan = plan_for(workspace, 10_000, allow=False)
    turn_over(workspace)
    result = applied(workspace, plan)
    assert result.failure is None
    (remark,) = [one for one in result.remarks if one.code == "people-changed"]
    assert remark.summary.startswith("other people than the plan shows gain access: ")


def test_more_than_a_guard_allows_are_refused(workspace: Sample) -> None:
    counted = plan_for(workspace, 10_000, allow=False).impact
    assert counted is not None
    plan = plan_for(workspace, counted.widened, allow=False)
    turn_over(workspace, 1)
    result = applied(workspace, plan)
    assert isinstance(result.failure, Blocked)
    assert "max_access_gained is" in str(result.failure)


def test_a_guard_that_was_let_through_for_the_same_people_stays_so(workspace: Sample) -> None:
    result = applied(workspace, plan_for(workspace, 1, allow=True))
    assert result.failure is None
    assert not [one for one in result.remarks if one.code == "people-changed"]
