"""Intercom's users, companies, tags and their ties, page by page. Leads are left out: they cannot log in.

A contact embeds at most ten companies and ten tags; the rest is requested, and if that fails the person counts as
incomplete, never as one without. Nothing is coerced: the mirror reports a value that its attribute cannot hold as odd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.people.rows import MOMENTS, Company, Contact
from workspace.upstream.intercom import answers, paging
from workspace.upstream.intercom.api import PREVIEW
from workspace.upstream.problems import NotFoundUpstream, UpstreamError
from workspace.upstream.protocol import Employer, Incomplete, MirroredAttributes, PeoplePage, Person

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
"""The most filters of a group beside the one for users."""


class IntercomPeople:
    """The people of one Intercom workspace."""

    def __init__(self, api: Api, desired: MirroredAttributes) -> None:
        self._api, self._attributes = api, desired

    def tags(self) -> Sequence[tuple[str, str]]:
        """Return the ids and names of all tags."""
        answer = self._api.get("/tags")
        return [
            (str(entry["id"]), str(entry.get("name") or entry["id"]))
            for entry in answers.items(answer, "/tags", "data", "tags")
        ]

    def companies(self, cursor: str | None) -> Iterator[tuple[Sequence[Employer], str | None]]:
        """Yield all companies in pages, each with the next cursor."""
        for page, following in paging.scroll(self._api, "/companies/scroll", cursor):
            yield [self._employer(entry) for entry in page], following

    def company(self, company_id: str) -> Employer | None:
        """Return one company by Intercom's id, or None."""
        try:
            return self._employer(self._api.get(f"/companies/{company_id}"))
        except NotFoundUpstream:
            return None

    def company_called(self, company_id: str) -> Employer | None:
        """Return one company by the customer's own id, or None."""
        try:
            answer = self._api.get("/companies", {"company_id": company_id})
        except NotFoundUpstream:
            return None
        # Described as a list; the real service answers with the company itself.
        entries = answers.items(answer, "/companies", "data") if "data" in answer else [answer]
        return next((self._employer(entry) for entry in entries if str(entry.get("company_id")) == company_id), None)

    def page(self, cursor: str | None, updated_after: int | None) -> PeoplePage:
        """Return a page of the users changed after a moment, or of all users.

        Moments are compared by days, in a timezone that differs between versions: callers must ask for two days more.
        """
        query: dict[str, Any] = _USERS
        if updated_after is not None:
            changed = {"field": "updated_at", "operator": ">", "value": updated_after}
            query = {"operator": "AND", "value": [_USERS, changed]}
        answer = paging.search(self._api, _SEARCH, query, cursor)
        rows = answers.items(answer, _SEARCH, "data", "contacts")
        total = answer.get("total_count")
        people = [self._person(row) for row in rows if row.get("role", "user") == "user"]
        return PeoplePage(people, paging.next_cursor(answer), total if isinstance(total, int) else 0)

    def gone(self, since: int) -> Sequence[str] | None:
        """Return the ids of people deleted or merged away since a moment; None if Intercom does not tell."""
        params = {"created_at_after": since}
        results: list[str] = []
        try:
            for page in paging.by_cursor(
                self._api, "/contacts/activities", params, "data", "activities", version=PREVIEW
            ):
                results += [text for row in page if (text := _gone(row))]
        except (UpstreamError, Incomplete):
            # A preview of the vendor's: it may not be there, or be another tomorrow. A whole sweep finds them too.
            return None
        return [person for person in dict.fromkeys(results) if self._is_gone(person)]

    def _is_gone(self, contact_id: str) -> bool:
        """Ask again: the description does not say which of two merged people an entry names."""
        try:
            self._api.get(f"/contacts/{contact_id}")
        except NotFoundUpstream:
            return True
        except UpstreamError:
            # Nobody is removed on a guess; a whole sweep finds them.
            return False
        return False

    def _person(self, entry: Mapping[str, Any]) -> Person:
        contact_id = str(answers.field(entry, "id", _SEARCH, (str, int)))
        missing: list[str] = []
        companies = self._tied(entry, "companies", contact_id, missing)
        tags = self._tied(entry, "tags", contact_id, missing)
        names = self._attributes.person
        custom = entry.get("custom_attributes")
        values = {name: custom[name] for name in sorted(names) if name in custom} if isinstance(custom, dict) else {}
        return Person(
            contact=Contact(
                id=contact_id,
                role="user",
                created_at=_moment(entry.get("created_at")) or 0,
                external_id=_text(entry.get("external_id")),
                email=_text(entry.get("email")),
                name=_text(entry.get("name")) if "name" in names else None,
                phone=_text(entry.get("phone")) if "phone" in names else None,
                unsubscribed_from_emails=bool(entry.get("unsubscribed_from_emails"))
                if "unsubscribed" in names
                else None,
                signed_up_at=_moment(entry.get("signed_up_at")) if "signed_up_at" in names else None,
                last_seen_at=_moment(entry.get("last_seen_at")) if "last_seen_at" in names else None,
            ),
            updated_at=_moment(entry.get("updated_at")) or 0,
            companies=companies,
            tags=tags,
            values=values,
            missing=tuple(missing),
            odd=tuple(
                f"{name} is {entry[name]!r}"
                for name in _MOMENTS_OF_PEOPLE
                if name in names and _is_odd(entry.get(name))
            ),
        )

    def _tied(self, entry: Mapping[str, Any], name: str, contact_id: str, missing: list[str]) -> tuple[str, ...]:
        """Return the ids of a person's ties, with a request for those that the person does not embed."""
        part = entry.get(name)
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

    def _employer(self, entry: Mapping[str, Any]) -> Employer:
        names = self._attributes.company
        company_id = _text(entry.get("company_id"))
        plan = entry.get("plan")
        kept: dict[str, Any] = {
            "industry": _text(entry.get("industry")),
            "website": _text(entry.get("website")),
            # An empty mapping where there is none, or nothing at all.
            "plan": _text(plan.get("name")) if isinstance(plan, dict) else _text(plan),
            "size": _number(entry.get("size")),
            "monthly_spend": _number(entry.get("monthly_spend")),
        }
        custom = entry.get("custom_attributes")
        tags = entry.get("tags")
        rows = tags.get("tags") or tags.get("data") or [] if isinstance(tags, dict) else []
        return Employer(
            company=Company(
                id=str(answers.field(entry, "id", "/companies", (str, int))),
                created_at=_moment(entry.get("created_at")) or 0,
                company_id=company_id,
                name=_text(entry.get("name")),
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
    """Return a moment in seconds; None if invalid or out of range. Some come in milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    seconds = value // 1000 if abs(value) >= _MILLISECONDS else value
    return seconds if seconds in MOMENTS else None


def _is_odd(value: object) -> bool:
    """Return True for a moment that is not in seconds since 1970."""
    return (value is not None and _moment(value) != value) or (isinstance(value, int) and value < 0)


def _gone(row: Mapping[str, Any]) -> str | None:
    kind = row.get("type") if row.get("type") in _GONE else row.get("activity_type")
    contact = row.get("contact")
    contact_id = contact.get("id") if isinstance(contact, dict) else row.get("contact_id")
    return str(contact_id) if kind in _GONE and contact_id is not None else None


# --- how many match -----------------------------------------------------------------------------------
# Nothing is asked that the description of the search says differently from version to version: no dates, and nothing
# that excludes, as people without a value may count or not. It knows nothing of companies.


def matching(api: Api, rule: Mapping[str, Any] | None) -> tuple[int, Mapping[str, Any] | None]:
    """Count the users who match the searchable part of a rule (None: everybody), and return it."""
    kept = [] if rule is None else [conjunct for conjunct in _conjuncts(rule) if _filter(conjunct) is not None][:_MOST]
    filters = [entry for item in kept if (entry := _filter(item)) is not None]
    groups = [item for item in filters if item["operator"] == "OR"]
    alone = [_USERS, *(item for item in filters if item not in groups)]
    # A group holds conditions or groups, not both.
    parts = [{"operator": "AND", "value": alone}, *groups] if groups else alone
    answer = api.ask(_SEARCH, {"query": {"operator": "AND", "value": parts}, "pagination": {"per_page": 1}})
    part = {"operator": "and", "predicates": kept} if kept else None
    return int(answers.field(answer, "total_count", _SEARCH, int)), part


def _conjuncts(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return conditions and groups that all have to hold."""
    if rule.get("operator") == "and":
        return [conjunct for part in rule["predicates"] for conjunct in _conjuncts(part)]
    return [rule]


def _filter(node: Mapping[str, Any], *, inside: bool = False) -> dict[str, Any] | None:
    """Return a part of a rule as a filter of the search; None without an equivalent one."""
    if "operator" not in node:
        return _condition(node)
    if node["operator"] != "or" or inside or len(node["predicates"]) > _MOST:
        return None
    results = [_filter(predicate, inside=True) for predicate in node["predicates"]]
    return None if None in results else {"operator": "OR", "value": results}


def _condition(node: Mapping[str, Any]) -> dict[str, Any] | None:
    operator = _OPERATORS.get((node["type"], node["comparison"]))
    # Empty texts are found otherwise than here.
    empty = node.get("value") == "" or "" in (node["value"] if isinstance(node.get("value"), list) else ())
    if operator is None or node["attribute"].startswith("company.") or empty:
        return None
    return {"field": node["attribute"], "operator": operator, "value": node["value"]}
