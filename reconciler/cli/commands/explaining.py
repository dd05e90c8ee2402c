"""What `portal explain` says about diagnostic codes."""

from __future__ import annotations

import re

from reconciler.cli import options
from reconciler.core.advice import advice, codes_document
from reconciler.core.codes import CODES

_BRACKETS = re.compile(r"(?:error|warning|info)\[([a-z0-9-]+)\]:?")
_LIKE_A_CODE = re.compile(r"[A-Za-z]+([-_][A-Za-z0-9]+)*")
_CLOSE = 0.75


def code(word: str) -> str:
    """Return the code that a word is; empty where it must be a person.

    Raises:
        UsageError: It is no code, yet so close to one that it was meant as one.
    """
    found = _BRACKETS.fullmatch(word)
    name = found[1] if found else word
    if name in CODES or not _LIKE_A_CODE.fullmatch(name):
        return name if name in CODES else ""
    from difflib import get_close_matches

    close = get_close_matches(name.lower().replace("_", "-"), CODES, n=1, cutoff=0 if found else _CLOSE)
    if not close:
        return ""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    remedy = f"Did you mean `{close[0]}`? portal explain --list lists all; --person {name} asks about somebody."
    raise UsageError(error("code-unknown", f"there is no diagnostic code `{name}`", remedy=remedy))


def one_code(name: str, output_format: str, *, no_color: bool) -> int:
    """Print everything about a code."""
    found = advice(name)
    if output_format == "json":
        options.print_json(codes_document([found]))
        return 0
    from reconciler.render.text import advice as render

    options.print_text(render.advice(found), no_color=no_color)
    return 0


def every_code(output_format: str, *, no_color: bool) -> int:
    """Print all codes with what they mean."""
    if output_format == "json":
        options.print_json(codes_document([advice(name) for name in sorted(CODES)]))
        return 0
    from reconciler.render.text import advice as render

    options.print_text(render.index(CODES), no_color=no_color)
    return 0
