"""Keeps what looks like a credential out of every source line that is shown.

A configuration names credentials (`${NAME}`) and never holds them. A file that does hold one gets an error, and that
error, or any other about the same line, must not spread it. So lines are masked before anything can quote them: by
their text, which also works where the file is not YAML, and by place, where it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.nodes import Node

MASK = "***"

PLACEHOLDER = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
"""`${NAME}`: a value that is read from the process environment, late."""

# The bounds keep a line of a million characters from costing more than one look at each.
_NAME = r"(?:token|tokn|secret|passw|pwd|api[_-]?key|credential|authorization)[\w.-]{0,40}"
_ASSIGNMENT = re.compile(rf"""(?P<key>{_NAME}["']?[ \t]{{0,20}}[:=][ \t]{{0,200}})(?P<value>\S.*)?$""", re.IGNORECASE)
_HARMLESS = re.compile(rf"""(?P<quote>["']?)(?:{PLACEHOLDER.pattern})?(?P=quote)\s*(?:[,}}].*|\#.*)?$""")
_USER_INFO = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_KNOWN_KEYS = ("workspace", "overrides", "promote_from", "protected")


def mask_text(lines: Sequence[str]) -> list[str]:
    """Return `lines` with everything masked that follows the name of a credential."""
    masked: list[str] = []
    within: int | None = None  # the indentation of the key whose value goes on
    for line in (_USER_INFO.sub(MASK, one) for one in lines):
        indent = len(line) - len(line.lstrip())
        if within is not None and (not line.strip() or indent > within):
            masked.append(line[:indent] + MASK if line.strip() else line)
            continue
        within = None
        found = _ASSIGNMENT.search(line)
        if found and not _is_harmless(found["value"] or ""):
            masked.append(line[: found.end("key")] + MASK)
            within = indent
        else:
            masked.append(line)
    return masked


def _is_harmless(value: str) -> bool:
    """Whether nothing stands there but a placeholder, and what follows on the line names no credential either."""
    found = _HARMLESS.match(value)
    return bool(found) and not _ASSIGNMENT.search(value)


def mask_nodes(lines: list[str], root: Node) -> None:
    """Mask, in place, every value in an environment that may be a credential under whatever name."""
    environments = root.at(("environments",))
    for environment in environments.children.values() if environments else ():
        if not environment.keys and environment.value is not None:
            _mask_span(lines, environment)
        for key, node in environment.children.items():
            if key not in _KNOWN_KEYS and not _is_placeholder(node.value):
                _mask_span(lines, node)


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def _mask_span(lines: list[str], node: Node) -> None:
    first = node.line - 1
    if len(lines[first]) >= node.column:
        lines[first] = lines[first][: node.column - 1] + MASK
    for number in range(first + 1, min(node.end_line, len(lines))):
        if number < node.end_line - 1 or node.end_column > 1:
            lines[number] = MASK
