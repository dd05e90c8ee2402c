"""People who gain or lose access: a picture that is right for three people and for a million, and the same in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.html.elements import Html, code, el, joined
from reconciler.render.risks import sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.plan import Access

_MOST_MARKS = 120
_A_ROW = 20
_CELL = 28

_CROWDS = {
    "gained": "Gain access",
    "lost": "Lose access",
    "sees_more": "Will see their colleagues’ tickets",
    "sees_less": "Will see only their own tickets",
    "without_company": "Have access but belong to no company",
    "companies_gained": "Companies whose tickets colleagues will see",
    "companies_lost": "Companies whose tickets colleagues will no longer see",
}


def section(access: Access | None, about: str = "plan.json") -> Html | None:
    """Render the access impact; nothing where access does not change. `about` is for `portal access diff`."""
    if access is None:
        return None
    before, after = access["before"], access["after"]
    own = before["own_only"] or after["own_only"]
    return el(
        "section",
        el("h2", "Who can open the portal", id="people"),
        _bars(access),
        _picture(access),
        el("p", f"See only their own tickets: {number(before['own_only'])} → {number(after['own_only'])}.")
        if own
        else None,
        _samples(access),
        _everybody(access, about),
        aria_labelledby="people",
    )


def number(value: int) -> str:
    """Format a number for people."""
    return f"{value:,}"


def _bars(access: Access) -> Html:
    everybody, gained, lost = access["people"], access["gained"]["count"], access["lost"]["count"]
    kept = access["before"]["count"] - lost
    rows = (("Before", kept, "lost", lost), ("After", kept, "gained", gained))
    return el("dl", *(_bar(everybody, *row) for row in rows), class_="bars")


def _bar(everybody: int, name: str, kept: int, other: str, more: int) -> Html:
    first, second = _share(kept, everybody), _share(more, everybody)
    bar = el(
        "svg",
        el("rect", class_="track", width="100%", height="100%", rx=4),
        el("rect", class_="kept", width=f"{first}%", height="100%", rx=4) if kept else None,
        el("rect", class_=other, x=f"{first}%", width=f"{second}%", height="100%", rx=4) if more else None,
        height=14,
        width="100%",
        aria_hidden="true",
    )
    html = joined((el("strong", number(kept + more)), f" of {number(everybody)} people"))
    return el("div", el("dt", name), el("dd", html, bar))


def _share(part: int, everybody: int) -> float:
    """Return the width of a bar's part in per cent, never too little to be seen."""
    return round(max(100 * part / max(everybody, 1), 0.6), 2) if part else 0


def _picture(access: Access) -> Html | None:
    groups = {
        "kept": access["before"]["count"] - access["lost"]["count"],
        "gained": access["gained"]["count"],
        "lost": access["lost"]["count"],
    }
    if not groups["gained"] and not groups["lost"]:
        return None
    unit = _unit(sum(groups.values()))
    marks = [name for name, people in groups.items() for _ in range(_marks(people, unit))]
    wide, tall = min(len(marks), _A_ROW) * _CELL, -(-len(marks) // _A_ROW) * _CELL
    message = (
        f"{number(groups['kept'])} keep access, {number(groups['gained'])} gain it, {number(groups['lost'])} lose it."
    )
    drawn = el(
        "svg",
        el("title", "People who keep, gain and lose access", id="picture-title"),
        el("desc", f"{message} {_scale(unit)}", id="picture-desc"),
        *(_mark(name, place) for place, name in enumerate(marks)),
        role="img",
        aria_labelledby="picture-title picture-desc",
        viewBox=f"0 0 {wide} {tall}",
        width=wide,
        class_="picture",
    )
    return el("figure", drawn, el("figcaption", _legend(groups), el("p", _scale(unit), class_="quiet")))


def _legend(groups: Mapping[str, int]) -> Html:
    words = {"kept": "keep access", "gained": "gain access", "lost": "lose access"}
    return el(
        "ul",
        *(el("li", _key(name), el("strong", number(people)), f" {words[name]}") for name, people in groups.items()),
        class_="legend",
    )


def _key(name: str) -> Html:
    return el("svg", _mark(name, 0), viewBox=f"0 0 {_CELL} {_CELL}", width=22, height=22, aria_hidden="true")


def _scale(unit: int) -> str:
    if unit == 1:
        return "One mark is one person."
    return f"One mark is {number(unit)} people; a smaller group has one mark, too."


def _unit(people: int) -> int:
    """Return the number of people for one mark: 1, 2, 5, 10, 20, 50 and so on."""
    power = 1
    while people > 5 * power * _MOST_MARKS:
        power *= 10
    return next(step * power for step in (1, 2, 5) if people <= step * power * _MOST_MARKS)


def _marks(people: int, unit: int) -> int:
    return max(round(people / unit), 1) if people else 0


def _mark(name: str, place: int) -> Html:
    """Draw one mark; groups differ in shape, not in colour alone."""
    across, down = place % _A_ROW * _CELL + _CELL // 2, place // _A_ROW * _CELL + _CELL // 2
    sign = {"gained": f"M{across - 5} {down}h10M{across} {down - 5}v10", "lost": f"M{across - 5} {down}h10"}.get(name)
    return el("g", el("circle", cx=across, cy=down, r=11), el("path", d=sign) if sign else None, class_=f"mark {name}")


def _samples(access: Access) -> Html | None:
    rows = [*_named(access)]
    return el("dl", *rows, class_="crowds") if rows else None


_CHANGES = {"gained": "gains access", "lost": "loses access", "sees_more": "sees more", "sees_less": "sees less"}


def _everybody(access: Access, about: str) -> Html | None:
    """Render a table of everybody, where the plan names them, or the command for it."""
    if not any(sample(access, name)["count"] for name in _CHANGES):
        return None
    people = access.get("everybody")
    if people is None:
        command = code(f"portal access diff {about} --format csv")
        return el("p", "Everybody, one by one, with what decides: ", command, class_="quiet")
    heads = ("", "Who", "Companies", "What decides")
    rows = (
        el(
            "tr",
            el("td", _CHANGES[person["change"]]),
            el("td", person["email"] or person["name"] or person["external_id"] or person["id"]),
            el("td", ", ".join(person["companies"]) or "none"),
            el("td", person["why"]),
        )
        for person in people
    )
    head = el("thead", el("tr", *(el("th", text, scope="col") for text in heads)))
    title = el("summary", "Everybody, one by one ", el("span", number(len(people)), class_="count"))
    return el("details", title, el("table", head, el("tbody", *rows), class_="everybody"), id="everybody", open=True)


def _named(access: Access) -> Iterator[Html]:
    for name, title in _CROWDS.items():
        group = sample(access, name)
        if not group["count"]:
            continue
        names = [el("li", text) for text in group["sample"]]
        if rest := group["count"] - len(group["sample"]):
            names.append(el("li", f"and {number(rest)} more", class_="quiet"))
        count: Html = el("span", number(group["count"]), class_="count")
        if name in _CHANGES and "everybody" in access:
            count = el("a", number(group["count"]), href="#everybody", class_="count")
        heading = el("dt", title, " ", count)
        yield el("div", heading, el("dd", el("ul", *names, class_="names")))
