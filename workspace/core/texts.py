"""Texts of pages, in English in place, each marked; `locale/messages.pot` lists them for translation by gettext."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2.ext import Extension
from jinja2.lexer import Token
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2 import Environment

LOCALES = Path(__file__).parent / "locale"
LANGUAGE = "en"
"""The one language that there is."""

_texts = gettext.translation("messages", LOCALES, [LANGUAGE], fallback=True)
_ = _texts.gettext


def counted(count: int, singular: str, plural: str) -> str:
    """Return a text with a number, its thousands apart, in the form for that number; `%(num)s` is its place."""
    return _texts.ngettext(singular, plural, count) % {"num": f"{count:,}"}


def marked(message: str, **values: object) -> Markup:
    """Return a text of a template with values at `%(name)s`; anything but markup is escaped."""
    return _with_places(message) % values if values else _without(message)


@cache
def _with_places(message: str) -> Markup:
    return Markup(_(message))  # noqa: S704 - texts of templates, not of people


@cache
def _without(message: str) -> Markup:
    return Markup(_(message) % ())  # noqa: S704 - the same


def install(environment: Environment) -> None:
    """Let templates mark their texts: `_("…")`, `counted(number, "…", "…")`."""
    # What comes with the templating library does the same, and takes as long for a text as for a row of a table.
    environment.globals.update({"_": marked, "counted": counted})
    environment.filters["_"] = marked
    environment.add_extension(_Constants)


_WITHOUT_VALUES = ["name", "lparen", "string", "rparen"]


class _Constants(Extension):
    """Works out texts without values as a template is compiled, so that they are no work for a page."""

    def filter_stream(self, stream: Iterable[Token]) -> Iterator[Token]:
        """Yield the tokens of a template with `("…" | _)` for `_("…")`: a filter of a constant is one itself."""
        tokens = list(stream)
        while tokens:
            mark, *others = tokens[:4]
            if mark.value == "_" and [token.type for token in (mark, *others)] == _WITHOUT_VALUES:
                opening, message, closing = others
                yield from (opening, message, Token(mark.lineno, "pipe", "|"), mark, closing)
                del tokens[:4]
            else:
                yield tokens.pop(0)
