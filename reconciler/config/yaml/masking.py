"""Mask possible credentials in every source line that is shown.

A configuration names credentials (`${NAME}`) and never holds them. A file that does hold one gets an error, and that
error, or any other about the same lines, must not spread it. So a `Document` carries its lines masked:

- whatever follows the name of a credential, everywhere;
- in a file that was read, every value of an environment that is not known to be harmless;
- in a file that could not be read, where nobody can tell what belongs where, everything but the keys, outside of the
  sections that have nothing to do with credentials.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, overload

from reconciler.core.contract import load_json
from reconciler.core.wording import environment_key, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from reconciler.config.yaml.node import Node

MASK = "***"

PLACEHOLDER = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
"""`${NAME}`: a value that is read from the process environment, late."""

# The bounds keep a line of a million characters from costing more than one look at each.
_NAME = r"(?:token|tokn|secret|passw|pwd|api[_-]?key|credential|authorization)[\w.-]{0,40}"
_ASSIGNED = rf"""{_NAME}["']?[ \t]{{0,20}}[:=][ \t]{{0,200}}"""
_COLON_FORGOTTEN = rf"""(?:^|[{{,])[ \t-]{{0,200}}["']?{_NAME}["']?[ \t]{{1,200}}"""
_ASSIGNMENT = re.compile(rf"(?P<key>{_ASSIGNED}|{_COLON_FORGOTTEN})(?P<value>\S.*)?$", re.IGNORECASE)
_HARMLESS_REST = re.compile(rf"""(?P<quote>["']?)(?:{PLACEHOLDER.pattern})?(?P=quote)\s*(?:[,}}].*|\#.*)?$""")
_HINTS = ("tok", "secret", "passw", "pwd", "api", "cred", "auth", "://")
_USER_INFO = re.compile(r"(?<=://)[^\s/@]+(?=@)")

_HARMLESS = re.compile(rf"{PLACEHOLDER.pattern}|https?://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?/?|true|false|[0-9]{{1,6}}")
_HARMLESS_FLOW = re.compile(
    rf"""\{{\s*(?:(?:workspace|token|protected):\s*(["']?)(?:{_HARMLESS.pattern})\1\s*,?\s*){{0,9}}\}}{{0,9}}"""
)
_KEY_LINE = re.compile(r"""\s*(?:- )?(?:["']?[A-Za-z_][\w-]{0,40}["']?|<<):(?=\s|$)""")
_YAML_LINE = re.compile(r"%YAML [0-9.]+\s*$")
_OVERRIDES = ("overrides",)
_SHORT = 8
_MANY = 100


class MaskedLines(Sequence[str]):
    """The masked lines of a file, computed on first use."""

    def __init__(self, work_out: Callable[[], tuple[str, ...]]) -> None:
        """Keep the computation."""
        self._work_out = work_out
        self._lines: tuple[str, ...] | None = None

    @property
    def _known(self) -> tuple[str, ...]:
        if self._lines is None:
            self._lines = self._work_out()
        return self._lines

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._known[index]

    def __len__(self) -> int:
        return len(self._known)


def shown_lines(lines: Sequence[str], root: Node | None, *, environment: bool = False) -> tuple[str, ...]:
    """Return the masked lines of a file; more is masked without `root`, where they could not be read in full."""
    masked = _mask_named(lines)
    if root is None or not root.keys:
        return tuple(_mask_unread(masked, _OVERRIDES if environment else _settings()))
    if environment:
        _mask_environment(masked, root)
    else:
        _mask_environments(masked, root)
    return tuple(masked)


# --- by name ------------------------------------------------------------------------------------


def _mask_named(lines: Sequence[str]) -> list[str]:
    """Mask what follows the name of a credential, with its continuation lines."""
    masked: list[str] = []
    within: int | None = None  # the indentation of the key whose value goes on
    for shown in lines:
        if within is None and not _is_suspicious(shown):
            masked.append(shown)
            continue
        line = _USER_INFO.sub(MASK, shown)
        indent = len(line) - len(line.lstrip())
        if within is not None and (not line.strip() or indent > within):
            masked.append(line[:indent] + MASK if line.strip() else line)
            continue
        within = None
        match = _ASSIGNMENT.search(line)
        if match and not _is_harmless_rest(match["value"] or ""):
            masked.append(line[: match.end("key")] + MASK)
            within = indent
        else:
            masked.append(line)
    return masked


def _is_suspicious(line: str) -> bool:
    """Tell whether a line is worth a closer look. Most lines are not, and to see that must cost little."""
    # Letters beyond ASCII may be what others are in another case.
    return not line.isascii() or any(map(line.lower().__contains__, _HINTS))


def _is_harmless_rest(rest: str) -> bool:
    """Tell whether a line's rest is only a placeholder, and what follows names no credential either."""
    return bool(_HARMLESS_REST.match(rest)) and not _ASSIGNMENT.search(rest)


# --- without structure --------------------------------------------------------------------------


def _mask_unread(lines: Sequence[str], sections: Collection[str]) -> list[str]:
    masked = []
    harmless = False
    for line in lines:
        if line[:1].strip() and line[0] not in "-#]}.":
            harmless = _section(line) in sections
        is_harmless = harmless or len(line) < _SHORT or line.lstrip().startswith("#") or _YAML_LINE.match(line)
        masked.append(line if is_harmless else _only_key(line))
    return masked


def _section(line: str) -> str:
    """Return the top-level key that begins a line; empty if none does."""
    match = re.match(r"""["']?([a-z_]+)\b""", line)
    return match[1] if match else ""


@cache
def _settings() -> frozenset[str]:
    """Return the top-level keys under which no credential belongs."""
    return frozenset(load_json("portal.schema.json")["properties"]) - {"environments"}


def _only_key(line: str) -> str:
    key = _KEY_LINE.match(line)
    rest = line[key.end() :] if key else line
    bare = rest.strip(" \t\"'")
    if key and (not bare or _HARMLESS.fullmatch(bare) or _HARMLESS_FLOW.fullmatch(bare)):
        return line
    return f"{key.group()} {MASK}" if key else " " * (len(line) - len(line.lstrip())) + MASK


# --- by structure -------------------------------------------------------------------------------


def _mask_environments(lines: list[str], root: Node) -> None:
    # Guessing what so many keys were meant to be would take too long, and nobody reads so many complaints.
    is_setting = _is_setting if len(root.children) < _MANY else _settings().__contains__
    for key, node in root.children.items():
        if key != "environments":
            is_short = isinstance(node.value, str | int) and len(str(node.value)) < _SHORT
            if not is_short and not is_setting(str(key)):
                _mask_from(lines, node, (node.line, node.column))
        elif isinstance(node.value, dict):
            for environment in node.children.values():
                _mask_environment(lines, environment)
        else:
            _mask_from(lines, node, (node.line, node.column))


def _is_setting(key: str) -> bool:
    """Tell whether a top-level key is, or was meant to be, one that has nothing to do with credentials."""
    if key in _settings():
        return True
    definitions = load_json("portal.schema.json")["$defs"]
    inner_keys = {name for definition in definitions.values() for name in definition.get("properties", ())}
    meant = suggestion(key, (*_settings(), *_FIELDS, "environments"))
    return (key in inner_keys and key not in _FIELDS) or meant in _settings()


def _mask_environment(lines: list[str], environment: Node) -> None:
    if not isinstance(environment.value, dict):
        _mask_from(lines, environment, (environment.line, environment.column))
        return
    for key, node in environment.children.items():
        name = str(key)
        if not _FIELDS.get(name, lambda _: False)(node.value):
            is_key = environment_key(name) == name
            _mask_from(lines, node, (node.line, node.column) if is_key else environment.keys[name])


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and _HARMLESS.fullmatch(value) is not None


def _is_upstream(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_placeholder(item) if key == "token" else key == "region" and item in _REGIONS for key, item in value.items()
    )


def _is_policy(value: Any) -> bool:
    """Tell whether a value is a policy for attestations: a number of days, kinds of settings, a switch."""
    texts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else (value,)
    if isinstance(value, dict | list):
        return all(_is_policy(text) for text in texts)
    return not isinstance(value, str) or _DAYS_OR_KIND.fullmatch(value) is not None


_DAYS_OR_KIND = re.compile("[0-9]{1,3}d|" + "|".join(("audience", "ticket_visibility", "portal", "homepage", "style")))
_REGIONS = ("us", "eu", "au")
_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "token": _is_placeholder,
    "workspace": _is_address,
    "overrides": lambda _: True,
    "promote_from": lambda _: True,
    "protected": lambda _: True,
    "intercom": _is_upstream,
    "attestations": _is_policy,
}
"""The keys of an environment, each with the test of a harmless value."""


def _mask_from(lines: list[str], node: Node, place: tuple[int, int]) -> None:
    """Mask from a place to the end of a node, to the end of each line."""
    line, column = place
    if line <= len(lines) and len(lines[line - 1]) >= column:
        lines[line - 1] = lines[line - 1][: column - 1] + MASK
    for number in range(line, min(node.end_line, len(lines))):
        if number < node.end_line - 1 or node.end_column > 1:
            lines[number] = MASK
