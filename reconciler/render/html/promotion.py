"""Evidence and conditions of a promotion, and the differences between the two environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.render.html.checks import check
from reconciler.render.html.elements import Html, code, el, joined, spaced
from reconciler.render.plain import short
from reconciler.render.text.promotion import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.document_types.plan import Promotion, PromotionCondition, PromotionField

_MOST_VALUE = 400
_CONDITIONS = {
    "drift": "Nothing has changed there since",
    "verified": "It was verified there",
    "expectations": "Expectations hold there",
    "soak": "It has been live there for long enough",
}
_STATUS = {"met": "good", "unmet": "bad", "waived": "open"}


def section(promotion: Promotion | None, environment: str | None) -> Html | None:
    """Render a promotion; nothing for any other plan."""
    if promotion is None:
        return None
    origin = promotion["from"]["environment"]
    rows = promotion["fields"]
    telling = [row for row in rows if row["changes"] or row["differs"] or row["overridden"]]
    same = len(rows) - len(telling)
    return el(
        "section",
        el("h2", f"Promoted from {origin}", id="promotion"),
        _origin(promotion),
        el("ul", *map(_condition, promotion["conditions"]), class_="checks"),
        _fields(telling, origin, environment or "here") if telling else None,
        el("p", _same(same), class_="quiet") if same else None,
        _left(promotion["left"]),
        aria_labelledby="promotion",
    )


def _same(count: int) -> str:
    return f"{count} more managed {'field is' if count == 1 else 'fields are'} the same in both."


def waived(promotion: Promotion | None) -> Iterator[Html]:
    """Yield the waivers: a reader should see them first."""
    for condition in promotion["conditions"] if promotion else ():
        if waiver := condition["waiver"]:
            head = el("p", el("strong", "Waived"), " ", code(condition["name"]), f": {condition['summary']}")
            yield el("li", head, el("p", f"{waiver['by']}: {waiver['reason']}"), class_="warning")


def _origin(promotion: Promotion) -> Html:
    place = promotion["from"]
    commit = (" from commit ", code(promotion["commit"])) if promotion["commit"] else ()
    parts = ("Receipt ", code(promotion["receipt"]), f" in {place['name']}, Help Center {place['help_center']} (")
    since = ("), live since ", el("time", promotion["since"]), *commit, ".")
    return el("p", *parts, code(place["target"]), *since)


def _condition(promotion_condition: PromotionCondition) -> Html:
    title = el("p", _CONDITIONS.get(promotion_condition["name"], promotion_condition["name"]))
    waiver = promotion_condition["waiver"]
    answer = el("p", el("strong", waiver["by"]), f" answers for it: {waiver['reason']}") if waiver else None
    remedy = (
        el("p", promotion_condition["remedy"], class_="remedy")
        if promotion_condition["remedy"] and not waiver
        else None
    )
    state = {"met": "met", "unmet": "not met", "waived": "waived"}[promotion_condition["status"]]
    return check(
        _STATUS[promotion_condition["status"]],
        title,
        el("p", promotion_condition["summary"], class_="quiet"),
        answer,
        remedy,
        state=state,
    )


def _fields(rows: Sequence[PromotionField], origin: str, goal: str) -> Html:
    names = ("Field", f"{origin}, live", f"{goal}, live", f"{goal}, to be", "Difference")
    head = el("thead", el("tr", *(el("th", name, scope="col", role="columnheader") for name in names), role="row"))
    body = el("tbody", *(_row(row, names) for row in rows), role="rowgroup")
    return el("table", head, body, role="table", class_="promotion")


def _row(promotion_field: PromotionField, names: Sequence[str]) -> Html:
    what = joined((code(promotion_field["address"]), " ", code(promotion_field["field"])))
    values = [_value(promotion_field, side) for side in ("proven", "live", "desired")]
    cells = zip(names, (what, *values, _difference(promotion_field)), strict=True)
    return el("tr", *(el("td", html, role="cell", data_label=name) for name, html in cells), role="row", class_="field")


def _value(entry: Mapping[str, Any], side: str) -> Html:
    if side not in entry:
        return el("span", "not managed" if side == "desired" else "not there", class_="quiet")
    return code(short(in_words(entry[side]), _MOST_VALUE))


def _difference(promotion_field: PromotionField) -> Html:
    htmls = [el("span", "changes", class_="chip")] if promotion_field["changes"] else []
    if promotion_field["overridden"]:
        htmls.append(el("span", f"declared for {', '.join(promotion_field['overridden'])}", class_="quiet"))
    elif promotion_field["differs"]:
        htmls.append(el("span", "not declared", class_="chip deletes"))
    return joined(spaced(*htmls))


def _left(paths: Sequence[str]) -> Html | None:
    if not paths:
        return None
    names = el("ul", *(el("li", code(path)) for path in paths), class_="names")
    return el("div", el("p", "The current file has other values for these. They are not promoted:"), names)
