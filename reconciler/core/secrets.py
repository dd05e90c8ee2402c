"""Secrets of this process: checked where they are read, and masked wherever a library might quote them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from reconciler.core.errors import NotAllowed

_MASK = "***"
_SHORTEST = 4
"""A shorter secret is no secret, and would mask half of every message."""
_USER = re.compile(r"//[^/@\s]*@")
_known: set[str] = set()


def checked(variable: str, value: str) -> str:
    """Check that a secret fits into a header, and mask it from now on; raise NotAllowed with its variable."""
    _remember(value)
    _remember(value.strip())
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _malformed(variable, value)
    return value


def mask(text: str) -> str:
    """Mask the secrets of this process, and the user and password of any URL in a text."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return _USER.sub(f"//{_MASK}@", text)


def address(url: str) -> str:
    """Return a URL for messages: without user, password, query and fragment."""
    return mask(re.split(r"[?#]", url, maxsplit=1)[0])


def reason(problem: BaseException) -> str:
    """Return the first line of an exception, masked."""
    lines = mask(str(problem)).strip().splitlines()
    return lines[0] if lines else type(problem).__name__


def _remember(value: str) -> None:
    if len(value) >= _SHORTEST:
        # Libraries quote bytes and URLs, too.
        _known.update((value, repr(value)[1:-1], quote(value, safe="", errors="replace")))


def _malformed(variable: str, value: str) -> NotAllowed:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import NotAllowed

    if not value.strip():
        what, remedy = "is blank", f"Set {variable} to the secret."
    elif (
        value != value.strip() and value.strip().isascii() and value.strip().isprintable() and " " not in value.strip()
    ):
        what = "begins or ends with a blank or a line end"
        remedy = f'A secret read from a file often ends so: remove it, as in {variable}="$(cat FILE)".'
    else:
        what = "holds a blank, or a character that is not printable ASCII"
        remedy = f"Copy the secret once more into {variable}."
    return NotAllowed(error("secret-malformed", f"the secret in {variable} {what}", remedy=remedy))
