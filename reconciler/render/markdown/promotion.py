"""A promotion in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.escape import code, escaped
from reconciler.render.text.promotion import MOST_CHARACTERS, MOST_ROWS, cells, counted, notable, remainder

if TYPE_CHECKING:
    from reconciler.core.document_types.plan import Promotion, PromotionField


def markdown(part: Promotion, environment: str | None) -> str:
    """Write the conditions and the table of fields."""
    symbols = {"met": "✅", "waived": "⚠️", "unmet": "⛔"}
    origin, rows = part["from"]["environment"], notable(part)
    stands = [
        (symbols[condition["status"]], condition["name"], code(condition["summary"], MOST_CHARACTERS))
        for condition in part["conditions"]
    ]
    lines = [f"- {symbol} **{name}**: {summary}" for symbol, name, summary in stands]
    if part["left"]:
        lines.append(
            f"- The current file has other values, which are not promoted: {code(remainder(part), MOST_CHARACTERS)}"
        )
    table = []
    if rows[0]:
        head = [f"{origin} live", f"{environment} live", f"{environment} desired"]
        table = ["", f"| field | {' | '.join(map(escaped, head))} | |", "|---|---|---|---|---|"]
        table += [_row(item) for item in rows[0][:MOST_ROWS]]
        if len(rows[0]) > MOST_ROWS:
            table.append(f"| … | {len(rows[0]) - MOST_ROWS} more | | | |")
    return "\n".join([*lines, *table, "", counted(rows[1], more=bool(rows[0]))])


def _row(promotion_field: PromotionField) -> str:
    name, *values, mark = cells(promotion_field)
    return f"| {code(name)} | {' | '.join(map(code, values))} | {escaped(mark)} |"
