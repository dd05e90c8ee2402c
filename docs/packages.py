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
        _short(package): {
            _short(other)
            for other in packages
            if other != package and graph.direct_import_exists(importer=package, imported=other, as_packages=True)
        }
        for package in packages
    }


def floors(imports: Arrows) -> list[list[str]]:
    """Return the packages floor by floor, the ground first: each stands above all that it imports."""
    placed: dict[str, int] = {}
    while len(placed) < len(imports):
        ready = [package for package, below in imports.items() if package not in placed and below <= placed.keys()]
        if not ready:
            raise ValueError(f"a circle among {', '.join(sorted(imports.keys() - placed.keys()))}")
        for package in ready:
            placed[package] = 1 + max((placed[other] for other in imports[package]), default=0)
    return [
        sorted(package for package in placed if placed[package] == floor)
        for floor in range(1, max(placed.values()) + 1)
    ]


def drawing(root: str) -> str:
    """Return the drawing of a root: a line for each package, the highest floor first, with what it imports."""
    imports = arrows(root)
    width = max(map(len, imports))
    lines = [f"{root}/"]
    for floor, packages in reversed([*enumerate(floors(imports), start=1)]):
        for place, package in enumerate(packages):
            number = f"{floor:>2}" if place == 0 else "  "
            below = _nearest(package, imports)
            lines.append(f"{number}  {package:<{width}}{'  → ' + ', '.join(below) if below else ''}".rstrip())
    return "\n".join(lines)


def _nearest(package: str, imports: Arrows) -> list[str]:
    """Return what a package imports that nothing else which it imports leads to."""
    led: set[str] = set()
    for other in imports[package]:
        led |= _reached(other, imports)
    return sorted(imports[package] - led)


def _reached(package: str, imports: Arrows) -> set[str]:
    return imports[package] | {further for other in imports[package] for further in _reached(other, imports)}


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def both() -> str:
    """Return the drawings of both packages, as the page shows them."""
    return "\n\n".join(drawing(root) for root in ("reconciler", "workspace"))


if __name__ == "__main__":
    click.echo(both())
