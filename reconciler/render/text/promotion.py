"""The promotion part of a plan, as lines and as table cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.escape import code
from reconciler.render.plain import line, short
from reconciler.render.text.fit import table
from reconciler.render.text.values import shown
from reconciler.rules import model as rules
from reconciler.rules import words as rules_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.plan import PlanDocument, Promotion, PromotionField

_STATUS = {"met": ("✓", "green"), "waived": ("~", "yellow"), "unmet": ("✗", "red")}
_MOST_VALUE = 40
_MOST_NAMED = 8
_DIGEST = 12
MOST_CHARACTERS = 600
MOST_ROWS = 40


def lines(part: Promotion | None, environment: str | None, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a promotion; nothing for any other plan."""
    if part is None:
        return
    origin = part["from"]
    commit = f", commit {part['commit']}" if part["commit"] else ""
    yield from ("", f"{style('Promotion', bold=True)}  {_what(part)} → {environment}")
    yield f"  proven in {origin['name']}, Help Center {origin['help_center']} ({origin['target']}){commit}"
    yield f"  configuration {part['digest']}, live since {part['since']}"
    if part["left"]:
        yield f"  The current file has other values, which are not promoted: {remainder(part)}."
    yield from ("", style("Conditions", bold=True))
    longest = max(len(item["name"]) for item in part["conditions"])
    for condition in part["conditions"]:
        symbol, colour = _STATUS[condition["status"]]
        yield f"  {style(symbol, fg=colour)} {condition['name']:<{longest}}  {line(condition['summary'])}"
        if condition["waiver"]:
            yield f"    waived by {line(condition['waiver']['by'])}: {line(condition['waiver']['reason'])}"
        elif condition["remedy"]:
            yield f"    → {line(condition['remedy'])}"
    yield from _table(part, environment, width)


def _what(part: Promotion) -> str:
    return f"{part['receipt']} of {part['from']['environment']}"


def remainder(part: Promotion) -> str:
    """Name the first few changes that are not promoted."""
    named = ", ".join(part["left"][:_MOST_NAMED])
    rest = len(part["left"]) - _MOST_NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def _table(part: Promotion, environment: str | None, width: int | None) -> Iterator[str]:
    """Yield a table of the fields that change or differ; the others are counted."""
    rows, same = notable(part)
    yield ""
    if rows:
        origin = part["from"]["environment"]
        head = ["field", f"{origin} live", f"{environment} live", f"{environment} desired", ""]
        shown = table([cells(row) for row in rows], width and width - 2, head=head)
        yield from (f"  {line}" for line in shown)
    yield f"  {counted(same, more=bool(rows))}"


def notable(part: Promotion) -> tuple[list[PromotionField], int]:
    """Return the fields that change or differ, and the number of all others."""
    rows = [field for field in part["fields"] if field["changes"] or field["differs"] or field["overridden"]]
    return rows, len(part["fields"]) - len(rows)


def counted(same: int, *, more: bool) -> str:
    """Write the number of equal fields as a sentence."""
    fields = "field" if same == 1 else "fields"
    return f"{same} {'more ' if more else ''}{fields} {'is' if same == 1 else 'are'} the same in both."


def cells(row: PromotionField) -> list[str]:
    """Return the cells of a field's row."""
    values = [_value(row, side) for side in ("proven", "live", "desired")]
    return [f"{row['address']} {row['field']}", *values, _mark(row)]


def _value(row: Mapping[str, Any], side: str) -> str:
    if side not in row:
        return "not managed" if side == "desired" else "not there"
    return short(line(in_words(row[side])), _MOST_VALUE)


def in_words(value: Any) -> str:
    """Write a value in one line: rules in words, sections by their names."""
    if isinstance(value, dict) and "rows" in value:
        hidden = [row for row in value["rows"] if not row["enabled"]]
        rows = (f"{row['type']}{' (hidden)' if row in hidden else ''}" for row in value["rows"])
        return ", ".join(rows) or "none"
    if isinstance(value, dict) and value:
        try:
            return ", ".join(text.strip() for text in rules_words.outline(rules.parse(value)))
        except (KeyError, TypeError, ValueError):
            # It is no rule.
            return shown(value)
    return shown(value)


def _mark(row: PromotionField) -> str:
    """Return the mark of a row: a change, and a declared or undeclared difference."""
    changes = ["changes"] if row["changes"] else []
    if row["overridden"]:
        return ", ".join([*changes, f"declared: {' and '.join(row['overridden'])}"])
    return ", ".join([*changes, *(["not declared"] if row["differs"] else [])])


def facts(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a receipt's evidence and waivers."""
    promotes, part = entry["promotes"], entry["plan"].get("promotion")
    if promotes is None:
        return
    yield f"  promotes {promotes['receipt']} of {promotes['environment']} (workspace {promotes['workspace']})"
    yield f"  configuration {promotes['digest']} before overrides"
    for condition in part["conditions"] if part else ():
        if waiver := condition["waiver"]:
            yield f"  {condition['name']} waived by {line(waiver['by'])}: {line(waiver['reason'])}"


def command(document: PlanDocument, part: Promotion) -> list[str]:
    """Return the words of the command that plans the promotion."""
    file = document["configuration"]["file"]
    words = ["portal", "promote", "--from", part["from"]["environment"], "--to", str(document["environment"])]
    words += [] if file == "portal.yaml" else ["-f", file]
    waivers = {condition["name"]: waiver for condition in part["conditions"] if (waiver := condition["waiver"])}
    words += [word for name in waivers for word in ("--waive", name)]
    for waiver in [*waivers.values()][:1]:
        words += ["--waived-by", waiver["by"], "--reason", waiver["reason"]]
    allowed = sorted({guard["risk"] for guard in document["guards"] if guard["allowed"] and not guard["holds"]})
    return [*words, *(word for risk in allowed for word in ("--allow", risk))]


def summary(part: Promotion) -> str:
    """Name the source of a promotion in a few words."""
    digest = part["digest"].removeprefix("sha256:")[:_DIGEST]
    return f"promotes {code(part['receipt'])} of {code(part['from']['environment'])} ({code(digest)})"


def waived(part: Promotion) -> Iterator[str]:
    """Yield an item for each waived condition."""
    for condition in part["conditions"]:
        if waiver := condition["waiver"]:
            message = f"{code(waiver['by'])}: {code(waiver['reason'], MOST_CHARACTERS)}"
            yield f"- ⚠️ **{condition['name']}** waived by {message} ({code(condition['summary'], MOST_CHARACTERS)})"
