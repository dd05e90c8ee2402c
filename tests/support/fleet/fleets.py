"""Small fleets for tests: configurations of one workspace with several Help Centers, written as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reconciler.cli.conftest import Place

if TYPE_CHECKING:
    from pathlib import Path

HELP_CENTERS = ("eu", "us", "jp")
WORKSPACE = """\
workspace: {id: ws_fleet, name: Fleet Support, required_settings: 2025-jwt}
help_centers: [%s]
settings:
  site: {messenger_installed: true, certificate_valid: true, cookie_forwarding_detectable: true, plan: expert}
attributes:
  company: {plan_tier: {type: string, options: [free, team]}}
"""


def portal(name: str, help_center: str, more: str = "") -> str:
    """Return a configuration that has a Help Center to itself; `more` is further YAML."""
    return (
        f"version: 1\nname: {name}\nhelp_center: {{identifier: {help_center}, live: true}}\n"
        f"audience: {{attribute: person.tag, is: beta}}\n{more}"
    )


def place(folder: Path, files: dict[str, str], help_centers: tuple[str, ...] = HELP_CENTERS) -> Place:
    """Return a folder with files, and an embedded workspace with so many Help Centers that commands in it talk to."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    named = ", ".join(f"{{identifier: {one}, name: Help {one}}}" for one in help_centers)
    (folder / "workspace.seed").write_text(WORKSPACE % named, encoding="utf-8")
    return Place(folder, ["--seed", "workspace.seed"])
