"""Syntax errors of libyaml, with a remedy, and placed where the mistake was made rather than noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.config.yaml.builder import TOO_DEEP, Problem

if TYPE_CHECKING:
    from yaml import MarkedYAMLError
    from yaml.error import Mark


class _Words(NamedTuple):
    """The words for one of libyaml's messages."""

    complaint: str  # a part of libyaml's message
    summary: str
    remedy: str
    at_start: bool = False  # whether the mistake is where libyaml started to read, not where it stopped
    names_start: bool = False


_TAB = _Words("", "a tab cannot indent a line", "Indent with spaces.")
_IN_FLOW = "a placeholder needs quotes inside of braces and brackets"
_WORDS = (
    _Words(
        "mapping values are not allowed",
        "a `:` is not possible here",
        "Quote the value if the `:` belongs to it, or align this key with its siblings.",
    ),
    _Words("did not find expected key", "the next key was expected here", "Align this line with the keys above it."),
    _Words(
        "did not find expected '-' indicator",
        "the next `- ` of a list was expected here",
        "Align this line with the list above it, or indent it so that it belongs to the last item.",
    ),
    _Words(
        "could not find expected ':'",
        "a `:` is missing after this key",
        "Write `key: value`, with a space after the colon.",
        at_start=True,
    ),
    _Words("found unexpected end of stream", "this quote is never closed", "Close it.", at_start=True),
    _Words(
        "did not find expected ',' or ']'",
        "a list in brackets goes wrong here",
        "Separate its items with commas and close it with `]`.",
        names_start=True,
    ),
    _Words(
        "did not find expected ',' or '}'",
        "a mapping in braces goes wrong here",
        "Separate its entries with commas and close it with `}`.",
        names_start=True,
    ),
    _Words(
        "did not find expected alphabetic or numeric character",
        "a value cannot start with `*` or `&` unless it is quoted",
        'Quote it, as in "*.example.com".',
        at_start=True,
    ),
    _Words(
        "found unknown escape character",
        "there is no such escape in double quotes",
        "Double the backslash, or use single quotes, which need no escapes.",
    ),
    _Words("did not find expected node content", "a value was expected here", "Remove this character or quote it."),
    _Words(
        "did not find expected <document start>",
        "the file is complete before this, yet something follows",
        "Remove what follows, or align it with the keys of the file.",
    ),
)


def syntax_problem(complaint: MarkedYAMLError, text: str, first: int = 1) -> Problem:
    """Explain a syntax error in `text`, whose first line in its file is `first`."""
    noticed = complaint.problem_mark
    if noticed is None:
        return Problem("yaml-syntax", "this is not YAML", "", 1, 1)
    if "maximum nesting depth" in (complaint.problem or ""):
        # Newer releases of libyaml have a limit too, and reach it before the first event where they read ahead.
        return Problem(*TOO_DEEP, *_place(noticed))
    started = complaint.context_mark or noticed
    if text[noticed.index - 1 : noticed.index + 1] == "${":
        return Problem("yaml-syntax", _IN_FLOW, 'Write "${NAME}".', noticed.line + 1, noticed.column)
    words = _words(complaint.problem or "", text[noticed.index : noticed.index + 1])
    remedy = words.remedy
    if words.names_start:
        remedy += f" It starts in line {started.line + first}, column {started.column + 1}."
    code = "yaml-tab" if words is _TAB else "yaml-syntax"
    return Problem(code, words.summary, remedy, *_place(started if words.at_start else noticed))


def _words(complaint: str, text: str) -> _Words:
    if "cannot start any token" in complaint:
        return _TAB if text == "\t" else _Words("", f"a value cannot start with `{text}`", "Quote the value.")
    fitting = (words for words in _WORDS if words.complaint in complaint)
    return next(fitting, _Words("", f"this is not YAML: {complaint}", ""))


def _place(mark: Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
