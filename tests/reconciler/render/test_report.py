"""The HTML page of a plan: what stands in it, and that no value ever is more than a value."""

from __future__ import annotations

import re
from copy import deepcopy
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from reconciler.cli import output
from reconciler.core.documents import digest
from reconciler.render import formats
from reconciler.render.html import people
from reconciler.target import local
from tests.reconciler.render.test_renderings import DOCUMENTS, HOSTILE, document, replaced
from tests.support.examples import examples
from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = {"section", "header", "footer", "h1", "h2", "h3", "p", "li", "dt", "dd", "tr", "pre", "summary", "legend"}
BLOCKS |= {"title", "desc", "label", "figcaption", "div", "details", "figure"}
VOID = {"meta", "input", "rect", "circle", "path"}


class Outline(HTMLParser):
    """What a page says, a line for each block that says something, further in the deeper it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.depth = 0
        self.said = ""
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        if tag in BLOCKS:
            self._end()
            self.depth += tag in ("section", "details", "li", "tr")
        elif tag in ("td", "th"):
            self.said += " | "
        elif (dict(attrs).get("class") or "").split()[:1] == ["line"]:
            self._end()
        self.hidden = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._end()
            self.depth -= tag in ("section", "details", "li", "tr")
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.said += data

    def _end(self) -> None:
        if self.said.strip(" |\n"):
            self.lines.append("  " * self.depth + self.said.strip("\n").rstrip())
        self.said = ""


def outline(page: str) -> str:
    parser = Outline()
    parser.feed(page)
    parser.close()
    return "\n".join(parser.lines) + "\n"


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes, without what stands in and between them."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.inner: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(f"<{tag} {[name for name, _ in attrs]}>")
        self.inner += [value for name, value in attrs if name == "srcdoc" and value]

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_comment(self, _data: str) -> None:
        self.parts.append("<!---->")

    def handle_pi(self, _data: str) -> None:
        self.parts.append("<?>")


def skeleton(page: str) -> list[Any]:
    """Return the tags of a page, and those of the pages in its frames."""
    parser = Skeleton()
    parser.feed(page)
    parser.close()
    return [*parser.parts, *map(skeleton, parser.inner)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_what_the_page_says(path: Path) -> None:
    assert_golden(path.with_suffix(".html.txt"), outline(formats.plan(document(path.stem), "html", "no reason")))


PROMOTION: dict[str, Any] = {
    "from": {
        "environment": "staging",
        "workspace": "ws_1",
        "name": "Acme staging",
        "target": "https://workspace.staging.example",
        "help_center": "acme",
    },
    "receipt": "r5",
    "digest": "sha256:" + "0" * 64,
    "commit": "0123456789abcdef",
    "since": "2026-02-20T12:00:00Z",
    "conditions": [
        {"name": "drift", "status": "met", "summary": "no field drifted", "remedy": "", "waiver": None},
        {"name": "soak", "status": "unmet", "summary": "live for 2 hours of 24", "remedy": "Wait.", "waiver": None},
        {
            "name": "verified",
            "status": "waived",
            "summary": "it was not verified",
            "remedy": "Run portal verify.",
            "waiver": {"by": "Mara <b>", "reason": "seen by hand"},
        },
    ],
    "fields": [
        {
            "address": "help_center/acme",
            "field": "custom_domain",
            "proven": "help.staging.example",
            "live": None,
            "desired": "help.acme.example",
            "overridden": ["staging"],
            "changes": True,
            "differs": True,
        },
        {
            "address": "homepage/acme",
            "field": "publish",
            "proven": True,
            "live": False,
            "overridden": [],
            "changes": False,
            "differs": True,
        },
        {
            "address": "portal/acme",
            "field": "enabled",
            "proven": True,
            "live": True,
            "desired": True,
            "overridden": [],
            "changes": False,
            "differs": False,
        },
    ],
    "left": ["guards.max_access_lost"],
}


def shown(name: str, text: str) -> str:
    """Return the page of a plan in which every text is another one."""
    return formats.plan(replaced(document(name) | {"promotion": PROMOTION}, text), "html", text)


PLAIN = {
    name: [skeleton(shown(name, text)) for text in ("x", "x\n")]
    for name in ("audience-changed-by-hand", "first-apply-allowed", "failed")
}


@pytest.mark.parametrize("name", PLAIN)
@examples(15)
@given(text=HOSTILE)
def test_no_value_breaks_out_of_the_page(name: str, text: str) -> None:
    rendered = shown(name, text)
    # A command line that cannot be shown as it is, is not shown.
    assert skeleton(rendered) in PLAIN[name]
    rendered.encode()


def with_homepage(text: str) -> dict[str, Any]:
    """Return a plan whose homepage says the same text wherever somebody may have written one."""
    contents = document("first-apply-allowed")
    pages = contents["pages"]
    for side in ("before", "after"):
        pages[side]["live"] = True
        pages[side]["sections"] = [
            {"type": kind, "settings": {"title": text, "text": text, "placeholder": text, "description": text}}
            for kind in ("search", "tickets_portal", "collections", "featured_content", "announcements", "text_content")
        ]
    moments = [one["updated_at"] for one in pages["content"]["announced"]]
    pages["content"] = replaced(pages["content"], text)
    for one, moment in zip(pages["content"]["announced"], moments, strict=True):
        one["updated_at"] = moment
    return contents


PLAIN_PAGES = skeleton(formats.plan(with_homepage("x"), "html", output.drawn_homepage(with_homepage("x"))))


@examples(9)
@given(text=HOSTILE.filter(lambda text: text.strip()))
def test_no_value_breaks_out_of_the_pages_in_it(text: str) -> None:
    changed = with_homepage(text)
    page = formats.plan(changed, "html", output.drawn_homepage(changed))
    assert skeleton(page) == PLAIN_PAGES
    assert sum(isinstance(one, list) for one in PLAIN_PAGES) == 4
    page.encode()


@pytest.mark.parametrize("value", ['"><script>x</script>', "]]>", "' onload='x", "</style><script>", "</iframe>"])
def test_what_is_hostile_is_shown_as_it_is(value: str) -> None:
    page = formats.plan(replaced(document("first-apply-allowed"), value), "html")
    assert "<script" not in page
    assert value in unescape(page)


def test_the_page_may_do_nothing_but_be_seen() -> None:
    contents = document("first-apply-allowed")
    page = formats.plan(contents, "html", output.drawn_homepage(contents))
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = [one.split()[0] + (" none" if "'none'" in one else "") for one in policy.split("; ")]
    assert rules == ["default-src none", "style-src", "base-uri none", "form-action none"]
    assert not re.search(r"<(script|link|img|base|object|embed|form)\b|\b(href|src|style|on\w+)=", page)
    assert page.count('<iframe sandbox=""') == 4


def test_where_no_workspace_can_be_run_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NEEDED", ("a_package_that_nobody_has",))
    contents = document("first-apply-allowed")
    why = output.drawn_homepage(contents)
    assert isinstance(why, str)
    page = formats.plan(contents, "html", why)
    assert "<iframe" not in page
    assert f"The pages are not drawn here: {why}." in unescape(page)
    assert "tickets_portal  new" in page


def test_pages_of_a_version_to_come_are_not_drawn() -> None:
    contents = document("first-apply-allowed")
    contents["pages"]["after"] = {"live": True, "layers": []}
    contents["digest"] = digest(contents)
    assert "not described as this version knows it" in str(output.drawn_homepage(contents))


def crowd(count: int) -> dict[str, Any]:
    return {"count": count, "sample": [f"person-{number}" for number in range(min(count, 5))]}


def access(everybody: int, kept: int, gained: int, lost: int) -> dict[str, Any]:
    none = {"count": 0, "sample": []}
    sides = {"before": {"count": kept + lost, "own_only": 0}, "after": {"count": kept + gained, "own_only": 0}}
    others = dict.fromkeys(("sees_more", "sees_less", "without_company", "companies_gained", "companies_lost"), none)
    return {"people": everybody, **sides, "gained": crowd(gained), "lost": crowd(lost), **others}


@pytest.mark.parametrize(
    ("numbers", "marks", "scale"),
    [
        ((3, 1, 1, 1), (1, 1, 1), "One mark is one person."),
        ((3, 0, 3, 0), (0, 3, 0), "One mark is one person."),
        ((120, 100, 20, 0), (100, 20, 0), "One mark is one person."),
        ((121, 100, 21, 0), (50, 10, 0), "One mark is 2 people"),
        ((1_000_000, 0, 1_000_000, 0), (0, 100, 0), "One mark is 10,000 people"),
        ((1_000_000, 999_998, 1, 1), (100, 1, 1), "One mark is 10,000 people"),
        ((50_000_000, 3, 0, 40), (3, 0, 40), "One mark is one person."),
    ],
)
def test_the_picture_is_to_scale(numbers: tuple[int, int, int, int], marks: tuple[int, int, int], scale: str) -> None:
    shown = str(people.section(access(*numbers)))
    picture = re.findall(r'<svg role="img".*?</svg>', shown)[0]
    names = ("kept", "gained", "lost")
    assert tuple(picture.count(f'class="mark {name}"') for name in names) == marks
    assert scale in picture
    for name, said in zip(names, ("keep", "gain", "lose"), strict=True):
        number = f"{dict(zip(names, numbers[1:], strict=True))[name]:,}"
        assert f"<strong>{number}</strong> {said} access" in shown
        assert f"{number} {said}" in picture
    shares = [float(one) for one in re.findall(r'width="([\d.]+)%" height="100%" rx', shown)]
    assert all(0.6 <= one <= 100 for one in shares)


def test_where_nobody_gains_or_loses_there_is_no_picture() -> None:
    assert people.section(None) is None
    assert 'role="img"' not in str(people.section(access(10, 4, 0, 0)))


def test_a_large_plan_stays_readable() -> None:
    contents = document("first-apply-allowed")
    (change,) = [one for one in contents["changes"] if one["address"].startswith("audience/")]
    contents["changes"] = [{**deepcopy(change), "id": str(number)} for number in range(1, 301)]
    page = outline(formats.plan(contents, "html"))
    assert page.count("Show the request") == 300
    assert "and 288 more" in page


def test_what_surrounds_the_changes() -> None:
    contents = document("first-apply-allowed")
    moments = [
        {"id": one["id"], "outcome": "applied", "can_open": 26, "more_than_before": 26, "more_than_after": 0}
        for one in contents["changes"]
    ]
    rule = {"address": "identity", "field": None, "reason": "an experiment", "owner": "ada", "until": "2027-01-31"}
    source = {"file": "portal.yaml", "line": 3, "column": 5, "text": "  - address: identity"}
    contents |= {
        "simulation": {"outcome": "applied", "moments": moments},
        "ignored": [{**rule, "differences": 1, "source": source}],
        "drift": [{**document("audience-changed-by-hand")["drift"][0], "by": None, "origin": "conflict"}],
    }
    contents["prerequisites"][1] |= {"status": "unmet"}
    contents["expectations"][0] |= {"holds": False, "reason": "Ada is in no company"}
    page = formats.plan(contents, "html")
    text = outline(page)
    for said in (
        "Tried on a sandbox",
        "7 homepage/acme",
        "26 can open the portal",
        "identity all fields portal.yaml:3",
        "until 2027-01-31, ada: an experiment",
        "Coverage: 15 of 58 live fields declared",
        "by somebody the log no longer names",
        "the file changed too: an apply writes the value of the file",
        "Set help_center.live to true.",
        "Ada is in no company",
    ):
        assert said in text
    # What is wrong is not folded.
    opened = [re.sub("<[^>]+>", "", one) for one in re.findall(r"<details open><summary>(.*?)</h2>", page)]
    assert opened == ["Required settings", "Expectations"]


def test_a_promotion_says_where_it_was_proven_and_how_environments_differ() -> None:
    page = formats.plan(document("first-apply-allowed") | {"promotion": PROMOTION, "environment": "production"}, "html")
    text = outline(page)
    for said in (
        "Promoted from staging",
        "Receipt r5 in Acme staging, Help Center acme (https://workspace.staging.example), live since",
        "not met",
        "Mara <b> answers for it: seen by hand",
        "| Field | staging, live | production, live | production, to be | Difference",
        "custom_domain | help.staging.example | not set | help.acme.example | changes declared for staging",
        "homepage/acme publish | true | false | not managed | not declared",
        "1 more managed field is the same in both.",
        "guards.max_access_lost",
        "Waived verified: it was not verified",
    ):
        assert said in text
    assert "Run portal verify." not in text
