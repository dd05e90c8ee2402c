"""A made-up vendor of any number of people that speaks the recorded shapes; pages are made on demand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

ATTRIBUTES = [
    {"type": "data_attribute", "id": 1, "name": "plan_tier", "model": "company", "data_type": "string", "custom": True},
    {"type": "data_attribute", "id": 2, "name": "seats", "model": "contact", "data_type": "integer", "custom": True},
]
BEGAN = 1_700_000_000


@dataclass
class Crowd(httpx.BaseTransport):
    """People by the number, with changed fields; None for a removed person.

    `fails_after` is the number of calls after which the connection breaks, once.
    """

    people: int
    companies: int
    changed: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    calls: int = 0
    fails_after: int | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.fails_after is not None and self.calls > self.fails_after:
            raise KeyboardInterrupt
        return httpx.Response(200, content=json.dumps(self._answer(request)).encode(), request=request)

    def _answer(self, request: httpx.Request) -> Any:
        fixed = self._fixed(request)
        match request.url.path:
            case "/companies/scroll":
                return self._scroll(int(request.url.params.get("scroll_param", "0")))
            case "/contacts/search":
                return self._search(json.loads(request.content))
        return fixed.get(request.url.path, {"data": [], "pages": {}})

    def _fixed(self, request: httpx.Request) -> dict[str, Any]:
        app = {"id_code": "crowd", "name": "Crowd", "region": "US", "timezone": "UTC", "identity_verification": True}
        center = {"id": "7", "identifier": "acme", "website_turned_on": True, "url": "https://help.acme.example"}
        model = request.url.params.get("model")
        return {
            "/me": {"type": "admin", "app": app},
            "/help_center/help_centers": {"type": "list", "data": [{**center, "custom_domain": "help.acme.example"}]},
            "/data_attributes": {"data": [one for one in ATTRIBUTES if one["model"] == model]},
            "/tags": {"type": "list", "data": [{"type": "tag", "id": "t1", "name": "beta"}]},
        }

    def _scroll(self, first: int) -> Any:
        last = min(first + 100, self.companies)
        data = [company(number) for number in range(first, last)]
        return {"type": "list", "data": data, "scroll_param": str(last), "total_count": self.companies}

    def _search(self, body: Any) -> Any:
        query, pagination = body["query"], body["pagination"]
        first = int(pagination.get("starting_after", "0"))
        numbers: Any = range(self.people)
        if query.get("operator") == "AND":
            since = query["value"][1]["value"]
            numbers = [one for one, fields in self.changed.items() if fields and fields.get("updated_at", 0) > since]
        there = [one for one in numbers[first : first + 150] if self.changed.get(one, ()) is not None]
        data = [person(one, self.companies) | (self.changed.get(one) or {}) for one in there]
        pages: dict[str, Any] = {"type": "pages", "per_page": 150}
        if first + 150 < len(numbers):
            pages["next"] = {"per_page": 150, "starting_after": str(first + 150)}
        gone = sum(fields is None for fields in self.changed.values())
        return {"type": "list", "data": data, "pages": pages, "total_count": len(numbers) - gone}


def company(number: int) -> dict[str, Any]:
    return {
        "type": "company",
        "id": f"{number:024x}",
        "company_id": f"c{number}",
        "name": f"Company {number}",
        "created_at": BEGAN,
        "updated_at": BEGAN,
        "plan": {},
        "custom_attributes": {"plan_tier": ("free", "team", "enterprise")[number % 3], "creation_source": "api"},
        "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []},
    }


def person(number: int, companies: int) -> dict[str, Any]:
    theirs = [f"{number % companies:024x}"] if companies else []
    embedded = [{"type": "company", "id": one, "url": f"/companies/{one}"} for one in theirs]
    tags = [{"type": "tag", "id": "t1", "url": "/tags/t1"}] if number % 10 == 0 else []
    name = f"{number:024x}"
    filler = dict.fromkeys(
        ("avatar", "owner_id", "last_replied_at", "last_contacted_at", "browser", "browser_version", "os", "phone")
    )
    return {
        "type": "contact",
        "id": name,
        "workspace_id": "crowd",
        "external_id": f"u{number}",
        "role": "user",
        "email": f"person{number}@mail{number % 50}.example",
        "name": f"Person {number}",
        "created_at": BEGAN,
        "updated_at": BEGAN,
        "signed_up_at": BEGAN,
        "last_seen_at": None,
        **filler,
        "custom_attributes": {"seats": number % 7, "a": "x" * 40, "b": number, "c": True},
        "companies": {"type": "list", "data": embedded, "total_count": len(embedded), "has_more": False},
        "tags": {"type": "list", "data": tags, "total_count": len(tags), "has_more": False},
        "location": {"type": "location", "country": None, "region": None, "city": None},
        "social_profiles": {"type": "list", "data": []},
    }
