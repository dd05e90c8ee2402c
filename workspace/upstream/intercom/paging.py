"""Intercom's four ways of paging, each with a guard against a list that never ends. Cursors are opaque.

By a cursor in a search's body or in the query, by numbers, and by a scroll: an app has one at a time, for a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from workspace.upstream.intercom import answers
from workspace.upstream.problems import NotFoundUpstream, UpstreamError
from workspace.upstream.protocol import Incomplete

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.upstream.intercom.api import Api

PER_PAGE = 150
_MOST_PAGES = 100_000
_BEGIN_AGAIN = 2
_SCROLL_WAITS = 3
_SCROLL_LIFE = 61.0
_SCROLL_TAKEN = frozenset({400, 423})

Item = dict[str, Any]


def next_cursor(answer: Mapping[str, Any]) -> str | None:
    """Return the cursor of a list's next page; None on the last page."""
    pages = answer.get("pages")
    following = pages.get("next") if isinstance(pages, dict) else None
    if isinstance(following, dict):
        cursor = following.get("starting_after")
    elif isinstance(following, str):
        # Some lists give an address: its host is not trusted, its parameter is.
        cursor = next(iter(parse_qs(urlsplit(following).query).get("starting_after", ())), None)
    else:
        cursor = None
    return cursor if isinstance(cursor, str) and cursor else None


def search(api: Api, path: str, query: Mapping[str, Any], cursor: str | None = None) -> dict[str, Any]:
    """Return one page of a search."""
    pagination = {"per_page": PER_PAGE, **({"starting_after": cursor} if cursor else {})}
    return api.ask(path, {"query": query, "pagination": pagination})


def by_cursor(api: Api, path: str, params: Mapping[str, Any], *names: str, version: str) -> Iterator[list[Item]]:
    """Yield the pages of a list with a cursor in the query; Incomplete if a cursor comes twice."""
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        given = {**params, "per_page": PER_PAGE, **({"starting_after": cursor} if cursor else {})}
        answer = api.get(path, given, version=version)
        yield answers.items(answer, path, *names)
        cursor = next_cursor(answer)
        if cursor is None:
            return
        check_new(cursor, seen, path)


def numbered(api: Api, path: str, *names: str, params: Mapping[str, Any] | None = None) -> Iterator[list[Item]]:
    """Yield the pages of a list with numbered pages, or its only one; Incomplete if pages repeat."""
    last: list[Item] = []
    for page in range(1, _MOST_PAGES):
        answer = api.get(path, {**(params or {}), "page": page, "per_page": PER_PAGE})
        results = answers.items(answer, path, *names)
        if results and results == last:
            raise Incomplete(f"{path} gave page {page - 1} again as page {page}")
        yield results
        last = results
        pages = answer.get("pages")
        total = pages.get("total_pages") if isinstance(pages, dict) else None
        if not results or not isinstance(total, int) or page >= total:
            return


def scroll(api: Api, path: str, cursor: str | None = None) -> Iterator[tuple[list[Item], str | None]]:
    """Yield the pages of a scroll, each with the cursor of the next, from an earlier scroll's cursor if still valid.

    One that fails is begun again, so items may come twice. Incomplete if somebody else scrolls, or it failed too often.
    """
    begun = 0
    while True:
        begun += 1
        try:
            yield from _scroll(api, path, cursor)
        except UpstreamError as problem:
            if problem.code != "upstream_unreachable":
                raise
            if begun > _BEGIN_AGAIN:
                raise Incomplete(f"{path} failed {begun} times: {problem}") from problem
            cursor = None
        else:
            return


def _scroll(api: Api, path: str, cursor: str | None) -> Iterator[tuple[list[Item], str | None]]:
    answer = _gone_on(api, path, cursor) if cursor else None
    whole = answer is None
    answer = answer or _begin_scroll(api, path)
    # The vendor gives one cursor for a whole scroll: only a page that comes twice tells that it stands still.
    seen: set[str] = set()
    count = 0
    while items := answers.items(answer, path, "data", "companies"):
        following, total = answer.get("scroll_param"), answer.get("total_count")
        following = following if isinstance(following, str) and following else None
        yield items, following
        count += len(items)
        first = str(items[0].get("id"))
        if first in seen:
            raise Incomplete(f"{path} gave the same page twice")
        seen.add(first)
        if following is None:
            return
        try:
            answer = api.get(path, {"scroll_param": following}, after_faults=False)
        except NotFoundUpstream as over:
            # After the last page there is none. In the middle, the scroll is over because it took too long.
            if whole and isinstance(total, int) and count < total:
                raise Incomplete(f"{path} ended after {count} of {total}") from over
            return


def _gone_on(api: Api, path: str, cursor: str) -> dict[str, Any] | None:
    """Return the page of an earlier scroll's cursor; None if expired."""
    try:
        return api.get(path, {"scroll_param": cursor}, after_faults=False)
    except UpstreamError as problem:
        if problem.code in {"upstream_not_found", "upstream_refused"}:
            return None
        raise


def _begin_scroll(api: Api, path: str) -> dict[str, Any]:
    for _ in range(_SCROLL_WAITS):
        try:
            return api.get(path)
        except answers.Refusal as problem:
            if problem.answered_status not in _SCROLL_TAKEN or problem.reason != "scroll_exists":
                raise
            api.wait(_SCROLL_LIFE, "another scroll through the companies is open; it ends within a minute")
    raise Incomplete(f"somebody else scrolls through {path}, and an app has one scroll at a time")


def check_new(cursor: str, seen: set[str], path: str) -> None:
    """Remember a cursor; Incomplete if it came before."""
    if cursor in seen:
        raise Incomplete(f"{path} gave the same cursor twice")
    seen.add(cursor)
