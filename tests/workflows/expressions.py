"""The expressions of GitHub's workflows. What this does not know is an error, never a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)|(?P<mark>==|!=|&&|\|\||[!().,*\[\]]))"
)
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}


class Unknown(Exception):
    """An expression that this evaluator does not understand."""


@dataclass
class Status:
    """How a job stands when a condition is looked at."""

    failed: bool = False
    cancelled: bool = False

    def functions(self) -> dict[str, Callable[[], bool]]:
        """Return what asks for it."""
        return {
            "success": lambda: not (self.failed or self.cancelled),
            "failure": lambda: self.failed,
            "cancelled": lambda: self.cancelled,
            "always": lambda: True,
        }


def interpolate(value: Any, contexts: Mapping[str, Any], status: Status | None = None) -> str:
    """Return a value of a workflow as text, with its expressions replaced by what they stand for."""
    if not isinstance(value, str):
        return text(value)
    return _WHOLE.sub(lambda match: text(evaluate(match[1], contexts, status)), value)


def condition(value: Any, contexts: Mapping[str, Any], status: Status) -> bool:
    """Tell whether an `if` holds; one that does not ask for the status needs success."""
    if value is None:
        return not status.failed
    if isinstance(value, bool):
        return value and not status.failed
    inner = _WHOLE.fullmatch(value.strip())
    expression = inner[1] if inner else value
    asks = re.search(r"\b(success|failure|cancelled|always)\s*\(", expression)
    return bool((asks or not status.failed) and truth(evaluate(expression, contexts, status)))


def evaluate(expression: str, contexts: Mapping[str, Any], status: Status | None = None) -> Any:
    """Return what an expression stands for.

    Args:
        expression: Without the braces.
        contexts: What names stand for.
        status: How the job stands; `None` where that may not be asked.
    """
    return _Parser(expression, contexts, status).whole()


def truth(value: Any) -> bool:
    """Tell whether a value counts as true."""
    return value not in (False, None, "", 0)


def text(value: Any) -> str:
    """Return a value as text, as a script would get it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return value
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
    raise Unknown(f"a whole {type(value).__name__} as text")


class _Parser:
    def __init__(self, expression: str, contexts: Mapping[str, Any], status: Status | None) -> None:
        self._contexts, self._status = contexts, status
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while expression[at:].strip():
            match = _TOKEN.match(expression, at)
            if match is None:
                raise Unknown(expression[at:])
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or ""]))
            at = match.end()

    def whole(self) -> Any:
        value = self._or()
        if self._tokens:
            raise Unknown(f"left over: {self._tokens}")
        return value

    def _take(self, *marks: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "mark" and self._tokens[0][1] in marks:
            return self._tokens.pop(0)[1]
        return None

    def _need(self, mark: str) -> None:
        if self._take(mark) is None:
            raise Unknown(f"{mark} is missing before {self._tokens}")

    def _or(self) -> Any:
        value = self._and()
        while self._take("||"):
            other = self._and()
            value = value if truth(value) else other
        return value

    def _and(self) -> Any:
        value = self._equal()
        while self._take("&&"):
            other = self._equal()
            value = other if truth(value) else value
        return value

    def _equal(self) -> Any:
        value = self._not()
        while mark := self._take("==", "!="):
            value = _same(value, self._not()) == (mark == "==")
        return value

    def _not(self) -> Any:
        if self._take("!"):
            return not truth(self._not())
        return self._path()

    def _path(self) -> Any:
        value = self._primary()
        while True:
            if self._take("."):
                value = self._step(value)
            elif self._take("["):
                key = self._or()
                self._need("]")
                value = _member(value, key)
            else:
                return value

    def _step(self, value: Any) -> Any:
        if self._take("*"):
            return _Each(value or [])
        name = self._name()
        return [_member(one, name) for one in value] if isinstance(value, _Each) else _member(value, name)

    def _name(self) -> str:
        kind, name = self._tokens.pop(0)
        if kind != "name":
            raise Unknown(name)
        return name

    def _primary(self) -> Any:
        if not self._tokens:
            raise Unknown("it ends too early")
        if self._take("("):
            value = self._or()
            self._need(")")
            return value
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(token)
        if kind != "name":
            raise Unknown(token)
        if self._take("("):
            return self._call(token)
        if token in _WORDS:
            return _WORDS[token]
        if token not in self._contexts:
            raise Unknown(f"the context {token}")
        return self._contexts[token]

    def _call(self, name: str) -> Any:
        given: list[Any] = []
        while not self._take(")"):
            given.append(self._or())
            self._take(",")
        asks = self._status.functions() if self._status else {}
        if name in asks and not given:
            return asks[name]()
        if name == "contains" and len(given) == 2:
            inside, wanted = given
            value = [text(one).lower() for one in inside] if isinstance(inside, list) else text(inside).lower()
            return text(wanted).lower() in value
        raise Unknown(f"the function {name} of {len(given)}")


class _Each(list[Any]):
    """What `.*` selects: the next name is looked up in each."""


def _member(value: Any, name: Any) -> Any:
    """Return a part of a value; what is not there is nothing, as on GitHub."""
    if isinstance(value, dict):
        by_name = {str(key).lower(): one for key, one in value.items()}
        return by_name.get(text(name).lower())
    if value is None or isinstance(value, str):
        return None
    raise Unknown(f"{name} of a {type(value).__name__}")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if type(one) is type(other):
        return bool(one == other)
    return _number(one) == _number(other)


def _number(value: Any) -> float | None:
    match value:
        case None | "" | False:
            return 0.0
        case True:
            return 1.0
        case int() | float():
            return float(value)
        case str() if re.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value)
        case str():
            return None
    raise Unknown(f"comparing a {type(value).__name__}")
