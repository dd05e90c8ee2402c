"""Lines of a task about an audience, read as a person reads them: back into a rule of the admin API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.support.sample import ROOT
from workspace.upstream.intercom.audience import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TABLE = json.loads((ROOT / "schemas" / "attributes.json").read_text(encoding="utf-8"))
_BUILT_IN = {
    ("Company" if model == "company" else "Person", entry["title"]): entry["wire"]
    for model in ("person", "company")
    for entry in _TABLE[model].values()
}
_TEXT = r'"(?:[^"\\]|\\.)*"|[^·,"]*?'
_ROW = re.compile(
    rf"(?P<of>Person|Company) · (?P<attribute>{_TEXT}) · (?P<words>[a-z ]+?)(?: · (?P<values>.*))?", re.DOTALL
)
_DAYS = {"more than": "more_than_days_ago", "less than": "less_than_days_ago", "exactly": "exactly_days_ago"}


def read(lines: Sequence[str], types: Mapping[str, str]) -> dict[str, Any]:
    """Parse the rule in a task's lines, with the types of attributes by their names in the admin API."""
    return _group([*lines], types)


def _group(lines: list[str], types: Mapping[str, str]) -> dict[str, Any]:
    words, members = set(), []
    while lines:
        line = lines.pop(0)
        if members:
            word, _, line = line.partition(" ")
            words.add(word)
        if line != "a group:":
            members.append(_row(line, types))
            continue
        inner = []
        while lines and lines[0].startswith("    "):
            inner.append(lines.pop(0)[4:])
        members.append(_group(inner, types))
    assert len(words) <= 1, words
    return {"operator": next(iter(words), "and"), "predicates": members}


def _row(line: str, types: Mapping[str, str]) -> dict[str, Any]:
    match = _ROW.fullmatch(line)
    assert match is not None, line
    attribute = _attribute(match["of"], _plain(match["attribute"].removesuffix(" (custom)")), match["attribute"])
    kind, words, values = types[attribute], match["words"], _values(match["values"])
    named = {"attribute": attribute, "type": kind}
    if values and values[0].endswith(" days ago") and words in _DAYS:
        return {**named, "comparison": _DAYS[words], "value": int(values[0].removesuffix(" days ago"))}
    comparison = next(name for name, said in WORDS.items() if said == words)
    if not values:
        return {**named, "comparison": comparison}
    if len(values) > 1:
        return {**named, "comparison": {"eq": "in"}[comparison], "value": values}
    return {**named, "comparison": comparison, "value": _value(kind, values[0])}


def _attribute(of: str, name: str, shown: str) -> str:
    built_in = _BUILT_IN.get((of, name))
    if built_in is not None and not shown.endswith(" (custom)"):
        return str(built_in)
    return f"{'company.' if of == 'Company' else ''}custom_attributes.{name}"


def _values(text: str | None) -> list[str]:
    if text is None:
        return []
    return [_plain(one) for one in re.findall(rf"(?:^|, )({_TEXT})(?=, |$)", text)]


def _plain(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def _value(kind: str, text: str) -> Any:
    return {"number": float, "boolean": lambda said: said == "true"}.get(kind, str)(text)
