"""A workspace with its console, and administrators in front of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import httpx

from workspace.database import engine as db
from workspace.identity import tokens

if TYPE_CHECKING:
    from tests.support.pages.stage import Stage

HOST = "http://workspace.example"
ROOT = "/admin/hc/acme"
PAGES = (
    *("home", "general", "access", "help-center", "layout", "look", "messenger", "data", "data/contact/companies"),
    *("contacts", "contacts/ada", "companies", "companies/north", "activity", "applies", "tokens"),
)


@dataclass
class Desk:
    """One workspace."""

    stage: Stage

    def token(self, name: str, scope: Any = "write", **more: Any) -> str:
        with db.writing(self.stage.engine) as connection:
            return tokens.create(connection, name, scope, now=self.stage.now(), **more)

    def admin(self, name: str = "Mara", scope: Any = "write") -> Admin:
        """Return a browser that is signed in to the console."""
        admin = self.nobody()
        answer = admin.http.post(
            "/admin/sign-in", data={"token": self.token(name, scope)}, headers={"Origin": admin.origin}
        )
        assert answer.status_code == 303, answer.text
        return admin

    def nobody(self, origin: str = HOST) -> Admin:
        http = httpx.Client(transport=httpx.WSGITransport(self.stage.app), base_url=origin)
        return Admin(http, origin)

    def configuration(self) -> Any:
        return self.stage.api.get("/help_centers/acme/configuration").json()

    def newest(self) -> Any:
        """Return the newest activity entry."""
        return self.stage.api.get("/activity", params={"limit": 1}).json()["data"][0]


@dataclass
class Admin:
    """A browser at the console, without a script."""

    http: httpx.Client
    origin: str

    def get(self, page: str) -> httpx.Response:
        answer = self.http.get(page if page.startswith("/") else f"{ROOT}/{page}")
        assert answer.status_code == 200, (page, answer.status_code, answer.text[:500])
        return answer

    def form(self, page: str, action: str | None = None) -> Form:
        """Return the form of a page that is sent to an address, filled in as it is shown."""
        path = page if page.startswith("/") else f"{ROOT}/{page}"
        wanted = f"{ROOT}/{action}" if action is not None else path
        return next(one for one in forms(self.get(page).text) if one.action == wanted)

    def send(self, form: Form, to: str | None = None, **headers: str) -> httpx.Response:
        return self.http.post(to or form.action, data=form.values, headers={"Origin": self.origin, **headers})


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def set(self, **values: str | list[str] | None) -> Form:
        for name, value in values.items():
            key = name.replace("__", ".")
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value if isinstance(value, list) else [value]
        return self


def forms(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.forms


def text(page: str) -> str:
    """Return a page's text, in one line."""
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", "", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._area: str | None = None
        self._first = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._form = Form(given.get("action") or "")
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value = given.get("name"), given.get("value") or ""
        if tag == "input" and name and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self._form.values.setdefault(name, []).append(value)
        elif tag == "select":
            self._select, self._first = name, True
        elif tag == "textarea" and name:
            self._area = name
            self._form.values.setdefault(name, []).append("")
        elif tag == "option" and self._select:
            self._option(given)

    def _option(self, given: dict[str, str | None]) -> None:
        assert self._form is not None
        assert self._select is not None
        if self._first or "selected" in given:
            self._form.values[self._select] = [given.get("value") or ""]
        self._first = False
        self._bare = "value" not in given and (self._form.values[self._select] == [""])

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area:
            self._form.values[self._area][-1] += data
        if self._form is not None and self._select and getattr(self, "_bare", False) and data.strip():
            self._form.values[self._select] = [data.strip()]
            self._bare = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
