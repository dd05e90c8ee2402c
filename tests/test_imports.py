"""The arrows of the architecture: who may import whom, and what the command must not load to start."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECONCILER = ROOT / "reconciler"

# The pipeline of `reconciler/__init__.py`, a rank a line: a module imports only from its own rank or above.
RANKS = [
    ["diagnostics", "errors", "codes", "advice", "resources", "commit", "wording"],
    ["attributes", "rules", "sequences", "pairing"],
    ["source", "nodes", "scalars", "secrets"],
    ["declared"],
    ["branches"],
    ["phrases"],
    ["explain"],
    ["schema"],
    ["overrides", "may_differ", "resolved"],
    ["environments"],
    ["checks"],
    ["semantics", "fmt", "edits"],
    ["config"],
    ["state"],
    ["kinds"],
    ["diff"],
    ["ignoring"],
    ["coverage"],
    ["prerequisites"],
    ["order", "impact"],
    ["foresight"],
    ["expectations", "guards"],
    ["way_back"],
    ["pages"],
    ["plan"],
    ["changes", "concerns", "cautions"],
    ["planfile"],
    ["mandate", "verify"],
    ["rebase", "undo"],
    ["targets"],
    ["leases", "receipts", "aftermath"],
    ["saved"],
    ["planning", "apply", "verification"],
    ["simulation", "adopt", "pull", "starting", "promotion"],
    ["forge"],
    ["onward"],
    ["resultfile"],
    ["fulfil"],
    ["fleet"],
    ["render"],
    ["cli"],
]


def rank_of(part: str) -> int:
    for rank, parts in enumerate(RANKS):
        if part in parts:
            return rank
    # A module that belongs to one of those above, such as `schema_words` to `schema`, ranks with it.
    for rank, parts in enumerate(RANKS):
        if any(part.startswith(f"{one}_") for one in parts):
            return rank
    pytest.fail(f"reconciler.{part} has no place in the pipeline")


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, at whatever depth and for whatever purpose."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(RECONCILER).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules("reconciler"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pipeline_is_imported_one_way(path: Path) -> None:
    if part(path) == "__init__":
        assert not {name for name in imports(path) if name.startswith("reconciler")}
        return
    for name in imports(path):
        if name.startswith("reconciler."):
            imported = name.split(".")[1]
            if (RECONCILER / imported).is_dir() or (RECONCILER / f"{imported}.py").exists():
                assert rank_of(imported) <= rank_of(part(path)), f"{path} imports {name}"


KNOW_BOTH = {
    "reconciler/targets/local.py",
    "reconciler/targets/embedded.py",
    "reconciler/cli/serve.py",
    "reconciler/cli/token.py",
    "reconciler/cli/workspaces.py",
}


def test_the_packages_do_not_know_each_other() -> None:
    for path in modules("reconciler"):
        if str(path.relative_to(ROOT)) not in KNOW_BOTH:
            assert not {name for name in imports(path) if name.partition(".")[0] == "workspace"}, path
    for path in modules("workspace"):
        assert not {name for name in imports(path) if name.partition(".")[0] == "reconciler"}, path


SOLE_USERS = {
    "httpx": {f"reconciler/targets/{name}.py" for name in ("attempt", "browse", "embedded", "patience", "rest")}
    | {"reconciler/forge/wire.py"},
    "deepdiff": {"reconciler/diff.py"},
    "jsonschema": {"reconciler/explain.py", "reconciler/phrases.py"},
    "dask": {"reconciler/fleet_dask.py"},
    "distributed": {"reconciler/fleet_dask.py"},
}


@pytest.mark.parametrize("library", SOLE_USERS)
def test_a_library_has_one_place(library: str) -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in modules("reconciler")
        if any(name.partition(".")[0] == library for name in imports(path))
    }
    assert users <= SOLE_USERS[library]


PURE = [
    "rules",
    "config",
    "state",
    "diff",
    "ignoring",
    "coverage",
    "prerequisites",
    "order",
    "impact",
    "foresight",
    "guards",
    "plan",
    "planfile",
    "way_back",
    "pages",
    "undo",
    "mandate",
]
EFFECTS = {"os", "subprocess", "sys", "socket", "httpx", "time", "random", "shutil", "tempfile"}


@pytest.mark.parametrize("name", [*PURE, "kinds", "cautions", "changes", "concerns", "expectations", "resultfile"])
def test_what_is_pure_cannot_reach_the_world(name: str) -> None:
    paths = sorted((RECONCILER / name).rglob("*.py")) or [RECONCILER / f"{name}.py"]
    for path in paths:
        assert not {one.partition(".")[0] for one in imports(path)} & EFFECTS, path
        assert "reconciler.targets" not in {one.rpartition(".")[0] for one in imports(path)}, path


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


def test_the_architecture_page_names_every_module() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    parts = {part(path) for path in modules("reconciler")} - {"__init__"}
    assert not {name for name in parts if f"`{name}`" not in page}
