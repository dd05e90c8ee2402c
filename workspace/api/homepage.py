"""/help_centers/…/homepage: the draft that teammates edit, and setting it live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace import configuration, db, kinds, preview_links, store
from workspace.api import base
from workspace.errors import not_found
from workspace.moments import iso

if TYPE_CHECKING:
    from flask import Response

    from workspace.store import Stored
    from workspace.writes import AdminWrite

blueprint = Blueprint("homepage", __name__)


@blueprint.get("/help_centers/<help_center>/homepage/draft")
def get(help_center: str) -> Response:
    """Answer the draft beside what is live."""
    with base.reading() as connection:
        stored = store.load(connection, f"homepage/{help_center}")
    if stored is None:
        raise not_found()
    return base.resource(configuration.homepage(stored))


@blueprint.patch("/help_centers/<help_center>/homepage/draft")
def save(help_center: str) -> Response:
    """Save the draft."""
    expected = base.expected_revision()
    sections = base.body("HomepageDraft")["sections"]
    kinds.check_sections(sections)

    def do(write: AdminWrite) -> Response:
        before = write.load(f"homepage/{help_center}", expected)
        if store.same(before.document["draft"], sections):
            return _answer(before)
        edited = {"by": write.caller.name, "at": write.at}
        document = {**before.document, "draft": sections, "draft_edited": edited}
        return _answer(write.replace(before, document, f"Saved the homepage draft of {help_center}"))

    return base.write(do)


@blueprint.post("/help_centers/<help_center>/homepage/publish")
def publish(help_center: str) -> Response:
    """Set the draft live."""
    expected = base.expected_revision()
    base.body("Empty")

    def do(write: AdminWrite) -> Response:
        before = write.load(f"homepage/{help_center}", expected)
        document = {**before.document, "live": before.document["draft"], "draft_edited": None}
        return _answer(write.replace(before, document, f"Set the homepage of {help_center} live"))

    return base.write(do)


@blueprint.post("/help_centers/<help_center>/homepage/preview")
@base.only_reads
def preview(help_center: str) -> Response:
    """Make a link that shows the draft once. It shows what its maker may read anyway."""
    now = base.now()
    with db.writing(base.running().engine) as connection:
        if store.load(connection, f"homepage/{help_center}") is None:
            raise not_found()
        token = preview_links.create(connection, help_center, now)
    path = f"/hc/{help_center}/en/preview/{token}"
    return base.answer({"path": path, "expires_at": iso(now + preview_links.LIFETIME)}, status=201)


def _answer(stored: Stored) -> Response:
    return base.resource({**configuration.homepage(stored), "also": {}})
