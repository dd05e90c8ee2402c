"""Every text that people read on a page is marked, and is in the one catalogue."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment, nodes

from tests.support.golden import assert_golden
from tests.support.sample import ROOT
from workspace.core import texts
from workspace.web.pages import shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = ROOT / "workspace" / "web"
TEMPLATES = sorted(WEB.glob("*/templates/**/*.html"))
MODULES = sorted({*WEB.glob("pages/**/*.py"), *WEB.glob("console/**/*.py")})
SCRIPTS = sorted(WEB.glob("*/static/*.js"))
CATALOGUE = texts.LOCALES / "messages.pot"
MARKS = {"_": 1, "counted": 2}
"""The functions that mark texts, and how many texts each takes."""

_ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')
_TAG = re.compile(r"<[^>]*>")
_READ = re.compile(r'\b(?:aria-label|placeholder|title|alt|data-label)="([^"]*)')
_LETTERS = re.compile(r"[^\W\d_]{2}")
_NO_WORDS = re.compile(r"(https://)?[\w-]+([./?][\w-]+)+/?")
"""An address, a path or a file: nobody would translate it."""
_SHOWN = re.compile(r"[A-Z“][^\W\d_]*([’'\w-]*[ ,.:…?][^/{}<>]*|[a-z]+…?)$|[^\W\d_]+,?( [^\W\d_]+,?){2,}[.:?]?$")
"""What looks like a text in code: it begins with a capital letter, or has three words and no other signs."""
_SPARED = {"Accept", "Origin", "Location", "Strict", "Lax", "Cookie", "Vary", "Referrer-Policy"}


def environment() -> Environment:
    # What marks texts changes how templates are parsed: here they are looked at as they stand.
    return Environment(autoescape=True, **shell.TEMPLATES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_template_holds_no_text_that_is_not_marked(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = environment().parse(source)
    marked = {id(one) for call in tree.find_all(nodes.Call) if _mark(call) for one in call.args}
    constants = [one for one in tree.find_all(nodes.Const) if id(one) not in marked]
    assert [one.value for one in constants if _is_shown(one.value)] == []
    assert list(_said(_markup(source))) == []


def _markup(source: str) -> str:
    """Return a template without what is worked out; a digit stands for each value."""
    kept, inside = "", ""
    for _, kind, text in environment().lex(source):
        if kind.endswith("_begin"):
            kept, inside = kept + ("0" if kind == "variable_begin" else ""), kind
        elif kind.endswith("_end"):
            inside = ""
        elif not inside:
            kept += text
    return kept


def _mark(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in MARKS


def _said(markup: str) -> Iterator[str]:
    """Yield what people would read of some markup."""
    outside = re.sub(r"<code>[^<]*</code>|<!doctype html>", "", markup)
    between = _ATTRIBUTE.sub("", _TAG.sub("\n", outside))
    read = [*_READ.findall(outside), *between.splitlines()]
    yield from (one.strip() for one in read if _LETTERS.search(one) and not _NO_WORDS.fullmatch(one.strip()))


def _is_shown(value: object) -> bool:
    return isinstance(value, str) and value not in _SPARED and _SHOWN.match(value) is not None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_module_holds_no_text_that_is_not_marked(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spared = {id(one) for node in ast.walk(tree) if _spares(node) for one in ast.walk(node)}
    entries = [one for one in ast.walk(tree) if isinstance(one, ast.Constant) and id(one) not in spared]
    assert [f"{one.lineno}: {one.value}" for one in entries if _is_shown(one.value)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(WEB)))
def test_a_script_holds_no_text(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.strip().startswith("//")]
    assert re.findall(r'["`]([A-Z][a-z][^"`]*)["`]', "\n".join(lines)) == []


def _spares(node: ast.AST) -> bool:
    """Return whether what stands in a part of a program is marked, or is not for pages: what the API says, say."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Raise):
        # Of these, pages say what their own catalogue has for the status.
        return "ValueError" not in ast.dump(node)
    called = node.func if isinstance(node, ast.Call) else None
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name in {*MARKS, "ApiError", "Problem", "TypeVar", "WorkspaceError", "Caller"}


def test_the_catalogue_has_every_text() -> None:
    assert_golden(CATALOGUE, catalogue())


def catalogue() -> str:
    places: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in [*TEMPLATES, *MODULES]:
        where = str(path.relative_to(ROOT))
        for message in _of_template(path) if path.suffix == ".html" else _of_module(path):
            if where not in places[message]:
                places[message].append(where)
    entries = [_HEAD]
    for message in sorted(places):
        lines = [f"#: {where}" for where in sorted(places[message])]
        lines += ["#, python-format"] if "%(" in message[0] else []
        lines += [f"msgid {_quoted(message[0])}"]
        lines += [f"msgid_plural {_quoted(message[1])}"] if len(message) > 1 else []
        lines += ['msgstr[0] ""', 'msgstr[1] ""'] if len(message) > 1 else ['msgstr ""']
        entries.append("\n".join(lines))
    return "\n\n".join(entries) + "\n"


_HEAD = '''# Texts of the workspace's pages, in English as they stand in the code. A test keeps it current.
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"'''


def _of_template(path: Path) -> Iterator[tuple[str, ...]]:
    for call in environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
        if _mark(call):
            assert isinstance(call.node, nodes.Name)
            yield tuple(one.value for one in call.args[-MARKS[call.node.name] :] if isinstance(one, nodes.Const))


def _of_module(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            arguments = node.args[-MARKS[node.func.id] :]
            assert all(isinstance(one, ast.Constant) for one in arguments), (path, node.lineno)
            yield tuple(str(one.value) for one in arguments if isinstance(one, ast.Constant))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def test_numbers_are_said_with_their_thousands_and_the_right_form() -> None:
    assert texts.counted(1, "%(num)s person", "%(num)s people") == "1 person"
    assert texts.counted(0, "%(num)s person", "%(num)s people") == "0 people"
    assert texts.counted(12345, "%(num)s person", "%(num)s people") == "12,345 people"


def test_a_text_without_values_is_part_of_the_template() -> None:
    templates = environment()
    texts.install(templates)
    source = (
        '<b title="{{ _("Any & <i>all</i>") }}">{{ _("You") if mine else name }}</b>{{ _("for %(text)s", text=name) }}'
    )
    assert templates.from_string(source).render(mine=True, name="<x>") == (
        '<b title="Any & <i>all</i>">You</b>for &lt;x&gt;'
    )
    assert "Any & <i>all</i>\">'" in str(templates.compile(source, raw=True))
