"""Shorthands for most tests of the public API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def ok(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def refused(response: httpx.Response, status: int, code: str, message: str | None = None) -> dict[str, Any]:
    """Return the one complaint of a refusal."""
    assert response.status_code == status, response.text
    document = response.json()
    assert document["type"] == "error.list"
    assert document["request_id"] == response.headers["X-Request-Id"]
    (error,) = document["errors"]
    assert error["code"] == code, error
    if message is not None:
        assert error["message"] == message
    by_name: dict[str, Any] = error
    return by_name


def new_contact(api: httpx.Client, **values: Any) -> dict[str, Any]:
    body: dict[str, Any] = ok(api.post("/contacts", json=values))
    return body


def new_company(api: httpx.Client, **values: Any) -> dict[str, Any]:
    body: dict[str, Any] = ok(api.post("/companies", json=values))
    return body


def ticket_type(api: httpx.Client, category: str = "Customer") -> dict[str, Any]:
    by_name: dict[str, Any] = next(one for one in ok(api.get("/ticket_types"))["data"] if one["category"] == category)
    return by_name


def new_ticket(api: httpx.Client, contact: str, title: str = "", category: str = "Customer", **more: Any) -> Any:
    attributes = {"_default_title_": title, **more.pop("attributes", {})}
    body = {"ticket_type_id": ticket_type(api, category)["id"], "contacts": [{"id": contact}], **more}
    return ok(api.post("/tickets", json={**body, "ticket_attributes": attributes}))
