"""Programs that people run against the vendor, unchanged but for the address: the Node client and a tap of Singer.

`.ci/run` installs them into `build/clients`; where they are not, these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.workspace.web.admin.test_serve import ADMIN, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = Path(os.environ.get("PORTAL_TEST_CLIENTS", Path(__file__).parents[4] / "build" / "clients"))
_NODE = shutil.which("node") or ""
_TAP = CLIENTS / "tap" / "bin" / "python"
_NODE_SCRIPT = """
const { IntercomClient } = require("intercom-client");
const client = new IntercomClient({ token: process.argv[3], environment: process.argv[2] });
(async () => {
  const made = await client.contacts.create({ email: "node@client.example", name: "Noa" });
  const company = await client.companies.createOrUpdate({ company_id: "node", name: "Node Ltd" });
  await client.companies.attachContact({ contact_id: made.id, id: company.id });
  const contacts = [];
  for await (const contact of await client.contacts.list({ per_page: 20 })) contacts.push(contact.id);
  const scrolled = [];
  for await (const found of await client.companies.scroll()) scrolled.push(found.id);
  const query = { field: "email", operator: "=", value: "node@client.example" };
  const searched = await client.contacts.search({ query });
  const centers = await client.helpCenters.list();
  const center = await client.helpCenters.find({ help_center_id: Number(centers.data[0].id) });
  const admins = await client.admins.list();
  const admin = await client.admins.find({ admin_id: Number(admins.admins[0].id) });
  const tickets = await client.tickets.search({ query: { field: "open", operator: "=", value: "true" === "true" } });
  console.log(JSON.stringify({
    contacts, scrolled, searched: searched.data.map((one) => one.name), center: center.identifier, admin: admin.name,
    state: tickets.data[0].ticket_state.type,
  }));
})().catch((problem) => { console.error(problem); process.exit(1); });
"""
_TAP_SCRIPT = """
import sys
import tap_intercom
from tap_intercom import client
address = sys.argv.pop()
begin = client.IntercomClient.__init__
def begun(self, *given, **named):
    begin(self, *given, **named)
    self.base_url = address
client.IntercomClient.__init__ = begun
tap_intercom.main()
"""
_STREAMS = {"admins", "companies", "company_attributes", "contact_attributes", "contacts", "segments", "tags", "teams"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(folder=tmp_path_factory.mktemp("served")) as server:
        yield server.url


def _ids(address: str, path: str) -> list[str]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as api:
        page = api.get(path, params={"per_page": 150}).json()
        entries = [one["id"] for one in page["data"]]
        assert len(entries) == page["total_count"]
    return entries


@pytest.mark.skipif(not (_NODE and (CLIENTS / "node_modules").is_dir()), reason="the Node client is not installed")
def test_the_node_client(address: str, tmp_path: Path) -> None:
    (tmp_path / "program.js").write_text(_NODE_SCRIPT, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    done = subprocess.run(
        [_NODE, str(tmp_path / "program.js"), address, ADMIN], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    contents = json.loads(done.stdout)
    assert sorted(contents["contacts"]) == sorted(_ids(address, "/contacts"))
    assert sorted(contents["scrolled"]) == sorted(_ids(address, "/companies"))
    assert contents["searched"] == ["Noa"]
    assert (contents["center"], contents["state"]) == ("acme", "ticket_state")
    assert contents["admin"]


@pytest.mark.skipif(not _TAP.exists(), reason="the tap is not installed")
def test_the_tap(address: str, tmp_path: Path) -> None:
    config = {"access_token": ADMIN, "start_date": "2015-01-01T00:00:00Z", "user_agent": "tests"}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    catalog = json.loads(_tap(tmp_path, address, "--discover"))
    for stream in catalog["streams"]:
        selected = stream["tap_stream_id"] in _STREAMS
        for entry in stream["metadata"]:
            if entry["metadata"].get("inclusion") != "unsupported":
                entry["metadata"]["selected"] = selected
    (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
    by_name: dict[str, list[dict[str, Any]]] = {}
    for line in _tap(tmp_path, address, "--catalog", "catalog.json").splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            by_name.setdefault(message["stream"], []).append(message["record"])
    assert {one["id"] for one in by_name["contacts"]} == set(_ids(address, "/contacts"))
    assert {one["id"] for one in by_name["companies"]} == set(_ids(address, "/companies"))
    assert by_name["admins"]
    assert by_name["segments"]
    assert by_name["contact_attributes"]


def _tap(folder: Path, address: str, *arguments: str) -> str:
    command = [str(_TAP), "-c", _TAP_SCRIPT, "--config", "config.json", *arguments, address]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
