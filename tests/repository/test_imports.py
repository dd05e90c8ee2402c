"""The arrows of the architecture: who may import whom, and what the command must not load to start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECONCILER = ROOT / "reconciler"


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, at whatever depth and for whatever purpose."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return names


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


KNOW_BOTH = {
    "reconciler/target/local.py",
    "reconciler/target/embedded.py",
    "reconciler/target/screens.py",
    "reconciler/cli/commands/serve.py",
    "reconciler/cli/commands/secret.py",
    "reconciler/cli/commands/token.py",
    "reconciler/cli/support/database.py",
}


def test_the_packages_do_not_know_each_other() -> None:
    for path in modules("reconciler"):
        if str(path.relative_to(ROOT)) not in KNOW_BOTH:
            assert not {name for name in imports(path) if name.partition(".")[0] == "workspace"}, path
    for path in modules("workspace"):
        assert not {name for name in imports(path) if name.partition(".")[0] == "reconciler"}, path


SOLE_USERS = {
    "httpx": {
        f"reconciler/target/{name}.py"
        for name in ("http/plain", "http/inside", "http/send", "http/retry", "http/network", "http/admin_api")
    }
    | {"reconciler/operations/verify/browser.py", "reconciler/forge/client.py"},
    "deepdiff": {"reconciler/plan/compare/diff.py"},
    "jsonschema": {"reconciler/config/schema/explain.py", "reconciler/config/schema/messages.py"},
    "dask": {"reconciler/fleet/executors/dask.py"},
    "distributed": {"reconciler/fleet/executors/dask.py"},
}


@pytest.mark.parametrize("library", SOLE_USERS)
def test_a_library_has_one_place(library: str) -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in modules("reconciler")
        if any(name.partition(".")[0] == library for name in imports(path))
    }
    assert users <= SOLE_USERS[library]


PURE = ["rules", "kinds", "plan", "config/desired.py", "config/checks", "apply/document.py", "core/documents.py"]
EFFECTS = {"os", "subprocess", "sys", "socket", "httpx", "time", "random", "shutil", "tempfile"}


@pytest.mark.parametrize("name", PURE)
def test_what_is_pure_cannot_reach_the_world(name: str) -> None:
    paths = [RECONCILER / name] if name.endswith(".py") else sorted((RECONCILER / name).rglob("*.py"))
    assert paths
    for path in paths:
        assert not {one.partition(".")[0] for one in imports(path)} & EFFECTS, path


HEAVY = {"yaml", "jsonschema", "jsonschema_rs", "deepdiff", "httpx", "sqlalchemy", "flask", "asyncio", "email", "ssl"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_the_command_starts_without_what_it_does_not_use(arguments: list[str]) -> None:
    code = (
        "import sys; from reconciler.cli import run; run(sys.argv[1:]);"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert not set(done.stderr.split()) & HEAVY


def test_nothing_is_printed_behind_the_back_of_the_command() -> None:
    for path in [*modules("reconciler"), *modules("workspace")]:
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        assert not [one for one in calls if isinstance(one.func, ast.Name) and one.func.id == "print"], path


def test_the_architecture_page_names_every_package() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in RECONCILER.glob("*/__init__.py")}
    assert len(packages) == 12
    assert not {name for name in packages if f"`{name}`" not in page}


# A folder of one kind of thing, in which a name leads to its module.
FLAT = {
    "reconciler/cli/commands",
    "reconciler/render/text",
    "workspace/database/tables",
    "workspace/database/migrations/versions",
}
MOST_ENTRIES = 12
MOST_LINES = 300
REASON = "Long because"


def test_a_package_is_seen_at_a_glance() -> None:
    folders = {path.parent for package in ("reconciler", "workspace") for path in modules(package)}
    for folder in sorted(folders):
        entries = {path.name for path in folder.iterdir()} - {"__init__.py", "__pycache__", "py.typed"}
        name = str(folder.relative_to(ROOT))
        assert len(entries) <= MOST_ENTRIES or name in FLAT, f"{name} has {len(entries)} entries: group them"


def test_a_long_module_says_why_it_is_long() -> None:
    for path in [*modules("reconciler"), *modules("workspace")]:
        text = path.read_text(encoding="utf-8")
        reason = ast.get_docstring(ast.parse(text)) or ""
        lines = text.count("\n")
        assert lines <= MOST_LINES or REASON in reason, f"{path.relative_to(ROOT)} has {lines} lines: split it"


_UNREASONED = re.compile(r"# noqa(?!: [A-Z]+\d+(, [A-Z]+\d+)* +(\(|- )\S)")
_BROAD = re.compile(r"\bsuppress\(|except \(?(KeyboardInterrupt, )?(Base)?Exception\b")


def test_whatever_is_passed_over_has_a_reason() -> None:
    for path in [*modules("reconciler"), *modules("workspace")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            assert not _UNREASONED.search(line), f"{path}:{number + 1}"
            # A comment, the words of the function, or nothing is passed over at all.
            around = lines[max(0, number - 2) : number + 8]
            said = any("# " in one or '"""' in one or one.strip().startswith("raise") for one in around)
            assert not _BROAD.search(line) or said, f"{path}:{number + 1}"
