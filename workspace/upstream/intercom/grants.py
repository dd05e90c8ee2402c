"""Grants of companies at Intercom: read one person at a time, removed one by one, given as a whole set.

A write has no precondition there, so the grants are read right before and after it, and removals are requests of their
own. Intercom answers an empty list if the feature is off: empty is not "none" until something shows that it is on.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from workspace.upstream.intercom import answers
from workspace.upstream.problems import NotFoundUpstream, Uncertain, UpstreamError, conflict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from workspace.upstream.intercom.api import Api
    from workspace.upstream.protocol import Write

ADDRESS = "granted_companies"
VERSION = "2.18"
"""The first version that is documented to have grants."""

_PER_PAGE = 150
_MOST_PAGES = 20


def read(api: Api, contact_id: str) -> list[str]:
    """Return the customer's ids of a person's granted companies, in order; UpstreamError without a usable answer."""
    path = _path(contact_id)
    granted: dict[str, None] = {}
    for number in range(1, _MOST_PAGES + 1):
        answer = api.get(path, {"page": number, "per_page": _PER_PAGE, "order": "asc"}, version=VERSION)
        field = answers.field(answer, "company_ids", path, list)
        new = [str(value) for value in field if str(value) not in granted]
        granted |= dict.fromkeys(new)
        if not new or _is_last(answer, number, len(field)):
            return sorted(granted)
    raise answers.unreadable(path, f"it has more than {_MOST_PAGES} pages")


def _is_last(answer: Mapping[str, Any], number: int, count: int) -> bool:
    pages = answer.get("pages")
    total = pages.get("total_pages") if isinstance(pages, dict) else None
    if isinstance(total, int):
        return number >= total
    # Nobody documents how many pages there are: without a word, a page that is not full is the last.
    return count < _PER_PAGE and count not in {10, 15, 50, 100}


def write(api: Api, change: Write) -> Mapping[str, Any]:
    """Replace people's grants, by the ids of contacts, and return the grants then.

    ApiError 412 if they changed since the decision; UpstreamError if the feature is off, or they are not so afterwards.
    """
    after = change.after or {}
    done, shown = {}, False
    for contact_id, desired in after.items():
        done[contact_id] = _change(api, contact_id, set(change.before.get(contact_id, ())), set(desired))
        shown = shown or bool(done[contact_id]) or bool(change.before.get(contact_id))
    if not shown and after:
        # Nothing was told and nothing given: an empty set that is taken shows that the feature is on.
        _give(api, next(iter(after)), set())
    return done


def _change(api: Api, contact_id: str, before: set[str], desired: set[str]) -> list[str]:
    now = set(read(api, contact_id))
    if not (before & desired) <= now <= (before | desired):
        raise _moved(contact_id)
    for text in sorted(now - desired):
        _take(api, contact_id, text)
    if desired - now:
        again = set(read(api, contact_id))
        if again != now & desired:
            raise _moved(contact_id)
        _give(api, contact_id, desired)
    then = set(read(api, contact_id)) if now != desired else now
    if then != desired:
        raise _not_taken(contact_id, then ^ desired)
    return sorted(then)


def _take(api: Api, contact_id: str, company_id: str) -> None:
    try:
        # What came of it is read back in any case.
        with suppress(Uncertain):
            api.change("DELETE", f"{_path(contact_id)}/{quote(company_id, safe='')}", version=VERSION)
    except NotFoundUpstream as missing:
        if missing.reason != "company_not_found":
            raise
        # Taken already, by an attempt whose answer was lost.


def _give(api: Api, contact_id: str, desired: Collection[str]) -> None:
    # As above.
    with suppress(Uncertain):
        api.change("PUT", _path(contact_id), {"company_ids": sorted(desired)}, version=VERSION)


def _path(contact_id: str) -> str:
    return f"/contacts/{quote(contact_id, safe='')}/granted_companies"


def _moved(contact_id: str) -> Exception:
    return conflict(f"what {contact_id} is granted was changed in Intercom meanwhile")


def _not_taken(contact_id: str, differing: Collection[str]) -> UpstreamError:
    what = ", ".join(sorted(differing))
    message = f"Intercom took the grants of {contact_id}, and tells another value afterwards: {what}"
    return UpstreamError("upstream_not_taken", message, "Run portal plan to see what it is now.")
