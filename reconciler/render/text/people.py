"""Members of an audience, and explanations of their access."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.plain import harmless
from reconciler.render.text.fit import table
from reconciler.rules import model as rules
from reconciler.rules import wire, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.result import ExplanationDocument, PreviewDocument

YES, NO = style("✓", fg="green"), style("✗", fg="red")


def preview(document: PreviewDocument, width: int | None = None) -> str:
    """Render a preview."""
    return "\n".join(_preview_lines(harmless(document), width)) + "\n"


def _preview_lines(document: PreviewDocument, width: int | None) -> Iterator[str]:
    audience = document["audience"]
    if isinstance(audience, str):
        yield f"Audience: {audience}"
    else:
        yield "Audience: who matches"
        yield from (f"  {line}" for line in words.outline(rules.parse(audience)))
    count = document["count"]
    yield from ("", style("1 person matches" if count == 1 else f"{count:,} people match", bold=True))
    rows = [
        (person["email"] or "–", person["name"] or "–", ", ".join(person["companies"]) or "no company")
        for person in document["people"]
    ]
    if rows:
        yield from (f"  {line}" for line in table(rows, width and width - 2))
    if document["total_pages"] > 1:
        yield from ("", f"Page {document['page']} of {document['total_pages']}; --page shows another.")


def explanation(document: ExplanationDocument) -> str:
    """Render an explanation."""
    return "\n".join(_explanation_lines(harmless(document))) + "\n"


def _explanation_lines(document: ExplanationDocument) -> Iterator[str]:
    person = document["person"]
    known_as = " ".join(part for part in (person["name"], f"<{person['email']}>" if person["email"] else "") if part)
    yield style(known_as or person["id"], bold=True)
    yield f"  belongs to: {', '.join(person['companies']) or 'no company'}"
    if document["granted"]:
        yield f"  is granted: {', '.join(document['granted'])}"
    yield ""
    when = "can" if document["live"] else "will be able to"
    can: Mapping[str, object] = document["can"]
    for ability, message in (
        ("open_portal", f"{when} open the portal"),
        ("see_card", f"{when} see its card on the homepage"),
        ("see_company_tickets", f"{when} see the tickets of colleagues"),
    ):
        yield f"  {YES if can[ability] else NO} {message}"
    yield from ("", *_why(document))


def _why(document: ExplanationDocument) -> Iterator[str]:
    yield f"{YES if document['in_audience'] else NO} {'in' if document['in_audience'] else 'not in'} the audience"
    if not document["open"]:
        yield f"{NO} the portal is not open: it is disabled, or a required setting is not met"
    if document["explanation"] is None:
        yield f"  the audience is {document['audience']}"
        return
    for pair in document["explanation"]["pairs"]:
        company = pair["company"]["name"] if pair["company"] else "no company"
        yield f"  with {company}: {'matches' if pair['holds'] else 'does not match'}"
        yield from (f"    {line}" for line in _node(pair["tree"], 0))


def _node(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    mark = "  " * depth + (YES if node["holds"] else NO)
    if "operator" in node:
        yield f"{mark} {({'and': 'all of', 'or': 'any of', 'not': 'not'})[node['operator']]}"
        for predicate in node["predicates"]:
            yield from _node(predicate, depth + 1)
        return
    rule = wire.from_wire(node)
    message = words.words(rule) if isinstance(rule, rules.Condition) else json.dumps(node, ensure_ascii=False)
    text = style(f"it is {_compared(node['found'])}", dim=True)
    yield f"{mark} {message}  {text}"


def _compared(value: Any) -> str:
    if value is None:
        return "unknown"
    if value == []:
        return "none"
    if isinstance(value, list):
        return ", ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return json.dumps(value, ensure_ascii=False)
