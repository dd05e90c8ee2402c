"""Homepage preview, side by side: the real pages where they could be drawn, and in words in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import unstyle

from reconciler.render.html.changes import lines
from reconciler.render.html.elements import Html, el
from reconciler.render.text.values import section_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.plan import HomepageSide, Pages
    from reconciler.plan.effect.homepage_preview import RenderedHomepage

_CARD = "tickets_portal"
_HEIGHTS = {"search": 110, "text_content": 180, _CARD: 190}
_MOST_HEIGHT = 1500


def section(pages: Pages | None, drawn: RenderedHomepage | str | None) -> Html:
    """Render the homepage before and after, drawn, or with the reason why not; nothing where it stays."""
    heading = el("h2", "The homepage, before and after", id="homepage")
    if pages is None:
        return el("section", heading, el("p", "It stays as it is for everybody."), aria_labelledby="homepage")
    shown = _frames(pages, drawn) if drawn is not None and not isinstance(drawn, str) else (_missing(drawn),)
    return el("section", heading, *shown, _words(pages), aria_labelledby="homepage")


def height(pages: Pages) -> int:
    """Estimate the most height of a homepage, in its own pixels, for a frame that can be scrolled."""
    return min(max(_height(pages[side], pages["content"]) for side in ("before", "after")), _MOST_HEIGHT)


def _height(page: Mapping[str, Any], content: Mapping[str, Any]) -> int:
    rows = {
        "collections": -(-len(content["collections"]) // 2) * 150,
        "featured_content": len(content["featured"]) * 56,
        "announcements": len(content["announced"]) * 56,
    }
    parts = (_HEIGHTS.get(row["type"], 100 + rows.get(row["type"], 0)) for row in page["sections"])
    return 420 + (sum(parts) if page["live"] else 0)


def _missing(why: str | None) -> Html:
    return el("p", f"The pages are not drawn here{f': {why}' if why else ''}.", class_="quiet")


def _frames(pages: Pages, drawn: RenderedHomepage) -> Iterator[Html]:
    several = drawn.before[0] != drawn.before[1] or drawn.after[0] != drawn.after[1]
    if several:
        yield el(
            "fieldset",
            el("legend", "As it is seen by"),
            el(
                "label",
                el("input", type="radio", name="seen", id="seen-admitted", checked=True),
                "somebody with access",
            ),
            el("label", el("input", type="radio", name="seen", id="seen-others"), "everybody else"),
            class_="switch",
        )
    yield _pair("admitted", "somebody with access", pages, (drawn.before[0], drawn.after[0]))
    if several:
        yield _pair("others", "everybody else", pages, (drawn.before[1], drawn.after[1]))


def _pair(name: str, seen_by: str, pages: Pages, documents: tuple[str, str]) -> Html:
    sides = (("Before", pages["before"]), ("After", pages["after"]))
    frames = (_frame(title, seen_by, page, shown) for (title, page), shown in zip(sides, documents, strict=True))
    return el("div", el("h3", f"Seen by {seen_by}", class_="printed"), *frames, class_=f"pages {name}")


def _frame(title: str, seen_by: str, page: HomepageSide, document: str) -> Html:
    frame = el(
        "iframe",
        # Nothing is allowed in it: no script, no form, no way out.
        sandbox="",
        title=f"The homepage {title.lower()}, seen by {seen_by}",
        srcdoc=Html(document.encode("utf-8", "replace").decode()),
        tabindex=0,
    )
    return el(
        "figure",
        el("figcaption", el("strong", title), " ", el("span", _note(page), class_="quiet")),
        el("div", frame, class_="window" if page["live"] else "window nothing"),
    )


def _note(page: HomepageSide) -> str:
    if not page["live"]:
        return "The Help Center is not public: nobody finds a homepage."
    return "" if page["admits"] else "Nobody can open the portal: everybody sees the same."


def _words(pages: Pages) -> Html:
    before, after = pages["before"], pages["after"]
    sentences = [*_sentences(before, after)]
    rows = [[{**row, "enabled": True} for row in page["sections"]] for page in (before, after)]
    return el(
        "div",
        el("h3", "What changes on it"),
        el("ul", *(el("li", text) for text in sentences)) if sentences else None,
        el("p", "The sections as they will be:") if rows[0] != rows[1] else el("p", "The sections stay as they are:"),
        lines(map(unstyle, section_lines(*rows))),
        class_="words",
    )


def _sentences(before: HomepageSide, after: HomepageSide) -> Iterator[str]:
    if before["live"] != after["live"]:
        yield "The Help Center becomes public." if after["live"] else "The Help Center is no longer public."
    if _card(before) != _card(after):
        yield (
            "People with access will see the card of the tickets portal."
            if _card(after)
            else "Nobody will see the card of the tickets portal any more."
        )


def _card(page: HomepageSide) -> bool:
    return page["live"] and page["admits"] and any(row["type"] == _CARD for row in page["sections"])
