"""What a review shows of plans: golden texts, and that no value ever is more than a value."""

from __future__ import annotations

import json
import unicodedata
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from click import unstyle
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.core.contract import load_json
from reconciler.core.documents import digest
from reconciler.render import formats, plain, sarif
from reconciler.render.markdown import plan as markdown
from reconciler.render.text import plan as plan_text
from tests.support.examples import examples
from tests.support.golden import assert_golden

DOCUMENTS = sorted((Path(__file__).parents[2] / "cases" / "render").glob("*.json"))
GOLDEN = [(one, "markdown") for one in DOCUMENTS] + [
    (one, name)
    for one in DOCUMENTS
    for name in ("sarif", "junit", "github", "mermaid", "dot")
    if one.stem in ("failed", "first-apply-allowed") and (one.stem != "failed" or name not in ("mermaid", "dot"))
]


def document(name: str) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(
        (Path(__file__).parents[2] / "cases" / "render" / f"{name}.json").read_text("utf-8")
    )
    return contents


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_documents_are_plans(path: Path) -> None:
    contents = document(path.stem)
    jsonschema_rs.validator_for(load_json("plan.schema.json")).validate(contents)
    assert contents["outcome"] == "failed" or contents["digest"] == digest(contents)


@pytest.mark.parametrize(("path", "name"), GOLDEN, ids=lambda one: getattr(one, "stem", one))
def test_a_plan_renders(path: Path, name: str) -> None:
    assert_golden(path.with_suffix(f".{name}.txt"), formats.plan(document(path.stem), name))


FRAGMENTS = [
    *("|", "\n", "\n\n", "\r", "```", "~~~~", "`", "</details>", "<details>", "</summary>", "</code>", "<script>"),
    *("<!--", "-->", "--!>", "**", "_", "__", "a_b", "\\", "[a](b)", "![x](y)", "[a]: b", "&#124;", "&lt;", "$x$"),
    *("# x", "\n# x\n", "\n---\n", "| a | b |\n|---|---|", "@team", "#1", "https://x.example", "<https://x.example>"),
    *("\x00", "\x1b[31m", "\u2028", "\u202e", "]]>", "%0A", "::error::x", '"', "'", "{0}", ":", ",", ";", "- x", "+ x"),
    *("\ud800", "\uffff", "\n::warning::x", "- [ ] x", "~~", "~", "1. x", "\t", "    x", "/", " ", "é", "🙂"),
]
HOSTILE = (
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), min_size=1, max_size=12)
    .map("".join)
    .filter(bool)
)
KEPT = {"action", "severity", "outcome", "status", "purpose", "origin", "risk", "method", "precondition", "kind"}


def replaced(value: Any, text: str, key: str = "") -> Any:
    """Return a document with every text that a file or a workspace may choose replaced by another."""
    match value:
        case dict():
            return {name: replaced(one, text, name) for name, one in value.items()}
        case list() if key in ("risks", "needs"):
            return value
        case list():
            return [replaced(one, text, key) for one in value]
        case str() if key in ("attribute", "id", "format_version") or key in KEPT:
            return value
        case str():
            return text
    return value


