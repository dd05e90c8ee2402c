"""The Help Center's homepage: its sections and their order, drafted or live.

What a file does not list keeps its place and its settings (`unlisted: keep`) or is switched off (`unlisted: hide`), and
is never removed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from reconciler.kinds.base import PLAIN, FieldShape, Kind, Operation
from reconciler.kinds.homepage.rows import (
    CARD,
    Row,
    as_listed,
    card_added,
    known,
    listed_row,
    live_fields,
    merge,
    settings_of,
    shows_card,
    written_row,
)
from reconciler.kinds.state import LiveField, Resource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path

__all__ = ["CARD", "KIND", "Desired", "draft", "publishes_foreign_draft", "put_back", "shows_card", "with_card"]


@dataclass(frozen=True, slots=True)
class Desired:
    """The listed sections in their order, the treatment of the others, and whether the page goes live."""

    rows: tuple[Row, ...] | None
    unlisted: Literal["keep", "hide"]
    publish: bool


class Homepage(Kind[Desired | None]):
    """`homepage/HELP_CENTER`."""

    name = "homepage"
    title = "Homepage"
    fields = ("sections", "publish")
    part = "homepage"
    shape: ClassVar[FieldShape] = {"draft": PLAIN, "live": PLAIN, "draft_edited": {"by": PLAIN, "at": PLAIN}}

    def parse(self, settings: Mapping[str, Any]) -> Desired | None:
        page = settings.get("homepage")
        if page is None:
            return None
        unlisted = page.get("unlisted", "keep")
        # Hiding what is not listed is a wish of its own, also where nothing is listed.
        listed = page.get("sections", [] if unlisted == "hide" else None)
        rows = None if listed is None else tuple(map(listed_row, listed))
        return Desired(rows, unlisted, page.get("publish", False))

    def publishes(self, config: Config) -> bool:
        """Tell whether a file sets the homepage live."""
        desired = self.desired(config)
        return desired is not None and desired.publish

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        desired = self.desired(config)
        address = self.address(config.help_center)
        if desired is None:
            return
        if desired.rows is not None:
            listing = {"rows": list(desired.rows), "unlisted": desired.unlisted, "publish": desired.publish}
            yield address, {"sections": listing}
        elif desired.publish:
            yield address, {"publish": True}

    def source(self, address: str, field: str) -> Path:
        return ("homepage", field)

    def managed_by(self, address: str, field: str) -> Path:
        # Going live would write the sections, too.
        return ("homepage",) if field == "sections" else ("homepage", field)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        homepage = answer["homepage"]
        facts = {name: homepage[name] for name in ("draft", "live", "draft_edited")}
        values = {"sections": homepage["live"], "publish": homepage["draft"] == homepage["live"]}
        yield Resource(self.of_answer(answer), homepage["revision"], values, facts)

    def live(self, answer: Mapping[str, Any], observed: Iterable[Resource]) -> Iterator[LiveField]:
        homepage = answer["homepage"]
        address = self.of_answer(answer)
        fields = {"publish": True}
        for row in (*homepage["draft"], *homepage["live"]):
            fields |= dict(live_fields(row))
        pages = {"draft": None, "live": None}
        fields |= {".".join(map(str, path)): False for path in self.unknown_fields({**homepage, **pages})}
        yield from (LiveField(address, field, known) for field, known in fields.items())

    def covers(self, declared: Mapping[str, Any], field: str) -> bool:
        listing = declared.get("sections")
        if field == "publish":
            return "publish" in declared or bool(listing and listing["publish"])
        if listing is None:
            return False
        _, name, *setting = field.split(".")
        row = next((value for value in listing["rows"] if value["type"] == name), None)
        if row is None or not setting:
            return row is not None or (listing["unlisted"] == "hide" and not setting)
        return setting[-1] in row.get("settings", {})

    def observed(self, field: str, declared: Any, resource: Resource) -> Any:
        if field == "publish":
            return resource.values["publish"]
        page = resource.facts["live" if declared["publish"] else "draft"]
        return {**declared, "rows": as_listed(page, declared["rows"], hides=declared["unlisted"] == "hide")}

    def before(self, field: str, declared: Any, resource: Resource) -> Any:
        if field == "publish":
            return resource.values["publish"]
        return resource.facts["live" if declared["publish"] else "draft"]

    def outcome(self, field: str, declared: Any, resource: Resource | None, config: Config) -> Any:
        if field == "publish" or resource is None:
            return declared
        return merge(resource.facts["draft"], declared["rows"], hides=declared["unlisted"] == "hide")

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        rows = resource.facts["draft"] if resource else []
        steps = []
        if outcome.get("sections", rows) != rows:
            steps.append(draft(config.help_center, outcome["sections"]))
        if self.publishes(config):
            steps.append(_publish(config.help_center))
        return tuple(steps)

    def whole(self, resource: Resource) -> Mapping[str, Any]:
        return {"draft": resource.facts["draft"], "live": resource.facts["live"]}

    def afterwards(
        self, resource: Resource | None, declared: Mapping[str, Any], outcome: Mapping[str, Any], config: Config
    ) -> Mapping[str, Any]:
        facts = resource.facts if resource else {"draft": [], "live": []}
        rows = outcome.get("sections", facts["draft"])
        return {"draft": rows, "live": rows if self.publishes(config) else facts["live"]}

    def restoring(
        self, address: str, resource: Resource, parts: Collection[str], config: Config
    ) -> tuple[Operation, ...]:
        rows, live = resource.facts["draft"], resource.facts["live"]
        saved = draft(config.help_center, rows)
        if "live" not in parts:
            return (saved,)
        went_live = (draft(config.help_center, live), _publish(config.help_center))
        return went_live if rows == live else (*went_live, saved)

    def comparable(self, field: str, value: Any) -> Any:
        if field == "publish":
            return value
        return {row["type"]: {"enabled": row["enabled"], **row.get("settings", {})} for row in value}

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        rows = [known(row) for row in resource.facts["live"] if settings_of(row["type"]) is not None]
        if rows:
            yield ("homepage", "sections"), [written_row(row) for row in rows]
            yield ("homepage", "unlisted"), "keep"
        if rows or resource.values["publish"]:
            yield ("homepage", "publish"), True

    def not_pulled(self, resource: Resource) -> Iterator[tuple[Path, str]]:
        for row in resource.facts["live"]:
            strange = [name for name, is_known in live_fields(row) if not is_known]
            yield from ((("homepage", *name.split(".")), "it") for name in strange)

    def written(self, field: str, value: Any, declared: Any) -> Any:
        if field == "publish":
            return value
        there = {text if isinstance(text, str) else text["type"]: text for text in declared or ()}
        return [written_row(row, there.get(row["type"])) for row in value["rows"]]

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"portal"}) if shows_card(outcome.get("sections", ())) else frozenset()

    def wire_fields(self, field: str) -> frozenset[str]:
        return frozenset({"draft", "live"})


def draft(help_center: str, rows: Sequence[Row]) -> Operation:
    """Return the request that saves the homepage's draft."""
    return Operation("PATCH", f"help_centers/{help_center}/homepage/draft", {"sections": list(rows)})


