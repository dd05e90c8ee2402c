"""Draw the packages of `reconciler/` and `workspace/` with their imports, as text for `docs/architecture.md`.

Run `python docs/packages.py` to see it; `tests/repository/test_docs.py` keeps the page true.
"""

from __future__ import annotations

import click
import grimp

Arrows = dict[str, set[str]]


def arrows(root: str) -> Arrows:
    """Return the packages that each package of a root imports; imports for types count."""
    graph = grimp.build_graph(root, cache_dir=None)
    packages = [child for child in graph.find_children(root) if graph.find_children(child)]
    return {
        _short(one): {
            _short(other)
            for other in packages
            if other != one and graph.direct_import_exists(importer=one, imported=other, as_packages=True)
        }
        for one in packages
    }


def floors(found: Arrows) -> list[list[str]]:
    """Return the packages floor by floor, the ground first: each stands above all that it imports."""
    placed: dict[str, int] = {}
    while len(placed) < len(found):
        ready = [one for one, below in found.items() if one not in placed and below <= placed.keys()]
        if not ready:
            raise ValueError(f"a circle among {', '.join(sorted(found.keys() - placed.keys()))}")
        for one in ready:
            placed[one] = 1 + max((placed[other] for other in found[one]), default=0)
    return [sorted(one for one in placed if placed[one] == floor) for floor in range(1, max(placed.values()) + 1)]


def drawing(root: str) -> str:
    """Return the drawing of a root: a line for each package, the highest floor first, with what it imports."""
    found = arrows(root)
    width = max(map(len, found))
    lines = [f"{root}/"]
    for floor, packages in reversed([*enumerate(floors(found), start=1)]):
        for place, one in enumerate(packages):
            number = f"{floor:>2}" if place == 0 else "  "
            below = _nearest(one, found)
            lines.append(f"{number}  {one:<{width}}{'  → ' + ', '.join(below) if below else ''}".rstrip())
    return "\n".join(lines)


def _nearest(one: str, found: Arrows) -> list[str]:
    """Return what a package imports that nothing else which it imports leads to."""
    led: set[str] = set()
    for other in found[one]:
        led |= _reached(other, found)
    return sorted(found[one] - led)


def _reached(one: str, found: Arrows) -> set[str]:
    return found[one] | {further for other in found[one] for further in _reached(other, found)}


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def both() -> str:
    """Return the drawings of both packages, as the page shows them."""
    return "\n\n".join(drawing(root) for root in ("reconciler", "workspace"))


if __name__ == "__main__":
    click.echo(both())
