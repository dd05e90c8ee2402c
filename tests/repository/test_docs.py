"""Prose is checked: pages written from the code are current, links lead somewhere, commands and examples work."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import pytest

from reconciler.cli import app as cli
from reconciler.cli import help as manual
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.kinds.registry import KINDS
from tests.reconciler.cli.conftest import Place, serving
from tests.support import documents, documents_schemas, stories
from tests.support.golden import assert_golden
from tests.support.sample import ROOT, template
from workspace.database.engine import engine_for, writing
from workspace.identity import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_the_command_line_is_documented() -> None:
    assert_golden(ROOT / "docs" / "command-line.md", documents.command_line())


def test_every_diagnostic_is_documented() -> None:
    assert_golden(ROOT / "docs" / "diagnostics.md", documents.diagnostics())


def test_the_architecture_is_drawn_from_the_imports() -> None:
    path = ROOT / "docs" / "architecture.md"
    assert_golden(path, documents.architecture(path.read_text(encoding="utf-8")))


def test_files_that_the_architecture_names_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:reconciler|workspace|docs|tests|schemas)/[\w/.-]*)`", text)
    assert len(named) > 20
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_a_term_is_defined_once() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = [one for row in re.findall(r"^\| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE) for one in row.split(", ")]
    assert len(terms) > 60
    assert sorted(one for one in set(terms) - {"term"} if terms.count(one) > 1) == []


def test_every_exit_code_is_documented() -> None:
    assert_golden(ROOT / "docs" / "exit-codes.md", documents.exit_codes())


def test_every_key_of_the_configuration_is_documented() -> None:
    assert_golden(ROOT / "docs" / "configuration-keys.md", documents_schemas.configuration_keys())


def test_every_key_of_the_configuration_says_what_it_means() -> None:
    schema = documents_schemas.configuration()
    for name, one in [("the file", schema), *schema["$defs"].items()]:
        for key, value in documents_schemas.keys(one):
            assert documents_schemas.said(value, schema["$defs"]), f"{key} of {name} is not described"


def test_the_admin_api_is_documented() -> None:
    assert_golden(ROOT / "docs" / "admin-api.md", documents_schemas.admin_api())


def test_every_field_in_intercom_is_documented() -> None:
    assert_golden(ROOT / "docs" / "intercom-fields.md", documents.intercom_fields())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("https://", "http://127.0.0.1:")):
            continue
        path, _, anchor = link.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page.name} links to {link}"


NAMED = [
    (page.name, *named)
    for page in PAGES
    for named in re.findall(
        r"^\| `(test_\w+)` \| `(tests/[\w/]+\.py)` \|$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
]


@pytest.mark.parametrize(("name", "test", "path"), NAMED)
def test_tests_that_a_page_names_are_there(name: str, test: str, path: str) -> None:
    assert f"\ndef {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{name} names {path}::{test}"


def test_every_law_names_what_holds_it() -> None:
    text = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")
    laws = re.split(r"^## (\d+)\. ", text, flags=re.MULTILINE)[1:]
    assert laws[::2] == [str(number) for number in range(1, 12)]
    assert all("| `test_" in law for law in laws[1::2])


def fenced(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


KINDS_PAGE = ROOT / "docs" / "adding-a-kind.md"
EXCERPTS = re.findall(r"^`([^`\n]+)`\n\n```\w+\n(.*?)^```", KINDS_PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "text"), EXCERPTS)
def test_the_page_about_kinds_shows_files_as_they_are(name: str, text: str) -> None:
    assert text.rstrip() in (ROOT / name).read_text(encoding="utf-8")


def test_the_page_about_kinds_shows_each_step() -> None:
    assert len(EXCERPTS) == 6


def test_the_page_about_kinds_names_each_kind() -> None:
    page = KINDS_PAGE.read_text(encoding="utf-8")
    assert [name for name in KINDS if f"| `{name}` | `{name}" not in page] == []


CONFIGURATIONS = [(page.name, text) for page in PAGES for text in fenced(page, "yaml") if text.startswith("version: 1")]


@pytest.mark.parametrize(("name", "text"), CONFIGURATIONS)
def test_configurations_in_the_pages_are_valid(name: str, text: str) -> None:
    assert semantics.validate(source.parse(text, name)) == ()


def test_the_example_is_valid() -> None:
    assert semantics.validate(source.load(str(ROOT / "examples" / "portal.yaml"))) == ()


STORIES = ("environments.md", "fleets.md", "promoting.md", "recovering.md", "sharing.md", "tutorial.md")
"""Pages whose commands make sense only one after another."""


@pytest.mark.parametrize("name", STORIES)
def test_what_a_page_tells_can_be_done_and_prints_what_it_shows(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "story"
    folder.mkdir()
    stories.told(ROOT / "docs" / name, folder, update=bool(os.environ.get("UPDATE_GOLDEN")))


def commands() -> list[str]:
    """Return every `portal` command line that a reader may copy, but for those that go elsewhere or stay running."""
    by_name: dict[str, None] = {}
    for page in PAGES:
        if page.name in STORIES:
            continue
        text = page.read_text(encoding="utf-8")
        for line in re.findall(r"^\$ (portal .+?)(?:\s+#.*)?$", text, re.MULTILINE):
            by_name[line] = None
        for line in re.findall(r"^\| .* \| `(portal [^`]+)`", text, re.MULTILINE):
            by_name[line] = None
    return [line for line in by_name if "https://" not in line and "portal serve" not in line]


# The example opens a portal that nobody could open: plan is blocked until that is allowed, apply and undo ask, and
# verify finds that nobody gets in, or has no secret to log in with.
EXPECTED = {
    "promote": (7,),
    "ci": (0, 64),
    "plan": (0, 3),
    "apply": (0, 3, 8, 64),
    "undo": (0, 3, 64),
    "verify": (3, 64),
    "status": (2,),
    "publish": (7, 64),
    "fetch": (64,),
    "drift": (0, 1, 3, 64),
    "init": (0, 1),
    "fmt": (0, 1),
    "token": (0, 1),
    "task": (0, 3, 8),
    "tasks": (0, 8),
}


@pytest.mark.parametrize("line", commands())
def test_commands_in_the_pages_work(line: str, tmp_path: Path) -> None:
    (tmp_path / ".portal").mkdir()
    shutil.copy(template(), tmp_path / ".portal" / "workspace.db")
    for database in ("acme.db", "workspace.db"):
        shutil.copy(template(), tmp_path / database)
    (tmp_path / "portals").mkdir()
    for name in ("portal.yaml", "acme.yaml", "portals/acme.yaml"):
        shutil.copy(ROOT / "examples" / "portal.yaml", tmp_path / name)
    _, verb, *arguments = shlex.split(line.partition(" > ")[0])
    with prepared(tmp_path, line) as place:
        work(place, verb, arguments)


INTERCOM_PAGE = ROOT / "docs" / "intercom.md"
NO_SECRET = "sec_0123456789abcdef"


@contextmanager
def prepared(folder: Path, line: str) -> Iterator[Place]:
    """Give a place in which a command of the pages works, with a workspace on loopback for its environment."""
    verbs = ("portal mirror ", "portal intercom ", "portal init --from intercom", "portal task ", "portal tasks ")
    is_intercom = line.startswith(verbs) or f"$ {line}\n" in INTERCOM_PAGE.read_text("utf-8")
    if not (is_intercom or line.startswith("portal status -e production")):
        yield Place(folder)
        return
    shutil.copy(template(), folder / "served.db")
    engine = engine_for(folder / "served.db")
    with writing(engine) as connection:
        token = tokens.create(connection, "production", "read", now=0)
    engine.dispose()
    with serving(str(folder / "served.db")) as url:
        if is_intercom:
            (text,) = (one for one in fenced(INTERCOM_PAGE, "yaml") if one.startswith("version: 1"))
            environment = {"INTERCOM_TOKEN": token, "PORTAL_INTERCOM_URL": url}
        else:
            example = (ROOT / "examples" / "portal.yaml").read_text(encoding="utf-8")
            text = example.replace("https://workspace.acme.example", url)
            environment = {"PORTAL_PRODUCTION_TOKEN": token}
        (folder / "portal.yaml").write_text(text, encoding="utf-8")
        if line.startswith("portal init"):
            (folder / "portal.yaml").unlink()
        yield Place(folder, environment=environment)


def work(place: Place, verb: str, arguments: list[str]) -> None:
    """Assert that a command ends as it should, after those that the reader has run before it."""
    if NO_SECRET in arguments:
        assert place.portal("secret", "create", "app", "--db", "acme.db").code == 0
        (secret,) = re.findall(r"sec_\w+", place.portal("secret", "list", "--db", "acme.db").out)
        arguments = [secret if one == NO_SECRET else one for one in arguments]
    if "r1" in arguments:
        assert place.portal("apply", "--yes", "--allow", "widens_access").code == 0
    if "plan.json" in arguments and "--out" not in arguments:
        assert place.portal("plan", "--allow", "widens_access", "--out", "plan.json").code == 0
    if "drift.json" in arguments:
        (place.folder / "drift.json").write_text(place.portal("drift", "--format", "json").out)
    if "tasks.json" in arguments:
        (place.folder / "tasks.json").write_text(place.portal("tasks", "--format", "json").out)
    if verb == "task":
        assert place.portal("apply", "-e", "production", "--yes", "--allow", "widens_access").code == 8
    if "portal.schema.json" in arguments:
        (place.folder / "portal.schema.json").write_text(place.portal("schema", "portal").out)
    done = place.portal(verb, *arguments)
    assert done.code in EXPECTED.get(verb, (0,)), done.err
    if verb.startswith("--"):
        return
    command = cli.portal.get_command(click.Context(cli.portal), verb)
    assert command is not None
    assert verb in ("token", "task") or done.code in manual.sections(command)[1]


def test_what_the_demo_runs_works(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\t@?\$\(BIN\)/portal (apply .+)$", makefile, re.MULTILINE)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    place = Place(tmp_path)
    first, again = (place.portal(*shlex.split(line)) for _ in range(2))
    assert (first.code, again.code) == (0, 0)
    assert first.out.endswith("The tickets portal is live at https://help.acme.example/en/tickets-portal\n")
    assert again.out.startswith("No changes.")