def _publish(help_center: str) -> Operation:
    return Operation("POST", f"help_centers/{help_center}/homepage/publish", {})


def put_back(
    entry: Mapping[str, Any], rows: Sequence[Row], help_center: str
) -> tuple[Mapping[str, Any], tuple[Operation, ...]]:
    """Return the pages of noted sections, and the requests that restore them from a receipt's rollback.

    `rows` are the sections that were on, in order; the others were not there, or off.
    """
    pages = entry["after"]
    page = merge(pages["draft"], rows, hides=True)
    if pages["draft"] != pages["live"]:
        return {"draft": page, "live": pages["live"]}, (draft(help_center, page),)
    return {"draft": page, "live": page}, (draft(help_center, page), _publish(help_center))


def with_card(resource: Resource) -> Resource:
    """Return the homepage after the portal is enabled: its draft shows the card."""
    rows = card_added(resource.facts["draft"])
    facts = {**resource.facts, "draft": rows}
    return replace(resource, values={**resource.values, "publish": rows == facts["live"]}, facts=facts)


def publishes_foreign_draft(declared: Any, resource: Resource, *, enables: bool) -> bool:
    """Tell whether going live would also publish edits that this file did not ask for.

    `declared` is the declared form of `sections`, or `True` for a file that only publishes. The card that comes with
    enabling the portal is nobody's edit.
    """
    rows, live = resource.facts["draft"], resource.facts["live"]
    if declared is True:
        return bool(rows != live)
    if not declared["publish"]:
        return False
    if enables:
        rows, live = card_added(rows), card_added(live)
    hides = declared["unlisted"] == "hide"
    return merge(rows, declared["rows"], hides=hides) != merge(live, declared["rows"], hides=hides)


KIND = Homepage()
