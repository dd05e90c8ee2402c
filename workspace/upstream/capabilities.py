"""Readers and writers of each field of a configuration file: `capabilities.toml`, one row a field."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ANY = "*"
"""The name that stands for every field of a resource."""


@dataclass(frozen=True, slots=True)
class Capability:
    """The capabilities of the API and of people for one field of the vendor's settings, with the source of these facts.

    Attributes:
        field: Its path in the file, such as `help_center.live`; `ATTRIBUTE` stands for any data attribute.
        address: The beginning of the addresses of its resources, up to and without the slash.
        read: `api`, `part` (the vendor gives less than the whole), or `none`.
        written: `api`, `person`, or `never`.
        proof: The proof of a person's change: `observed`, `count`, `url`, `text`, or `word`; `minutes` is their time.
    """

    field: str
    address: str
    name: str
    read: str
    written: str
    proof: str
    minutes: int
    source: str


@cache
def table(vendor: str = "intercom") -> tuple[Capability, ...]:
    """Return the capabilities of a vendor, in the order of the file."""
    text = (files(__package__) / vendor / "capabilities.toml").read_text(encoding="utf-8")
    return tuple(Capability(**row) for row in tomllib.loads(text)["field"])


@cache
def of(vendor: str, address: str, name: str) -> Capability | None:
    """Return the capability of a resource's field, by the longest address that fits, or None without such a field."""
    fitting = [
        capability
        for capability in table(vendor)
        if capability.name in (name, ANY) and _fits(capability.address, address)
    ]
    return max(fitting, key=lambda capability: len(capability.address), default=None)


_CALLED = {
    "audience": {"mode": "rule", "rule": "rule"},
    "ticket_visibility": {"restricted": "mode", "conditions": "mode"},
    "homepage": {"draft": "sections", "live": "publish"},
}
_BESIDE = frozenset({"draft_edited"})
_ALIKE = frozenset({"granted_companies"})
"""Resources of whose fields all is known, or nothing."""


def field_of(address: str, name: str) -> str | None:
    """Return the field of a file that a value of a resource belongs to; None if it is no setting of its own."""
    if name in _BESIDE:
        return None
    if address in _ALIKE:
        return ANY
    return _CALLED.get(address.partition("/")[0], {}).get(name, name)


@cache
def has(vendor: str, address: str) -> bool:
    """Return True for a resource among the vendor's settings."""
    return any(_fits(capability.address, address) for capability in table(vendor))


def _fits(prefix: str, address: str) -> bool:
    return address == prefix or address.startswith(f"{prefix}/")
