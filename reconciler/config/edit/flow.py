"""Edit flow collections; comments stay beside their entries."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from reconciler.config.edit.parts import LINE_END

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.config.edit.emit import Style
    from reconciler.config.edit.parts import Chunk, Part


class Row(NamedTuple):
    """An entry of a collection: the old one, or None if it is new, and its text."""

    chunk: Chunk | None
    text: str


class _Gaps(NamedTuple):
    """The text between the entries."""

    opener: str  # behind the opening bracket on its line
    leads: list[str]  # before each entry, from the line break on where there is one
    afters: list[str]  # behind each entry on its line
    closer: str  # before the closing bracket
    trailing: bool  # whether a comma stands behind the last entry


def collection(text: str, part: Part, rows: Sequence[Row], look: Style) -> str:
    """Write a flow collection with other entries, at least one, from its old text."""
    opening, closing = text[part.start], text[part.end - 1]
    if not part.chunks:
        inside = text[part.start + 1 : part.end - 1]
        padding = look.padding if opening == "{" else ""
        rest = inside if "#" in inside else padding
        return opening + padding + ", ".join(row.text for row in rows) + rest + closing
    gaps = _gaps(text, part)
    places = {id(chunk): index for index, chunk in enumerate(part.chunks)}
    usual = _usual_lead(gaps.leads)
    out, after = opening + gaps.opener, ""
    for position, row in enumerate(rows):
        index = None if row.chunk is None else places[id(row.chunk)]
        lead = usual if index is None else gaps.leads[index]
        if not lead.strip():
            lead = gaps.leads[0] if position == 0 and not gaps.leads[0].strip() else lead if index else usual
        if "#" in after and not LINE_END.match(lead):
            lead = look.eol + lead
        after = "" if index is None else gaps.afters[index]
        comma = "," if position < len(rows) - 1 or gaps.trailing else ""
        out += lead + row.text + comma + after
    if "#" in after and not LINE_END.match(gaps.closer):
        out += look.eol
    return out + gaps.closer + closing


def _gaps(text: str, part: Part) -> _Gaps:
    chunks = part.chunks
    opener, first = _at_line_end(text[part.start + 1 : chunks[0].start])
    leads, afters = [first], []
    for chunk, following in pairwise(chunks):
        after, lead = _at_line_end(_without_comma(text[chunk.end : following.start]))
        leads.append(lead)
        afters.append(after)
    last = text[chunks[-1].end : part.end - 1]
    after, closer = _at_line_end(_without_comma(last))
    return _Gaps(opener, leads, [*afters, after], closer, trailing=_without_comma(last) != last)


def _at_line_end(gap: str) -> tuple[str, str]:
    """Split a gap at its first line break; without one all is rest."""
    match = LINE_END.search(gap)
    return (gap[: match.start()], gap[match.start() :]) if match else ("", gap)


def _without_comma(gap: str) -> str:
    """Remove the comma of a gap, which is not one in a comment."""
    position = 0
    while position < len(gap):
        if gap[position] == ",":
            return gap[:position] + gap[position + 1 :]
        if gap[position] == "#":
            match = LINE_END.search(gap, position)
            position = match.end() if match else len(gap)
        else:
            position += 1
    return gap


def _usual_lead(leads: Sequence[str]) -> str:
    """Return the most common lead, without comments."""
    example = leads[1] if len(leads) > 1 else leads[0]
    breaks = list(LINE_END.finditer(example))
    return example[breaks[-1].start() :] if breaks else (example if len(leads) > 1 and not example.strip() else " ")
