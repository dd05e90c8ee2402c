"""Names that one Python takes for another: what the newest tools do not find, and the oldest interpreter does."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp


def names_of_module(tree: ast.Module) -> set[str]:
    """Return the names of a module's functions, classes and imports."""
    nodes = [node for node in tree.body if isinstance(node, FUNCTION | ast.ClassDef)]
    imported = [
        alias for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    ]
    return {node.name for node in nodes} | {alias.asname or alias.name for alias in imported}


def variables(comprehension: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> set[str]:
    """Return the names that a comprehension binds."""
    targets = [node for generator in comprehension.generators for node in ast.walk(generator.target)]
    return {node.id for node in targets if isinstance(node, ast.Name)}


def mistaken(tree: ast.Module) -> Iterator[str]:
    """Yield the variables of comprehensions whose name their function also reads from its module.

    Python 3.12 makes a comprehension a part of its function, and some of its releases then take one for the other.
    """
    known = names_of_module(tree)
    for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTION)):
        nodes = list(ast.walk(function))
        own = [node for node in nodes if isinstance(node, COMPREHENSION)]
        suspects = known & set().union(*map(variables, own))
        if not suspects:
            continue
        inside = {
            (part, name)
            for node in nodes
            if isinstance(node, COMPREHENSION | ast.GeneratorExp)
            for name in suspects & variables(node)
            for part in ast.walk(node)
        }
        names = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
        read = {node.id for node in names if (node, node.id) not in inside}
        yield from (f"{function.name}: {name}" for name in suspects & read)


@pytest.mark.slow
def test_no_comprehension_takes_the_name_of_a_function_that_its_own_function_calls() -> None:
    paths = sorted(path for package in ("reconciler", "workspace") for path in (ROOT / package).rglob("*.py"))
    entries = [f"{path.relative_to(ROOT)}: {text}" for path in paths for text in mistaken(ast.parse(path.read_text()))]
    assert entries == []


def test_such_a_comprehension_is_found() -> None:
    tree = ast.parse(
        "def rank(x): return 1\ndef both(a):\n    r = [rank(x) for x in a]\n    return [rank for rank in r]\n"
    )
    assert list(mistaken(tree)) == ["both: rank"]
