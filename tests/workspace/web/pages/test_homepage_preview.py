"""The homepage as a review draws it from a plan alone: it is the page that people are shown, before and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from reconciler.plan.document import write
from reconciler.target.embedded import draw
from tests.reconciler.apply.test_apply import plan_for
from tests.reconciler.plan.test_plan_text import example
from tests.support import applying
from tests.support.admin.client import Clock
from tests.support.pages.stage import Stage
from tests.support.sample import NOW, Sample, sample
from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.database import tables
from workspace.web.pages import homepage_preview

if TYPE_CHECKING:
    import httpx


def seen(workspace: Sample) -> tuple[str, str]:
    """Return the real homepage, for Ada and for somebody who is not signed in."""
    stage = Stage(workspace.engine, Clock(NOW))
    with db.reading(workspace.engine) as connection:
        wanted = select(tables.contacts.c.id).where(tables.contacts.c.email == "ada@examply.com")
        ada = connection.execute(wanted).scalar_one()
    with stage.signed_in(ada) as hers, stage.visitor() as somebody:
        return _page(hers), _page(somebody)


def _page(client: httpx.Client) -> str:
    text = client.get("/hc/acme/en/").text
    text = re.sub(r'name="csrf" value="[0-9a-f]+"', 'name="csrf" value=""', text)
    return homepage_preview.stilled(text.replace("Ada Okafor", homepage_preview.ADMITTED))


def test_what_is_drawn_is_what_people_are_shown() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        pages = write.to_document(plan)["pages"]
        drawn = draw(pages)
        _, nobody = seen(workspace)
        # The Help Center is not public yet: everybody finds the same nothing.
        assert drawn.before == (nobody, nobody)
        assert applying.run(plan, workspace.target()).failure is None
        assert drawn.after == seen(workspace)
        workspace.meddle("PATCH", "help_centers/acme/portal", {"enabled": False})
        back = plan_for(workspace, example())
        drawn = draw(write.to_document(back)["pages"])
        _, nobody = seen(workspace)
        assert drawn.before == (nobody, nobody)
        assert applying.run(back, workspace.target()).failure is None
        assert drawn.after == seen(workspace)


PAGES: dict[str, Any] = {
    "before": {"live": True, "admits": True, "sections": [{"type": "tickets_portal", "settings": {"title": "Yours"}}]},
    "after": {"live": True, "admits": False, "sections": [{"type": "of_another_version", "settings": {}}]},
    "content": {"name": "Acme", "collections": [], "featured": [], "announced": []},
}


def test_the_card_is_for_those_with_access() -> None:
    drawn = draw(PAGES)
    assert ["Yours" in one for one in (*drawn.before, *drawn.after)] == [True, False, False, False]
    assert drawn.style in drawn.before[0]
    assert not re.search(r"\b(href|action|src)=", "".join((*drawn.before, *drawn.after)))


@pytest.mark.parametrize(
    "change",
    [
        {"before": {"live": True}},
        {"after": {"live": True, "admits": True, "sections": [{"settings": {}}]}},
        {"content": {"name": "", "collections": [], "featured": [], "announced": []}},
        {"content": {"name": "Acme"}},
    ],
    ids=str,
)
def test_what_is_described_otherwise_is_refused(change: dict[str, Any]) -> None:
    sections = [{"type": "collections", "settings": {}}]
    usual = {**PAGES, "before": {**PAGES["before"], "sections": sections}}
    with pytest.raises(WorkspaceError, match="not described as this version knows it"):
        draw({**usual, **change})
