"""A rule as the rows of Intercom's audience screen, or the parts of it that the screen lacks. Pure.

A row compares one attribute of a person or a company. Rows are joined by `and` or by `or`; one may be a group of rows
joined by the other word. The comparisons are those of the vendor's article about filters; it has no "does not contain",
so `not` fits only where its opposite is listed. No source gives the depth of groups: more than one deep is refused
here. Excluding several values takes a row for each, joined by `and`: joined by `or` they would admit everybody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from workspace.core.data_files import load_json
from workspace.core.errors import Problem
from workspace.rules.model import own_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Word = Literal["and", "or"]

WORDS = {
    "eq": "is",
    "ne": "is not",
    "in": "is",
    "contains": "contains",
    "contains_word": "contains exact word",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "gt": "greater than",
    "lt": "less than",
    "after": "after",
    "on": "on",
    "before": "before",
    "more_than_days_ago": "more than",
    "less_than_days_ago": "less than",
    "exactly_days_ago": "exactly",
    "known": "has any value",
    "unknown": "is unknown",
}
"""The comparisons of the screen, by their names in the admin API."""

CODE = "not_expressible"
_OPPOSITE = {"eq": "ne", "ne": "eq", "in": "nin", "nin": "in", "known": "unknown", "unknown": "known"}
_DAYS = "_days_ago"
_DEEPEST = 2
_CALLED: dict[Word, str] = {"and": "`all`", "or": "`any`"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen, in its words, on a `Person` or a `Company`; one of several `values` is enough."""

    of: str
    attribute: str
    comparison: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        values = (", ".join(self.values),) if self.values else ()
        return " · ".join((self.of, self.attribute, self.comparison, *values))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows and groups of rows, joined by one word; at least one."""

    word: Word
    members: tuple[Row | Rows, ...]


class NotExpressible(Exception):
    """A rule that the screen cannot hold: each missing part, with its path in the rule and a remedy."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


EVERYONE = Rows("or", (Row("Person", "Email", WORDS["known"]), Row("Person", "Email", WORDS["unknown"])))
"""A rule that holds for everybody: no source gives the meaning of a screen without rows."""
NOBODY = Rows("and", EVERYONE.members)


def rows(rule: Mapping[str, Any], field: str = "rule") -> Rows:
    """Translate a valid rule, at the path `field`, into rows; NotExpressible if the screen cannot hold it."""
    compiler, word = _Compiler(), _word(rule)
    members = tuple(compiler.members(rule, field, _Group(word, 1)))
    if compiler.problems:
        raise NotExpressible(tuple(compiler.problems))
    return Rows(word, members)


def problems(rule: Mapping[str, Any], field: str = "rule") -> tuple[Problem, ...]:
    """Return the parts of a rule that the screen lacks; empty if it holds all of them."""
    try:
        rows(rule, field)
    except NotExpressible as problem:
        return problem.problems
    return ()


def lines(rows: Rows) -> tuple[str, ...]:
    """Return rows as a person enters them: `Person · Email · ends with · @examply.com`, `and Company · …`."""
    return tuple(_lines(rows, ""))


