"""Intercom's users, companies, tags and what ties them, page by page. Leads are left out: they cannot log in.

A contact embeds at most ten companies and ten tags; the rest is asked for, and where that fails the person counts as
incomplete, never as one without. Nothing is coerced: what an attribute cannot hold is told as odd by whoever keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.people.rows import MOMENTS, Company, Contact
from workspace.upstream.intercom import answers, paging
from workspace.upstream.intercom.api import PREVIEW
from workspace.upstream.problems import NotFoundUpstream, UpstreamError
from workspace.upstream.protocol import Employer, Incomplete, PeoplePage, Person, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workspace.upstream.intercom.api import Api

FORM = "-qualification-company"
"""The end of the ids of companies that the Messenger's qualification form makes. They are memberships like others."""

_USERS = {"field": "role", "operator": "=", "value": "user"}
_SEARCH = "/contacts/search"
_FEED = "/contacts/activities"
_GONE = frozenset({"contact.deleted", "contact.merged"})
_MILLISECONDS = 10_000_000_000
_MOMENTS_OF_PEOPLE = ("signed_up_at", "last_seen_at")
_OPERATORS = {
    ("text", "eq"): "=",
    ("text", "in"): "IN",
    ("text", "contains"): "~",
    ("text", "starts_with"): "^",
    ("text", "ends_with"): "$",
    ("number", "eq"): "=",
    ("number", "gt"): ">",
    ("number", "lt"): "<",
    ("boolean", "eq"): "=",
}
_MOST = 14
"""How many filters a group has beside the one for users, at most."""


