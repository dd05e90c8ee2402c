"""What nothing can beat: the least that a program in the same language has to do for the same answer.

It reads the file into plain values, gets the live state in one request, and compares. It knows no positions, no rules,
no schema, no order, and nobody who gains or loses access; what `portal` takes beyond it is what all of that costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import Command
from benchmarks.servers import HOST, TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.places import Stage

COLLECTED, HELD = "floor", "floor, collector off"
_COMPARE = """
import gc, sys
collector, file, url, token = sys.argv[1:]
if collector == "off":
    gc.disable()
import httpx, yaml
with open(file, encoding="utf-8") as stream:
    wanted = yaml.load(stream, yaml.CSafeLoader)
asked = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, verify=False)
live = asked.raise_for_status().json()
have = {(one["model"], one["name"]): one["values"] for one in live["data_attributes"]}
for model, attributes in wanted["data_attributes"].items():
    for name, fields in attributes.items():
        for field, value in fields.items():
            assert have[model, name][field] == value, (model, name, field)
for field, value in wanted["help_center"].items():
    assert field == "identifier" or live["help_center"]["values"][field] == value, field
print("nothing to do")
"""


def floors(stage: Stage, file: Path, port: int) -> list[Command]:
    """Return the floor of a plan of `file` against the workspace at `port`, with the collector and without."""
    url = f"http://{HOST}:{port}/portal_admin/v1/help_centers/acme/configuration?record=acme-support"
    return [
        Command(name, [stage.python, "-c", _COMPARE, collector, file, url, TOKEN], "nothing to do")
        for name, collector in ((COLLECTED, "on"), (HELD, "off"))
    ]


FLEET, FLEET_HELD = "fleet's floor", "fleet's floor, collector off"
READ, DIGESTED = "a loop that parses the files", "os.read of the files, and a digest"
_COMPARE_ALL = """
import gc, os, sys
collector, folder, url, token = sys.argv[1:]
if collector == "off":
    gc.disable()
import httpx, yaml
wanted = []
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), encoding="utf-8") as stream:
        wanted.append(yaml.load(stream, yaml.CSafeLoader))
headers = {"Authorization": f"Bearer {token}"}
with httpx.Client(headers=headers, verify=False) as client:
    for start in range(0, len(wanted), 100):
        page = wanted[start : start + 100]
        of = [("of", one["help_center"]["identifier"] + ":" + one["name"]) for one in page]
        live = client.get(url, params=of).raise_for_status().json()
        have = {(one["model"], one["name"]): one["values"] for one in live["data_attributes"]}
        for one, entry in zip(page, live["configurations"], strict=True):
            for model, attributes in one["data_attributes"].items():
                for name, fields in attributes.items():
                    for field, value in fields.items():
                        assert have[model, name][field] == value, (model, name, field)
            for field, value in one["help_center"].items():
                assert field == "identifier" or entry["help_center"]["values"][field] == value, field
print("nothing to do")
"""
_READ_ALL = """
import os, sys
import yaml
(folder,) = sys.argv[1:]
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), encoding="utf-8") as stream:
        yaml.load(stream, yaml.CSafeLoader)
print("all read")
"""
_DIGEST_ALL = """
import hashlib, os, sys
(folder,) = sys.argv[1:]
digest = hashlib.sha256()
with os.scandir(folder) as found:
    files = sorted((one.path, one.stat().st_size) for one in found)
for path, size in files:
    file = os.open(path, os.O_RDONLY)
    digest.update(os.read(file, size + 1))
    os.close(file)
print("all read")
"""


def reading_floors(stage: Stage, folder: Path) -> list[Command]:
    """Return the floors of knowing that no file in `folder` has changed: parsing all, and digesting their bytes."""
    loops = ((READ, _READ_ALL), (DIGESTED, _DIGEST_ALL))
    return [Command(name, [stage.python, "-c", code, folder], "all read") for name, code in loops]


def fleet_floors(stage: Stage, folder: Path, port: int) -> list[Command]:
    """Return the floors of a plan of all files in `folder`: with the collector, and without it."""
    url = f"http://{HOST}:{port}/portal_admin/v1/configurations"
    return [
        Command(name, [stage.python, "-c", _COMPARE_ALL, collector, folder, url, TOKEN], "nothing to do")
        for name, collector in ((FLEET, "on"), (FLEET_HELD, "off"))
    ]
