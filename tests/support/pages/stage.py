"""A workspace with its pages, and their visitors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import jwt
from sqlalchemy import insert, select, update

from tests.support.admin.client import ACTOR, TOKEN, Api, Clock
from workspace.database import engine as db
from workspace.database import tables
from workspace.identity import sessions
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings
from workspace.web.pages import cookies

if TYPE_CHECKING:
    from sqlalchemy import Engine

HOST = "http://help.acme.example"
SETTINGS: dict[str, dict[str, Any]] = {
    "help_center/acme": {"live": True, "custom_domain": "help.acme.example", "https": True, "cookie_forwarding": True},
    "site": {"messenger_installed": True, "certificate_valid": True, "cookie_forwarding_detectable": True},
    "identity": {"mode": "jwt"},
    "data_attribute/contact.companies": {"messenger_writable": False},
    "messenger_spaces": {"tickets": True},
    "portal/acme": {"enabled": True},
    "homepage/acme": {
        "live": [{"type": name, "enabled": True, "settings": {}} for name in ("search", "tickets_portal")]
    },
}
"""The settings of a working portal of the Help Center `acme`."""

SECRET = "sec_of_the_stage"


@dataclass
class Stage:
    """One workspace."""

    engine: Engine
    clock: Clock
    demo: bool = False
    web_app: str | None = None

    def __post_init__(self) -> None:
        token = EphemeralToken(TOKEN, ACTOR)
        sample = {"demo": self.demo, "web_app": self.web_app}
        settings = Settings(engine=self.engine, embedded=token, clock=self.clock, **sample)
        self.app = create_app(settings)
        self.api = Api(self.app)

    def visitor(self, host: str = HOST) -> httpx.Client:
        """Return a browser in which nobody is signed in."""
        return httpx.Client(transport=httpx.WSGITransport(self.app), base_url=host)

    def signed_in(self, contact_id: str, host: str = HOST, kind: str = "jwt") -> httpx.Client:
        """Return a browser that is signed in as a person, without asking whether they could be."""
        client = self.visitor(host)
        with db.writing(self.engine) as connection:
            if not connection.execute(select(tables.identity_secrets.c.id).where(_this_secret())).first():
                row = {"id": SECRET, "kind": kind, "name": "stage", "value": "s" * 43, "created_at": 0}
                connection.execute(insert(tables.identity_secrets).values(row))
            now = int(self.clock().timestamp())
            made = sessions.begin(connection, contact_id, SECRET, None, now)
            names = cookies.cookie_names(connection)
        client.cookies.update(dict(zip(names, (made.session, made.device), strict=True)))
        return client

    def set(self, address: str, **values: Any) -> None:
        """Change a setting, whatever it is."""
        with db.writing(self.engine) as connection:
            wanted = tables.settings.c.address == address
            document = connection.execute(select(tables.settings.c.document).where(wanted)).scalar_one()
            connection.execute(update(tables.settings).where(wanted).values(document={**document, **values}))
            # As with every change of settings: what was in force is kept until then.
            connection.execute(update(tables.workspaces).values(revision=tables.workspaces.c.revision + 1))

    def secret(self, kind: str = "jwt", name: str = "app") -> tuple[str, str]:
        """Make a signing secret, and return its id and its value."""
        answer = self.api.send("POST", "/identity/secrets", json={"kind": kind, "name": name})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer.json()["value"]

    def now(self) -> int:
        return int(self.clock().timestamp())


def _this_secret() -> Any:
    return tables.identity_secrets.c.id == SECRET


def token(secret: str, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


def csrf(page: str) -> str:
    match = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert match, page
    return match[1]


def numbers(page: str) -> list[int]:
    """Return the numbers of the tickets in a list, in its order."""
    return [int(one) for one in re.findall(r'class="number">#(\d+)<', page)]