class IntercomPeople:
    """The people of one Intercom workspace."""

    def __init__(self, api: Api, wanted: Wanted) -> None:
        """Remember what is wanted of them."""
        self._api, self._wanted = api, wanted

    def tags(self) -> Sequence[tuple[str, str]]:
        """Return the ids and names of all tags."""
        answer = self._api.get("/tags")
        return [
            (str(one["id"]), str(one.get("name") or one["id"]))
            for one in answers.items(answer, "/tags", "data", "tags")
        ]

    def companies(self, cursor: str | None) -> Iterator[tuple[Sequence[Employer], str | None]]:
        """Yield all companies in pages, each with where to go on."""
        for page, following in paging.scroll(self._api, "/companies/scroll", cursor):
            yield [self._employer(one) for one in page], following

    def company(self, company_id: str) -> Employer | None:
        """Return one company by Intercom's id, or None where there is none."""
        try:
            return self._employer(self._api.get(f"/companies/{company_id}"))
        except NotFoundUpstream:
            return None

    def page(self, cursor: str | None, updated_after: int | None) -> PeoplePage:
        """Return a page of the users who were changed after a moment, or of all users.

        The comparison of moments goes by days, in a timezone that differs between versions: whoever asks has to ask for
        two days more than are wanted.
        """
        query: dict[str, Any] = _USERS
        if updated_after is not None:
            changed = {"field": "updated_at", "operator": ">", "value": updated_after}
            query = {"operator": "AND", "value": [_USERS, changed]}
        answer = paging.search(self._api, _SEARCH, query, cursor)
        rows = answers.items(answer, _SEARCH, "data", "contacts")
        total = answer.get("total_count")
        people = [self._person(one) for one in rows if one.get("role", "user") == "user"]
        return PeoplePage(people, paging.next_cursor(answer), total if isinstance(total, int) else 0)

    def gone(self, since: int) -> Sequence[str] | None:
        """Return the ids of people deleted or merged away since a moment; None where Intercom does not tell."""
        params = {"created_at_after": since}
        found: list[str] = []
        try:
            for page in paging.by_cursor(
                self._api, "/contacts/activities", params, "data", "activities", version=PREVIEW
            ):
                found += [one for row in page if (one := _gone(row))]
        except (UpstreamError, Incomplete):
            # A preview of the vendor's: it may not be there, or be another tomorrow. A whole sweep finds them too.
            return None
        return [one for one in dict.fromkeys(found) if self._is_gone(one)]

    def _is_gone(self, contact_id: str) -> bool:
        """Ask again: the description does not say which of two merged people an entry names."""
        try:
            self._api.get(f"/contacts/{contact_id}")
        except NotFoundUpstream:
            return True
        except UpstreamError:
            return False
        return False

    def _person(self, one: Mapping[str, Any]) -> Person:
        contact_id = str(answers.field(one, "id", _SEARCH, (str, int)))
        missing: list[str] = []
        companies = self._tied(one, "companies", contact_id, missing)
        tags = self._tied(one, "tags", contact_id, missing)
        names = self._wanted.person
        custom = one.get("custom_attributes")
        values = {name: custom[name] for name in sorted(names) if name in custom} if isinstance(custom, dict) else {}
        return Person(
            contact=Contact(
                id=contact_id,
                role="user",
                created_at=_moment(one.get("created_at")) or 0,
                external_id=_text(one.get("external_id")),
                email=_text(one.get("email")),
                name=_text(one.get("name")) if "name" in names else None,
                phone=_text(one.get("phone")) if "phone" in names else None,
                unsubscribed_from_emails=bool(one.get("unsubscribed_from_emails")) if "unsubscribed" in names else None,
                signed_up_at=_moment(one.get("signed_up_at")) if "signed_up_at" in names else None,
                last_seen_at=_moment(one.get("last_seen_at")) if "last_seen_at" in names else None,
            ),
            updated_at=_moment(one.get("updated_at")) or 0,
            companies=companies,
            tags=tags,
            values=values,
            missing=tuple(missing),
            odd=tuple(
                f"{name} is {one[name]!r}" for name in _MOMENTS_OF_PEOPLE if name in names and _is_odd(one.get(name))
            ),
        )

    def _tied(self, one: Mapping[str, Any], name: str, contact_id: str, missing: list[str]) -> tuple[str, ...]:
        """Return the ids of what a person is tied to, asking for those that the person does not embed."""
        part = one.get(name)
        if not isinstance(part, dict) or not isinstance(part.get("data"), list):
            missing.append(f"{name} are not told")
            return ()
        ids = [str(row["id"]) for row in part["data"] if isinstance(row, dict) and "id" in row]
        total = part.get("total_count")
        if part.get("has_more") or (isinstance(total, int) and total > len(ids)):
            path = f"/contacts/{contact_id}/{name}"
            try:
                pages = paging.numbered(self._api, path, "data", name)
                ids = [str(row["id"]) for page in pages for row in page if "id" in row]
            except (UpstreamError, Incomplete) as problem:
                missing.append(f"{name} beyond the first {len(ids)}: {problem}")
            else:
                if isinstance(total, int) and len(ids) < total:
                    missing.append(f"{len(ids)} of {total} {name}")
        return tuple(sorted(set(ids)))

    def _employer(self, one: Mapping[str, Any]) -> Employer:
        names = self._wanted.company
        company_id = _text(one.get("company_id"))
        plan = one.get("plan")
        kept: dict[str, Any] = {
            "industry": _text(one.get("industry")),
            "website": _text(one.get("website")),
            # An empty mapping where there is none, or nothing at all.
            "plan": _text(plan.get("name")) if isinstance(plan, dict) else _text(plan),
            "size": _number(one.get("size")),
            "monthly_spend": _number(one.get("monthly_spend")),
        }
        custom = one.get("custom_attributes")
        tags = one.get("tags")
        rows = tags.get("tags") or tags.get("data") or [] if isinstance(tags, dict) else []
        return Employer(
            company=Company(
                id=str(answers.field(one, "id", "/companies", (str, int))),
                created_at=_moment(one.get("created_at")) or 0,
                company_id=company_id,
                name=_text(one.get("name")),
                **{name: value for name, value in kept.items() if name in names},
            ),
            tags=tuple(str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row),
            values={name: custom[name] for name in sorted(names) if name in custom} if isinstance(custom, dict) else {},
            made_by_form=bool(company_id and company_id.endswith(FORM)),
        )


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _moment(value: object) -> int | None:
    """Return a moment in seconds; one that is none, or out of range, is none. Some are told in milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    seconds = value // 1000 if abs(value) >= _MILLISECONDS else value
    return seconds if seconds in MOMENTS else None


def _is_odd(value: object) -> bool:
    """Tell whether a moment is not told in seconds since 1970."""
    return (value is not None and _moment(value) != value) or (isinstance(value, int) and value < 0)


def _gone(row: Mapping[str, Any]) -> str | None:
    kind = row.get("type") if row.get("type") in _GONE else row.get("activity_type")
    contact = row.get("contact")
    found = contact.get("id") if isinstance(contact, dict) else row.get("contact_id")
    return str(found) if kind in _GONE and found is not None else None


# --- how many match -----------------------------------------------------------------------------------
# Nothing is asked that the description of the search says differently from version to version: no dates, and nothing
# that excludes, as people without a value may count or not. It knows nothing of companies.


def matching(api: Api, rule: Mapping[str, Any] | None) -> tuple[int, Mapping[str, Any] | None]:
    """Return how many users match a part of a rule, and that part; None for the part where that is nothing but users.

    Args:
        api: Whose.
        rule: As the admin API words it; None for everybody.
    """
    kept = [] if rule is None else [one for one in _conjuncts(rule) if _filter(one) is not None][:_MOST]
    filters = [found for one in kept if (found := _filter(one)) is not None]
    groups = [one for one in filters if one["operator"] == "OR"]
    alone = [_USERS, *(one for one in filters if one not in groups)]
    # A group holds conditions or groups, not both.
    parts = [{"operator": "AND", "value": alone}, *groups] if groups else alone
    answer = api.ask(_SEARCH, {"query": {"operator": "AND", "value": parts}, "pagination": {"per_page": 1}})
    part = {"operator": "and", "predicates": kept} if kept else None
    return int(answers.field(answer, "total_count", _SEARCH, int)), part


def _conjuncts(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return conditions and groups that all have to hold."""
    if rule.get("operator") == "and":
        return [one for part in rule["predicates"] for one in _conjuncts(part)]
    return [rule]


def _filter(node: Mapping[str, Any], *, inside: bool = False) -> dict[str, Any] | None:
    """Return a part of a rule as a filter of the search; None where that has none which means the same."""
    if "operator" not in node:
        return _condition(node)
    if node["operator"] != "or" or inside or len(node["predicates"]) > _MOST:
        return None
    found = [_filter(one, inside=True) for one in node["predicates"]]
    return None if None in found else {"operator": "OR", "value": found}


def _condition(node: Mapping[str, Any]) -> dict[str, Any] | None:
    operator = _OPERATORS.get((node["type"], node["comparison"]))
    # Empty texts are found otherwise than here.
    empty = node.get("value") == "" or "" in (node["value"] if isinstance(node.get("value"), list) else ())
    if operator is None or node["attribute"].startswith("company.") or empty:
        return None
    return {"field": node["attribute"], "operator": operator, "value": node["value"]}