def enter(audience: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines to enter for an audience (`mode` and `rule`); NotExpressible if the screen cannot hold it."""
    match audience["mode"]:
        case "everyone":
            return lines(EVERYONE)
        case "nobody":
            return lines(NOBODY)
    return lines(rows(audience["rule"]))


# --- from a rule to rows ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    word: Word
    level: int


def _word(rule: Mapping[str, Any]) -> Word:
    while "operator" in rule and len(rule["predicates"]) == 1:
        if rule["operator"] == "not":
            return "and"
        (rule,) = rule["predicates"]
    return "or" if rule.get("operator") == "or" else "and"


class _Compiler:
    """Translates a rule into rows, and collects the parts without one."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def members(self, node: Mapping[str, Any], path: str, group: _Group) -> Iterator[Row | Rows]:
        if "operator" not in node:
            yield from self._joined(_rows_of(node), "and", group, (path, "exclusion of several values"))
            return
        operator, parts = node["operator"], node["predicates"]
        if operator == "not":
            yield from self._negated(parts[0], path, group)
            return
        word: Word = group.word if len(parts) == 1 else operator
        inside = group if word == group.word else _Group(word, group.level + 1)
        if inside.level > _DEEPEST:
            self.problems.append(_deeper(path, _CALLED[word]))
            return
        results: list[Row | Rows] = []
        for index, part in enumerate(parts):
            results += self.members(part, f"{path}.predicates[{index}]", inside)
        yield from self._joined(results, word, group, (path, _CALLED[word]))

    def _joined(
        self, members: list[Row | Rows], word: Word, group: _Group, place: tuple[str, str]
    ) -> Iterator[Row | Rows]:
        """Yield members joined by a word, in a group of their own if the enclosing one has the other word."""
        if word == group.word or len(members) < 2:  # noqa: PLR2004 - one row needs no word
            yield from members
        elif group.level == _DEEPEST:
            self.problems.append(_deeper(*place))
        else:
            yield Rows(word, tuple(members))

    def _negated(self, node: Mapping[str, Any], path: str, group: _Group) -> Iterator[Row | Rows]:
        if node.get("operator") == "not":
            yield from self.members(node["predicates"][0], f"{path}.predicates[0].predicates[0]", group)
        elif "operator" in node:
            remedy = "Exclude each condition by itself: `all:` with `is_not` in each."
            self.problems.append(_problem(path, "`not` around a group", remedy))
        elif (opposite := _opposite(node)) is None:
            remedy = "Mark the people with a tag or an attribute, and exclude that: `is_not`."
            self.problems.append(_problem(path, f"`not` around “{WORDS[node['comparison']]}”", remedy))
        else:
            yield from self.members({**node, "comparison": opposite}, path, group)


def _opposite(node: Mapping[str, Any]) -> str | None:
    if node["type"] in {"boolean", "date"} and node["comparison"] not in {"known", "unknown"}:
        return None
    return _OPPOSITE.get(node["comparison"])


def _rows_of(node: Mapping[str, Any]) -> list[Row | Rows]:
    """Return the rows of one condition; they are joined by `and`."""
    of, attribute = _attribute(node["attribute"])
    comparison, value = node["comparison"], node.get("value")
    if comparison == "nin":
        return [Row(of, attribute, WORDS["ne"], (_shown(item),)) for item in value or ()]
    if comparison.endswith(_DAYS):
        return [Row(of, attribute, WORDS[comparison], (f"{_shown(value)} days ago",))]
    given = () if value is None else value if isinstance(value, list) else (value,)
    return [Row(of, attribute, WORDS[comparison], tuple(_shown(item) for item in given))]


def _attribute(wire: str) -> tuple[str, str]:
    model, own = own_name(wire)
    of, titles = model.capitalize(), _titles()
    if wire in titles:
        return of, titles[wire]
    name = _shown(own)
    return of, f"{name} (custom)" if name in titles.values() else name


@cache
def _titles() -> dict[str, str]:
    table = load_json("attributes.json")
    return {entry["wire"]: entry["title"] for model in ("person", "company") for entry in table[model].values()}


def _shown(value: Any) -> str:
    """Return a value as typed; in quotes if blanks, commas or a sign between columns would hide its ends."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else repr(value)
    text = str(value)
    plain = text and text.isprintable() and text == text.strip() and not any(sign in text for sign in '",·')
    return text if plain else json.dumps(text, ensure_ascii=False)


def _deeper(path: str, what: str) -> Problem:
    return _problem(
        path,
        f"{what} in a group that is in a group itself",
        "Say it with one group less, or let a tag or an attribute stand for the inner group.",
    )


def _problem(path: str, what: str, remedy: str) -> Problem:
    return Problem(CODE, f"Intercom's audience screen has no {what}", path, {"remedy": remedy})


# --- for people -------------------------------------------------------------------------------------


def _lines(rows: Rows, indent: str) -> Iterator[str]:
    for index, member in enumerate(rows.members):
        word = f"{rows.word} " if index else ""
        if isinstance(member, Row):
            yield f"{indent}{word}{member}"
        else:
            yield f"{indent}{word}a group:"
            yield from _lines(member, f"{indent}    ")
