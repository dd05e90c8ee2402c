"""Texts that people read on pages: in English where they are used, each marked, all of them in one catalogue.

`locale/messages.pot` lists them; `tests/workspace/web/test_texts.py` keeps it current, and finds texts without a mark.
A translation would be `locale/LANGUAGE/LC_MESSAGES/messages.mo`, made from that list with the tools of gettext.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

LOCALES = Path(__file__).parent / "locale"
LANGUAGE = "en"
"""The one language that there is."""

_texts = gettext.translation("messages", LOCALES, [LANGUAGE], fallback=True)
_ = _texts.gettext


def counted(count: int, one: str, several: str) -> str:
    """Return a text with a number in it, in the form that goes with that number.

    Args:
        count: The number, shown with its thousands apart.
        one: The text for one, with `%(num)s` where the number stands.
        several: The text for none or several.
    """
    return _texts.ngettext(one, several, count) % {"num": f"{count:,}"}


def marked(message: str, **values: object) -> Markup:
    """Return a text of a template, with values in it.

    Args:
        message: In English, with the markup that it has there; `%(name)s` where a value stands.
        values: By name. What is no markup is escaped.
    """
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
