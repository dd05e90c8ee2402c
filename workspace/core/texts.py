"""Texts that people read on pages: in English where they are used, each marked, all of them in one catalogue.

`locale/messages.pot` lists them; `tests/workspace/web/test_texts.py` keeps it current, and finds texts without a mark.
A translation would be `locale/LANGUAGE/LC_MESSAGES/messages.mo`, made from that list with the tools of gettext.
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

LOCALES = Path(__file__).parent / "locale"
LANGUAGE = "en"
"""The one language that there is."""
EXTENSION = "jinja2.ext.i18n"

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


def install(environment: Environment) -> None:
    """Let templates mark their texts: `_("…")`, `counted(number, "…", "…")`."""
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _texts.gettext, _texts.ngettext, newstyle=True
    )
    environment.globals["counted"] = counted
