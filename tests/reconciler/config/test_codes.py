"""Every code that a diagnostic carries is described, and every described one is carried by some."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.codes import CODES, advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECONCILER = Path(__file__).parents[3] / "reconciler"
MAKERS = {"error", "warning", "Diagnostic", "Finding", "Problem", "_note", "_stop", "_unusable"}


@cache
def nodes() -> list[ast.AST]:
    """Return every node of every module."""
    paths = [path for path in sorted(RECONCILER.rglob("*.py")) if path.name != "codes.py"]
    return [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]


def literals(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def carried() -> Iterator[str]:
    """Yield the literal codes that are handed to whatever makes a diagnostic."""
    for node in (node for node in nodes() if isinstance(node, ast.Call)):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in MAKERS:
            for argument in (*node.args[:1], *(one.value for one in node.keywords if one.arg == "code")):
                if isinstance(argument, ast.Constant | ast.IfExp):
                    yield from literals(ast.walk(argument))


def test_what_is_carried_is_described() -> None:
    assert sorted(set(carried()) - set(CODES)) == []


def test_what_is_described_is_carried() -> None:
    assert sorted(set(CODES) - literals(nodes())) == []


def test_codes_stand_in_the_order_of_the_alphabet_each_with_its_remedy() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(advice(code).remedy for code in CODES)


def test_codes_are_names_and_descriptions_are_sentences() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in CODES)
    assert all(text[0].isupper() or text[0] == "`" for text in CODES.values())
    assert all(text.endswith(".") for text in CODES.values())
