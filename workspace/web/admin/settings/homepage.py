"""/help_centers/…/homepage: the draft, setting it live, and its content from articles."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select

from workspace.core.clock import iso
from workspace.core.errors import not_found
from workspace.database import engine as db
from workspace.database import store
from workspace.database.tables import help_centers
from workspace.identity import preview_links
from workspace.portal import articles
from workspace.settings.kinds.homepage import KIND, check_sections
from workspace.web import context, http
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

    from workspace.database.store import Stored
    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("homepage", __name__)


@blueprint.get("/help_centers/<help_center>/homepage/draft")
def get(help_center: str) -> Response:
    """Answer the draft and the live homepage."""
    with context.reading() as connection:
        stored = store.load(connection, KIND.address(help_center))
        if stored is None:
            raise not_found()
        return base.resource(connection, stored.address, KIND.shown(stored))


@blueprint.get("/help_centers/<help_center>/homepage/content")
def content(help_center: str) -> Response:
    """Answer the homepage's content besides its settings: public, and the same for everybody."""
    with context.reading() as connection:
        named = select(help_centers.c.display_name).where(help_centers.c.identifier == help_center)
        name = connection.execute(named).scalar_one_or_none()
        if name is None:
            raise not_found()
        kept = articles.Kept(connection, help_center)
        document = {
            "name": name,
            "collections": [asdict(collection) for collection in kept.collections()],
            "featured": [
                {"id": article.id, "title": article.title, "collection": article.collection}
                for article in kept.featured()
            ],
            "announced": [
                {"id": article.id, "title": article.title, "updated_at": iso(article.updated_at)}
                for article in kept.announced()[: articles.MOST_ANNOUNCED]
            ],
        }
    return http.answer(document)


@blueprint.patch("/help_centers/<help_center>/homepage/draft")
def save(help_center: str) -> Response:
    """Save the draft."""
    expected = base.expected_revision()
    sections = base.body(KIND.schema)["sections"]
    check_sections(sections)

    def do(write: AdminWrite) -> Response:
        before = write.load(KIND.address(help_center), expected)
        if store.same(before.document["draft"], sections) and not write.unseen(before.address):
            return _answer(write, before)
        edited = {"by": write.caller.name, "at": write.at}
        document = {**before.document, "draft": sections, "draft_edited": edited}
        return _answer(write, write.replace(before, document, f"Saved the homepage draft of {help_center}"))

    return base.write(do)


@blueprint.post("/help_centers/<help_center>/homepage/publish")
def publish(help_center: str) -> Response:
    """Set the draft live."""
    expected = base.expected_revision()
    base.body("Empty")

    def do(write: AdminWrite) -> Response:
        before = write.load(KIND.address(help_center), expected)
        document = {**before.document, "live": before.document["draft"], "draft_edited": None}
        return _answer(write, write.replace(before, document, f"Set the homepage of {help_center} live"))

    return base.write(do)


@blueprint.post("/help_centers/<help_center>/homepage/preview")
@http.only_reads
def preview(help_center: str) -> Response:
    """Make a link that shows the draft once. Its maker may read the draft anyway."""
    now = context.now()
    with db.writing(context.running().engine) as connection:
        if store.load(connection, KIND.address(help_center)) is None:
            raise not_found()
        token = preview_links.create(connection, help_center, now)
    path = f"/hc/{help_center}/en/preview/{token}"
    return http.answer({"path": path, "expires_at": iso(now + preview_links.LIFETIME)}, status=201)


def _answer(write: AdminWrite, stored: Stored) -> Response:
    return base.resource(write, stored.address, {**KIND.shown(stored), "also": {}})