class Skeleton(HTMLParser):
    """The tags of a page, without what stands between them."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Of a sentence those words are code that may be names or links.
        if tag == "code" and not attrs:
            return
        self.parts.append(f"<{tag} {attrs}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            return
        self.parts.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        assert data.startswith(" portal plan")
        self.parts.append("<!---->")


def skeleton(text: str) -> list[str]:
    parser = Skeleton()
    parser.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    parser.close()
    return parser.parts


PLAIN = {
    name: [skeleton(markdown.plan(replaced(document(name), text))) for text in ("x", "x\n")]
    for name in ("audience-changed-by-hand", "first-apply-allowed", "failed")
}


@pytest.mark.parametrize("name", PLAIN)
@given(text=HOSTILE)
@examples(30)
def test_no_value_breaks_out_of_the_markdown(name: str, text: str) -> None:
    rendered = markdown.plan(replaced(document(name), text))
    # A command line that cannot be shown as it is, is not shown.
    assert skeleton(rendered) in PLAIN[name]
    assert rendered.partition("\n")[0].count("-->") == 1
    rendered.encode()


@pytest.mark.parametrize("name", PLAIN)
@given(text=HOSTILE)
@examples(12)
def test_no_value_breaks_out_of_the_other_formats(name: str, text: str) -> None:
    plain, hostile = replaced(document(name), "x"), replaced(document(name), text)
    for lines in ("github", "mermaid", "dot"):
        shown = formats.plan(hostile, lines)
        assert len(shown.split("\n")) == len(formats.plan(plain, lines).split("\n"))
        assert "\r" not in shown
        shown.encode()
    assert all(one.startswith("::") for one in formats.plan(hostile, "github").splitlines())
    cases, usual = (ET.fromstring(formats.plan(one, "junit")) for one in (hostile, plain))  # noqa: S314 (our own)
    assert [one.tag for one in cases.iter() if one.tag != "system-out"] == [
        one.tag for one in usual.iter() if one.tag != "system-out"
    ]
    formats.plan(hostile, "sarif").encode()


@pytest.mark.parametrize("name", PLAIN)
@given(text=HOSTILE)
@examples(18)
def test_no_value_reaches_a_terminal_as_it_is(name: str, text: str) -> None:
    usual, hostile = (plan_text.plan(replaced(document(name), one)) for one in ("x", text))
    assert len(hostile.split("\n")) == len(usual.split("\n"))
    assert hostile.count("\x1b") == usual.count("\x1b")
    assert all(one == "\n" or shows_itself(one) for one in unstyle(hostile))


def shows_itself(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


@given(text=HOSTILE)
@examples(60)
def test_every_hidden_character_is_spelled(text: str) -> None:
    shown = plain.line(text)
    assert all(map(shows_itself, shown))
    assert plain.harmless({text: [text, ("a", text)]}) == {shown: [shown, ["a", shown]]}
    assert plain.line(shown) == shown
    written = json.dumps({"said": text}, ensure_ascii=False)
    assert json.loads(plain.spelled(written)) == {"said": text}
    assert all(map(shows_itself, plain.spelled(written)))


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x9b", "\u3164", "\u2800", "\ufe0f", "\U000e0041", "\x1b[2K"])
def test_two_addresses_that_differ_by_what_nobody_sees_are_shown_as_two(hidden: str) -> None:
    assert plain.line(f"a{hidden}b@examply.com") not in ("ab@examply.com", f"a{hidden}b@examply.com")


def test_colours_of_our_own_stay_and_other_sequences_do_not() -> None:
    assert plain.coloured("\x1b[31mred\x1b[0m\x1b[2K\rgone\nnext") == "\x1b[31mred\x1b[0m\\u{1b}[2K⏎gone\nnext"


def with_list(before: list[str], after: list[str]) -> dict[str, Any]:
    """Return a plan whose first change is of an audience that names people."""
    contents = document("audience-changed-by-hand")
    rules = [{"attribute": "person.email", "is": one if len(one) > 1 else one[0]} for one in (before, after)]
    field = {"field": "rule", "before": rules[0], "after": rules[1], "declared": rules[1]}
    contents["changes"][0]["fields"] = [{**contents["changes"][0]["fields"][0], **field}]
    return contents


def test_a_changed_list_is_shown_item_by_item() -> None:
    before = [f"person-{number:03}@examply.com" for number in range(300)]
    after = sorted([*before[:150], *before[151:], "person-150@evil.example"])
    for name in ("markdown", "html"):
        shown = formats.plan(with_list(before, after), name)
        assert "person-150@evil.example" in shown.replace("&#64;", "@")
        assert "150 values as before" in shown
        assert "person-149" not in shown.partition("Changed by somebody")[0].partition("How to go on")[0]
    lines = unstyle(plan_text.plan(with_list(before, after))).splitlines()
    marked = [one.split() for one in lines if "person-150" in one]
    assert marked == [["-", '"person-150@examply.com"'], ["+", '"person-150@evil.example"']]
    # Somebody is left alone: a list becomes one value.
    lines = unstyle(plan_text.plan(with_list(before[:2], before[:1]))).splitlines()
    assert [one.split() for one in lines if "person-001" in one] == [["-", '"person-001@examply.com"']]


def test_annotations_escape_what_github_takes_apart() -> None:
    contents = document("failed")
    contents["diagnostics"][0] |= {"code": "a:b,c", "summary": "100%: a, b\r\nc", "remedy": ""}
    contents["diagnostics"][0]["source"] |= {"file": "a,b:c%.yaml"}
    first = formats.plan(contents, "github").splitlines()[0]
    assert first == "::error file=a%2Cb%3Ac%25.yaml,line=12,col=9,title=a%3Ab%2Cc::100%25: a, b%0Ac"


def large(count: int) -> dict[str, Any]:
    contents = document("first-apply-allowed")
    (change,) = [one for one in contents["changes"] if one["address"].startswith("audience/")]
    changes = []
    for number in range(1, count + 1):
        one = deepcopy(change)
        changes.append({**one, "id": str(number), "address": f"audience/number-{number}-"})
    diagnostic = {**document("failed")["diagnostics"][0], "severity": "warning", "summary": "|" * 500}
    return {**contents, "changes": changes, "diagnostics": [diagnostic] * count}


@pytest.mark.slow
@pytest.mark.parametrize("count", [30, 100, 3000])
def test_a_large_plan_is_cut_where_it_stays_whole(count: int) -> None:
    rendered = markdown.plan(large(count))
    assert len(rendered) <= markdown.MOST == 65_536
    assert "left out here" in rendered
    rows = [one for one in rendered.splitlines() if one.startswith("| <code>")]
    assert "number-1-<" in rows[0]
    assert f"number-{count}-<" in rows[-1]
    assert rendered.count("<details>") == rendered.count("</details>") >= 1
    assert rendered.count("\n```") % 2 == 0
    assert rendered.endswith("```\n")
    outline = skeleton(rendered)
    assert outline.count("<table []>") == 1
    assert len([one for one in outline if one.startswith("<pre")]) == rendered.count("\n```") // 2


def test_a_plan_of_the_usual_size_is_not_cut() -> None:
    assert "left out" not in markdown.plan(document("first-apply-allowed"))


def test_a_comment_is_found_by_file_and_environment() -> None:
    failed, made = document("failed"), document("everyone") | {"environment": "staging"}
    first = {markdown.plan(one).partition("\n")[0] for one in (failed, made)}
    assert first == {"<!-- portal plan file=portal.yaml environment=staging -->"}
    assert markdown.marker("a--->b c.yaml", None) == "<!-- portal plan file=a-%2D-%3Eb%20c.yaml -->"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_sarif_is_as_code_scanning_wants_it(path: Path) -> None:
    contents = document(path.stem)
    log = sarif.log(contents)
    (run,) = log["runs"]
    assert (log["version"], set(log)) == ("2.1.0", {"$schema", "version", "runs"})
    driver = run["tool"]["driver"]
    rules = driver["rules"]
    assert driver["name"] == "portal"
    assert len({one["id"] for one in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
    risky = sum(risk != "none" for change in contents["changes"] for risk in change["risks"])
    everyone = sum(one["ruleId"] == "risk-everyone" for one in run["results"])
    assert everyone == (path.stem == "everyone")
    assert len(run["results"]) == len(contents["diagnostics"]) + risky + everyone
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "portal.yaml"
        assert place["physicalLocation"]["region"]["startLine"] >= 1


def test_a_blocked_or_failed_plan_fails_in_a_test_report() -> None:
    for path in DOCUMENTS:
        contents = document(path.stem)
        suites = ET.fromstring(formats.plan(contents, "junit"))  # noqa: S314 (our own)
        assert suites.get("failures") == str(len([*suites.iter("failure")]))
        assert suites.get("tests") == str(len([*suites.iter("testcase")]))
        assert bool([*suites.iter("failure")]) == (contents["outcome"] in ("blocked", "failed"))
