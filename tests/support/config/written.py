"""Plain values written as YAML in many ways: brackets or lines, quotes, comments, indentation, line ends, anchors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from reconciler.config.edit.emit import Style, scalar
from reconciler.core.matching import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES = "first line\n  second, indented\n\nlast: line # no comment"


@dataclass
class Writer:
    """Writes one document; every choice is drawn, and every comment is another."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    step: int
    list_step: int
    anchors: bool
    count: int = 0
    anchored: dict[str, str] = field(default_factory=dict)

    def chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(1, of)) == 1)

    def remark(self) -> str:
        self.count += 1
        return f"# remark {self.count}: why? [x, 'y'"

    def behind(self) -> str:
        return f"  {self.remark()}" if self.chance(4) else ""

    def above(self, indent: int) -> list[str]:
        lines = []
        if self.chance(6):
            lines.append("")
        if self.chance(5):
            lines += [" " * indent + self.remark() for _ in range(self.draw(st.integers(1, 2)))]
        if self.chance(12):
            lines += [" " * indent + self.remark(), ""]
        return lines

    def text(self, value: Any, *, flow: bool) -> str:
        style = self.draw(st.sampled_from(("", "", "'", '"')))
        return scalar(value, Style(), style=style, flow=flow)

    def properties(self, value: Any) -> str | None:
        """Return an alias for a value that was anchored before, or perhaps an anchor; None for neither."""
        if not self.anchors:
            return None
        name = json.dumps(value, sort_keys=True)
        if name in self.anchored:
            return f"*{self.anchored[name]}" if self.chance(2) else None
        if self.chance(4):
            self.anchored[name] = f"a{len(self.anchored)}"
            return f"&{self.anchored[name]} "
        return None

    def flow(self, value: Any) -> str:
        given = self.properties(value) if isinstance(value, str) else None
        if given and given.startswith("*"):
            return f"{given} "
        return (given or "") + self._flow(value)

    def _flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.text(key, flow=True)}: {self.flow(one)}" for key, one in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(one) for one in value) + "]"
        return self.text(value, flow=True)

    def spread(self, value: Any, indent: int) -> list[str]:
        """Write a collection in brackets over several lines, with comments in between."""
        pad = " " * indent
        if isinstance(value, dict):
            texts = [f"{self.text(key, flow=True)}: {self.flow(one)}" for key, one in value.items()]
        else:
            texts = [self.flow(one) for one in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        lines = [opening + self.behind()]
        last = len(texts) - 1
        for index, text in enumerate(texts):
            lines += [pad + self.remark()] if self.chance(5) else []
            lines.append(pad + text + ("," if index < last or self.chance(3) else "") + self.behind())
        return [*lines, " " * max(indent - 1, 1) + closing]

    def block(self, value: Any, indent: int) -> list[str]:
        lines: list[str] = []
        pad = " " * indent
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            head = pad + ("-" if isinstance(value, list) else f"{self.text(key, flow=False)}:")
            step = 2 if isinstance(value, list) else self.list_step if isinstance(one, list) else self.step
            lines += [*self.above(indent), *self.entry(head, one, indent + step, dash=isinstance(value, list))]
            if self.chance(12):
                lines.append(" " * (indent + step + 1) + self.remark())
        return lines

    def entry(self, head: str, value: Any, indent: int, *, dash: bool) -> list[str]:
        if isinstance(value, str) and "\n" in value and self.chance(2):
            pad = " " * max(indent, 1)
            return [f"{head} |-{self.behind()}", *(pad + line if line else "" for line in value.split("\n"))]
        given = self.properties(value) or ""
        if given.startswith("*"):
            return [f"{head} {given}{self.behind()}"]
        if not isinstance(value, dict | list) or not value or self.chance(3):
            if isinstance(value, dict | list) and value and self.chance(3):
                first, *rest = self.spread(value, max(indent, 1) + 1)
                return [f"{head} {given}{first}", *rest]
            return [f"{head} {given}{self._flow(value)}{self.behind()}"]
        lines = self.block(value, indent)
        if dash and not given and isinstance(value, dict) and self.chance(2):
            while lines[0].strip() == "" or lines[0].lstrip().startswith("#"):
                lines.pop(0)
            return [f"{head} {lines[0].lstrip()}", *lines[1:]]
        return [f"{head} {given}".rstrip() + self.behind(), *lines]


KEYS = ["version", "name", "help_center", "portal", "any", "all", "type", "enabled", "x", "on", "1", "a b"]
TEXTS = ["", "a", "it's", 'say "x"', "on", "1", "null", "a: b", "a #b", "- x", "${NAME}", "#", "[x]", "é", _LINES,
         " pad ", "~", "*a", "&a", "2027-01-31", "a,b", "@x", "x:"]  # fmt: skip
keys = st.sampled_from(KEYS)
scalars = st.sampled_from(TEXTS) | st.sampled_from((1, 0, -2, 2.5, True, False))
values = st.recursive(
    scalars,
    # Of two equal items nobody can say which one was taken away.
    lambda inner: st.lists(inner, max_size=4, unique_by=canonical) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(keys, values, min_size=1, max_size=5)


@st.composite
def written(draw: st.DrawFn, plain: st.SearchStrategy[Any], *, anchors: bool = False) -> bytes:
    """Generate the text of a document in a random style."""
    writer = Writer(draw, draw(st.sampled_from((2, 4, 3))), draw(st.sampled_from((0, 2, 2))), anchors)
    value = draw(plain)
    lines = [writer.remark(), "", *writer.block(value, 0)] if writer.chance(2) else writer.block(value, 0)
    end = draw(st.sampled_from(("\n", "\n", "\r\n")))
    text = end.join(lines) + ("" if writer.chance(5) else end)
    return (b"\xef\xbb\xbf" if writer.chance(20) else b"") + text.encode()
