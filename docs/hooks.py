"""What the site of the documentation needs beside its pages; `properdocs.yml` names this file as a hook.

Pages are written so that a code forge shows them as well as the site does. So pages from the top of the repository
join those in `docs/`, links between both are led to where the site has them, and headings get the anchors that a
forge gives them.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from properdocs.structure.files import File, InclusionLevel

if TYPE_CHECKING:
    from properdocs.config.defaults import ProperDocsConfig
    from properdocs.structure.files import Files
    from properdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
HOME = {"README.md": "index.md"}
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(^```.*?^```\n)", re.MULTILINE | re.DOTALL)


def on_config(config: ProperDocsConfig) -> None:
    """Give headings the anchors that a forge gives them."""
    config.mdx_configs["toc"] = {"slugify": slug, "toc_depth": "2-3"}


def slug(heading: str, separator: str) -> str:
    """Return the anchor of a heading: without punctuation, in lower case, each space a separator."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", separator)


def on_files(files: Files, config: ProperDocsConfig) -> None:
    """Add what lies outside `docs/` and is linked to from there."""
    for name in PAGES:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    for name in sorted(_outside()):
        # Pages may lead to source files, which are left out where they stand in `docs/` itself.
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name), inclusion=InclusionLevel.NOT_IN_NAV))


def _outside() -> set[str]:
    """Return the files outside `docs/` that pages of the site link to, but for those that are such pages themselves."""
    named = {*ROOT.glob("benchmarks/*.svg")}
    for page in (*DOCS.glob("*.md"), *(ROOT / name for name in PAGES)):
        links = (link.partition("#")[0] for link in _LINK.findall(page.read_text("utf-8")) if ":" not in link)
        named |= {(page.parent / link).resolve() for link in links if link}
    outside = {path for path in named if path.is_file() and not path.is_relative_to(DOCS)}
    return {str(path.relative_to(ROOT)) for path in outside} - {*PAGES, *HOME}


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links to where the site has what they name."""
    parts = _FENCE.split(markdown)
    at = page.file.src_uri
    parts[::2] = [_LINK.sub(lambda match: f"]({_led(match[1], at)})", part) for part in parts[::2]]
    return "".join(parts)


def _led(link: str, at: str) -> str:
    """Return where a link of a page leads in the site, from the page's place there."""
    path, mark, anchor = link.partition("#")
    if not path or ":" in path:
        return link
    written = DOCS / at if (DOCS / at).exists() else ROOT / at
    named = posixpath.normpath((written.parent / path).relative_to(ROOT).as_posix())
    there = HOME.get(named, named.removeprefix("docs/"))
    return f"{posixpath.relpath(there, posixpath.dirname(at) or '.')}{mark}{anchor}"


def on_page_content(html: str, **_: object) -> str:
    r"""Show `\|` inside of code in a table as `|`, and let wide tables and code scroll, also with the keyboard."""
    html = re.sub(r"<code>[^<]*</code>", lambda match: match[0].replace(r"\|", "|"), html)
    html = html.replace("<pre>", '<pre tabindex="0">')
    return html.replace("<table>", '<div class="table" tabindex="0" role="region" aria-label="Table"><table>').replace(
        "</table>", "</table></div>"
    )
