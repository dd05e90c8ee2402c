"""Preview of a homepage without a workspace, before and after a plan: real templates, inline style, dead links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, TemplateError

from workspace.core import texts
from workspace.core.clock import seconds
from workspace.core.errors import WorkspaceError
from workspace.core.texts import _
from workspace.portal.articles import Article, Collection
from workspace.web.pages import homepage, problems, root, shell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Links lead nowhere here, and browsers underline only those that do; any other rule goes before this one.
_LINKS = ":where(a) { text-decoration: underline; }\n"
# On paper, a picture of the page is wanted, and not the page as it is printed for reading.
_PRINTED = """@media print {
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header.site form, .search { display: flex; }
}
"""
_LOADS = frozenset({"link", "script"})
"""Elements that load something: nothing of it is there."""

ADMITTED = _("Somebody with access")
"""The signed-in person on the pages of somebody with access."""


def pages(name: str, page: Mapping[str, Any], content: Mapping[str, Any]) -> tuple[str, str]:
    """Render the homepage as HTML, with access (if anybody has it) and without; WorkspaceError for another form.

    Args:
        page: `live` (public), `admits` (somebody has access), and its `sections`.
        content: The sections' articles: `collections`, `featured`, `announced`.
    """
    try:
        return _drawn(name, page, content, admitted=page["admits"]), _drawn(name, page, content, admitted=False)
    except (KeyError, TypeError, ValueError, AttributeError, TemplateError) as problem:
        raise WorkspaceError(
            f"the homepage is not described as this version knows it: {problem!r}",
            "Use the version of the program that made the plan.",
        ) from problem


def style() -> str:
    """Return the style sheet of the pages, as it stands in each of them."""
    return _LINKS + root.style_text() + _PRINTED


def _drawn(name: str, page: Mapping[str, Any], content: Mapping[str, Any], *, admitted: bool) -> str:
    if not page["live"]:
        title, text = problems.TITLES[404]
        return stilled(_template("problem.html", title=title, text=text, home="/", site=None, visitor=None))
    rows = [{**row, "enabled": True} for row in page["sections"]]
    site = {"name": name, "path": ""}
    visitor = {"name": ADMITTED} if admitted else None
    shown = list(homepage.sections(_Contents(content), rows, card=admitted))
    return stilled(_template("home.html", site=site, visitor=visitor, csrf="", sections=shown, draft=False))


def _template(name: str, **values: Any) -> str:
    return _templates().get_template(name).render(moment=shell.moment, day=shell.day, **values)


@cache
def _templates() -> Environment:
    environment = Environment(loader=PackageLoader("workspace.web.pages"), autoescape=True, **shell.TEMPLATES)
    texts.install(environment)
    environment.globals["page_asset"] = root.asset_path
    return environment


@dataclass(frozen=True, slots=True)
class _Contents:
    """The given articles of a Help Center."""

    page: Mapping[str, Any]

    def collections(self) -> Sequence[Collection]:
        return [
            Collection("", collection["name"], collection["description"], collection["size"])
            for collection in self.page["collections"]
        ]

    def featured(self) -> Sequence[Article]:
        return [Article("", value["title"], "", "", value["collection"], 0) for value in self.page["featured"]]

    def announced(self) -> Sequence[Article]:
        return [
            Article("", value["title"], "", "", "", seconds(value["updated_at"])) for value in self.page["announced"]
        ]


def stilled(page: str) -> str:
    """Return a page of the Help Center with inline style, and without anything that leads away."""
    parser = _Still()
    parser.feed(page)
    parser.close()
    return "".join(parser.parts)


class _Still(HTMLParser):
    """Rewrites a page: the style sheet inline, and nothing that leads away."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._left_out = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "link" and ("rel", "stylesheet") in attrs:
            self.parts.append(f"<style>{style()}</style>")
            return
        if tag in _LOADS:
            self._left_out = True
            return
        kept = [(name, value) for name, value in attrs if name not in {"href", "action", "method"}]
        if tag == "form":
            # Nothing is to be filled in or sent; what is drawn looks the same.
            kept.append(("inert", None))
        message = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in kept)
        self.parts.append(f"<{tag}{message}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _LOADS:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # What is left out had a line of its own.
        self.parts.append(data.removeprefix("\n") if self._left_out else data)
        self._left_out = False

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")
