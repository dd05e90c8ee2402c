"""The changes of a plan document and their dependencies, as Mermaid and as DOT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.plain import line, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.plan import FailedPlan, PlanDocument

_MOST = 120
_SYMBOL = {"create": "+", "update": "~", "delete": "-"}


def mermaid(document: PlanDocument | FailedPlan) -> str:
    """Write a Mermaid flowchart, with arrows from prerequisites to dependents."""
    lines = ["flowchart LR"]
    lines += [f'  {name}["{_entities(label)}"]' for name, label in _nodes(document)]
    lines += [f"  {first} --> {then}" for first, then in _edges(document)]
    return "\n".join(lines) + "\n"


def dot(document: PlanDocument | FailedPlan) -> str:
    """Write a directed graph for Graphviz, with arrows from prerequisites to dependents."""
    lines = ["digraph plan {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f'  {name} [label="{_backslashes(label)}"];' for name, label in _nodes(document)]
    lines += [f"  {first} -> {then};" for first, then in _edges(document)]
    return "\n".join((*lines, "}")) + "\n"


def _nodes(document: PlanDocument | FailedPlan) -> Iterator[tuple[str, str]]:
    for number, change in enumerate(document["changes"], start=1):
        risky = " !" if change["risks"] != ["none"] else ""
        label = f"{change['id']} {_SYMBOL[change['action']]} {change['title']}: {change['address']}{risky}"
        yield f"c{number}", short(line(label), _MOST)


def _edges(document: PlanDocument | FailedPlan) -> Iterator[tuple[str, str]]:
    names = {change["id"]: f"c{number}" for number, change in enumerate(document["changes"], start=1)}
    for change in document["changes"]:
        yield from ((names[need], names[change["id"]]) for need in change["needs"] if need in names)


def _entities(label: str) -> str:
    # Mermaid writes character references with # in place of &#; quotes, fences and comments begin with none of these.
    return "".join(text if text.isalnum() or text in " /.,~+-=()…" else f"#{ord(text)};" for text in label)


def _backslashes(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"')
