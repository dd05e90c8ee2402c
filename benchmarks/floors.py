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
