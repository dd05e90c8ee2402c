"""/help_centers/…/portal: the switch and the required settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.core.errors import ApiError, Problem, not_found
from workspace.database import store
from workspace.settings import observed as configuration
from workspace.settings import required as required_settings
from workspace.settings.kinds import homepage as homepage_kind
from workspace.settings.kinds.portal import KIND
from workspace.web import context
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

    from workspace.settings.observed import Observed
    from workspace.settings.required import Check
    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("portal", __name__)
CARD = "tickets_portal"


@blueprint.get("/help_centers/<help_center>/portal")
def get(help_center: str) -> Response:
    """Answer the state of the portal: enabled, effective, and its address."""
    with context.reading() as connection:
        observed = configuration.observe(connection, help_center)
        if observed is None:
            raise not_found()
        return base.resource(connection, KIND.address(help_center), _document(observed))


@blueprint.patch("/help_centers/<help_center>/portal")
def patch(help_center: str) -> Response:
    """Enable or disable the portal."""
    expected = base.expected_revision()
    values = base.body(KIND.schema)

    def do(write: AdminWrite) -> Response:
        also: dict[str, Any] = {}
        before = write.load(KIND.address(help_center), expected)
        after = {**before.document, **values}
        if after["enabled"] and not before.document["enabled"]:
            _require(_observed(write, help_center))
            # A vendor adds the card by itself, to its own draft.
            also = _add_card(write, help_center) if write.outward is None else {}
        done = "Enabled" if after["enabled"] else "Disabled"
        write.replace(before, after, f"{done} the portal of {help_center}")
        return base.resource(write, before.address, {**_document(_observed(write, help_center)), "also": also})

    return base.write(do)


def _observed(write: AdminWrite, help_center: str) -> Observed:
    observed = configuration.observe(write.connection, help_center)
    if observed is None:
        raise not_found()
    return observed


def _document(observed: Observed) -> dict[str, Any]:
    return observed.portal(observed.checks(context.today()))


def _require(observed: Observed) -> None:
    unmet = required_settings.unmet(observed.checks(context.today()))
    if unmet:
        raise ApiError(422, [_problem(check) for check in unmet])


def _problem(check: Check) -> Problem:
    data = {"remedy": check.remedy, "status": check.status, "known": check.known}
    return Problem("required_setting_unmet", f"{check.title}: {check.found}", check.id, data)


def _add_card(write: AdminWrite, help_center: str) -> dict[str, Any]:
    address = homepage_kind.KIND.address(help_center)
    homepage = store.load(write.connection, address)
    if homepage is None or any(section["type"] == CARD for section in homepage.document["draft"]):
        return {}
    draft = [*homepage.document["draft"], homepage_kind.section(CARD)]
    edited = {"by": write.caller.name, "at": write.at}
    after = write.replace(
        homepage,
        {**homepage.document, "draft": draft, "draft_edited": edited},
        f"Added the tickets portal's card to the homepage draft of {help_center}",
    )
    return {address: {"previous_revision": homepage.revision, "revision": after.revision}}
