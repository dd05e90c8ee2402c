"""Scrolls: walks through a list that end with an empty page, and are not known from then on."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from workspace.web.http import query
from workspace.web.public.http.paging import Page, at, per_page_of

SCROLLS = "rest_ended_scrolls"
"""The key of an application's ended scrolls."""
_ID_LENGTH = 16
_KEPT = 10_000


def from_scroll(default: int) -> tuple[Page, str]:
    """Return the page of the query's `scroll_param`, and the id of its scroll, a new one without it; ApiError 400."""
    options = query({"scroll_param": str, "per_page": per_page_of})
    per_page, given = options.get("per_page", default), options.get("scroll_param", "")
    if not given:
        return Page(per_page), secrets.token_hex(_ID_LENGTH // 2)
    return at(per_page, given[_ID_LENGTH:], "scroll_param"), given[:_ID_LENGTH]


class EndedScrolls:
    """The scrolls that were walked to their end, the latest thousands; each server process knows its own."""

    def __init__(self) -> None:
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, scroll: str) -> None:
        """Keep that a scroll has ended."""
        with self._lock:
            self._ended[scroll] = None
            if len(self._ended) > _KEPT:
                self._ended.popitem(last=False)

    def __contains__(self, scroll: str) -> bool:
        return scroll in self._ended
