"""Deciding conditions of a person's access, from the workspace's explanation of a rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.rules.model import Condition
from reconciler.rules.wire import from_wire
from reconciler.rules.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def deciding(explanation: Mapping[str, Any] | None) -> str:
    """Name the conditions that let somebody in, by the workspace's explanation; empty where no rule does."""
    pairs = explanation["pairs"] if explanation else ()
    pair = next((value for value in pairs if value["holds"]), None)
    return " and ".join(_decisive(pair["tree"])) if pair else ""


def _decisive(node: Mapping[str, Any]) -> Iterator[str]:
    match node.get("operator"):
        case "or":
            yield from _decisive(next(value for value in node["predicates"] if value["holds"]))
        case "and":
            for predicate in node["predicates"]:
                yield from _decisive(predicate)
        case "not":
            yield f"not ({whole(node['predicates'][0])})"
        case _:
            yield whole(node)


def whole(node: Mapping[str, Any]) -> str:
    """Write a rule of the admin API, or of an explanation, in one line."""
    if "operator" in node:
        joiner = {"and": " and ", "or": " or ", "not": ""}[node["operator"]]
        message = joiner.join(map(whole, node["predicates"]))
        return f"not ({message})" if node["operator"] == "not" else f"({message})"
    rule = from_wire(node)
    return words(rule) if isinstance(rule, Condition) else json.dumps(node, ensure_ascii=False)
