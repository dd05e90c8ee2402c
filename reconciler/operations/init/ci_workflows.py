"""CI workflows of a team, from those of this repository: they install the tool instead of building it."""

from __future__ import annotations

import re
from pathlib import Path

_ACTION = ".github/actions/portal"
_EXAMPLE = "examples/environments/portal.yaml"
_FILE = re.compile(r"\w[\w-]*(\.[\w-]+)*(/\w[\w-]*(\.[\w-]+)*)*", re.ASCII)

_CHECK = """\
  check:
    name: Check the file
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
{checkout}{python}      - run: python -m pip install --quiet --disable-pip-version-check '{package}'
      - name: Check every environment, and the layout
        run: |
          portal validate --file {file}
          portal fmt --check {file}

"""
"""Replaces the job that tries the example on sample people, whose Help Center only the example has."""


def fits(file: str) -> bool:
    """Accept a file name for workflows: a path below the folder, of letters, digits, dots, dashes and slashes."""
    return bool(_FILE.fullmatch(file))


def github(file: str, package: str) -> dict[str, str]:
    """Write an action and its workflows; return their texts by path, from the root of the repository."""
    action = _action(package)
    texts = {f"{_ACTION}/action.yml": action}
    for path in sorted(_folder("workflows", ".github/workflows").glob("portal-*.yml")):
        texts[f".github/workflows/{path.name}"] = _workflow(path.read_text(encoding="utf-8"), action, file, package)
    return texts


def gitlab(file: str, package: str) -> dict[str, str]:
    """Write a pipeline; return its texts by path. Arguments as for `github`."""
    template = _folder("gitlab", "ci").joinpath("portal.gitlab-ci.yml").read_text(encoding="utf-8")
    own = template.replace("PORTAL_FILE: portal.yaml", f"PORTAL_FILE: {file}")
    own = own.replace("PORTAL_VERSION: tickets-portal[verify]", f"PORTAL_VERSION: '{package}'")
    return {"ci/portal.gitlab-ci.yml": own, ".gitlab-ci.yml": "include:\n  - local: ci/portal.gitlab-ci.yml\n"}


def _action(package: str) -> str:
    text = _folder("action.yml", "action.yml").read_text(encoding="utf-8")
    return text.replace('"${GITHUB_ACTION_PATH}[serve,verify]"', f"'{package}'")


def _workflow(text: str, action: str, file: str, package: str) -> str:
    checkout = re.search(r"^ +- uses: actions/checkout@.*\n(?: {8,}.*\n)+", text, re.MULTILINE)
    python = re.search(r"^ +- uses: actions/setup-python@.*\n(?: {6,}.*\n)+", action, re.MULTILINE)
    check = _CHECK.format(
        checkout=checkout[0] if checkout else "",
        python=re.sub(r"^ {4}", " " * 6, python[0], flags=re.MULTILINE) if python else "",
        package=package,
        file=file,
    )
    text = re.sub(r"^  sample:\n.*?(?=^  plan:\n)", lambda _: check, text, flags=re.MULTILINE | re.DOTALL)
    beside = f"{file.rpartition('.')[0]}.*"
    for theirs, ours in (
        ("uses: ./\n", f"uses: ./{_ACTION}\n"),
        ("- action.yml\n", f"- {_ACTION}/action.yml\n"),
        ("- examples/**\n", f"- {beside}\n"),
        ("[examples/environments/**]", f"[{beside}]"),
        (_EXAMPLE, file),
        ("it is tried on sample people only.", "its file is checked, and nothing planned."),
    ):
        text = text.replace(theirs, ours)
    return text


def _folder(installed: str, here: str) -> Path:
    """Find the templates: in an installed package, or in the repository."""
    path = Path(__file__).parents[2] / "_ci" / installed
    return path if path.exists() else Path(__file__).parents[3] / here
