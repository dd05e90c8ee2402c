"""Cache of a fleet's last run, in a file: what has not moved since is not looked at again.

A configuration, like a whole fleet, is known again by every byte of its files; a batch by its configurations, the
query, other members' values of workspace settings, and the day; a workspace says with `304` that nothing moved there.
Only members with nothing to do are kept, and none that asks about people: they come and go without a setting moving.

The file has two lines of JSON: fleet and batches, and the members, which are read only where something moved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.core.diagnostics import Source, error
from reconciler.core.errors import ConfigurationInvalid
from reconciler.fleet.document import QUIET, Outcome
from reconciler.fleet.model import Member, Place, Refused, Site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reconciler.config.environments.files import Files
    from reconciler.fleet.model import Batch, Choice
    from reconciler.fleet.planning import BatchResult, Query, SitePages

_KIND = "fleet-memory"


class Cache:
    """The content of the last run, and that of this one."""

    def __init__(self, choice: Choice, path: str, before: bytes | None = None) -> None:
        """Begin with the last run's content, if of this version; raise ConfigurationInvalid for some other content."""
        self._choice, self._path = choice, path
        head, _, self._line_of_members = (before or b"").partition(b"\n")
        known = {} if before is None else self._parsed(head)
        if before is not None and known.get("kind") != _KIND:
            raise _unusable(path)
        if known.get("version") != __version__:
            known, self._line_of_members = {}, b""
        self._fleet: Mapping[str, Any] = known.get("fleet") or {}
        self._batches: Mapping[str, Any] = known.get("batches", {})
        self._kept_members: dict[str, Any] = {}
        self._kept_batches: dict[str, Any] = {}
        self._kept_fleet: Mapping[str, Any] | None = None
        self._has_late_address = False

    @cached_property
    def _members(self) -> Mapping[str, Any]:
        return self._parsed(self._line_of_members) if self._line_of_members else {}

    def _parsed(self, line: bytes) -> dict[str, Any]:
        try:
            content = json.loads(line)
        except ValueError:
            raise _unusable(self._path) from None
        if not isinstance(content, dict):
            raise _unusable(self._path)
        return content

    def known(self, files: Files) -> Files | Member:
        """Return the cached member of some files; the files where it is unknown."""
        key = self._of(files)
        entry = self._members.get(key)
        if entry is None:
            return files
        facts = {name: entry[name] for name in _FACTS}
        declared: Mapping[str, Any] = entry["said"]
        place, site = Place(files.main, entry["line"]), Site(**entry["site"])
        return Member(place=place, files=files, site=site, digest=key, declared=declared, **facts)

    def learnt(self, member: Member) -> Member:
        """Cache a valid member before variables are looked up; return it with its key."""
        self._has_late_address |= str(member.site.address).startswith("${")
        if member.digest:
            self._kept_members[member.digest] = self._members[member.digest]
            return member
        key = self._of(member.files)
        facts = {name: getattr(member, name) for name in _FACTS}
        self._kept_members[key] = {
            **facts,
            "said": member.values,
            "line": member.place.line,
            "site": asdict(member.site),
        }
        return replace(member, digest=key)

    def tagged(self, batch: Batch, query: Query) -> Batch:
        """Add the workspace's last tag to a batch, where nothing was to be done then."""
        entry = self._batches.get(_of_batch(batch, query))
        return batch if entry is None else replace(batch, tag=entry["tag"])

    def settled(self, batch: Batch, done: BatchResult, query: Query) -> tuple[Outcome, ...]:
        """Return the outcomes of a batch, now or from the last run, and cache them where possible."""
        key = _of_batch(batch, query)
        if done.outcomes is None:
            self._kept_batches[key] = self._batches[key]
            return tuple(Outcome(entry, 0) for entry in self._batches[key]["entries"])
        if done.tag and not any(member.asks_people for member in batch.members) and all(map(_is_quiet, done.outcomes)):
            entries = [dict(outcome.entry) for outcome in done.outcomes]
            self._kept_batches[key] = {"tag": done.tag, "entries": entries}
        return done.outcomes

    def key(self, files: Sequence[Files | Refused], query: Query, shard: tuple[int, int] | None) -> str | None:
        """Return the key of a whole fleet, or of a shard of it; `None` where a file could not be read."""
        sha256 = hashlib.sha256(repr((*_asked(query), shard)).encode())
        for item in files:
            if isinstance(item, Refused):
                return None
            sha256.update(self._of(item).encode())
        return sha256.hexdigest()

    def whole(self, key: str | None) -> Sequence[SitePages] | None:
        """Return each workspace of a fleet with the tags and entries of its batches; `None` where it is unknown."""
        if key is None or self._fleet.get("key") != key:
            return None
        kept = self._batches
        return [
            (Site(**site), [(kept[batch]["tag"], kept[batch]["entries"]) for batch in batches])
            for site, batches in self._fleet["sites"]
        ]

    def learnt_whole(self, key: str | None, batches: Sequence[Batch], query: Query) -> None:
        """Cache a fleet without refused members, where each batch is cached, and its address stands in no variable."""
        by_site: dict[Site, list[str]] = {}
        for batch in batches:
            by_site.setdefault(batch.site, []).append(_of_batch(batch, query))
        kept = self._kept_batches.keys() >= {batch for batches in by_site.values() for batch in batches}
        if key is not None and kept and not self._has_late_address:
            sites = [(asdict(site), batches) for site, batches in by_site.items()]
            self._kept_fleet = {"key": key, "sites": sites}

    def content(self) -> bytes:
        """Return the content to keep."""
        head = {"kind": _KIND, "version": __version__, "fleet": self._kept_fleet, "batches": self._kept_batches}
        lines = (json.dumps(line, separators=(",", ":")) for line in (head, self._kept_members))
        return "\n".join(lines).encode()

    def _of(self, files: Files) -> str:
        """Return the key of a configuration: its destination, and every byte of its files."""
        facts = (files.main, files.first, files.other, sorted(files.beside), len(files.diagnostics))
        sha256 = hashlib.sha256(f"{self._said} {facts!r}".encode())
        for name, data in sorted(files.contents.items()):
            sha256.update(f"{name!r} {len(data)}".encode())
            sha256.update(data)
        return sha256.hexdigest()

    @cached_property
    def _said(self) -> str:
        return repr(self._choice)


def load(path: Path, choice: Choice) -> Cache:
    """Load a cache, empty without a file; raise ConfigurationInvalid for another file, which is not overwritten."""
    try:
        return Cache(choice, str(path), path.read_bytes())
    except FileNotFoundError:
        return Cache(choice, str(path))
    except OSError:
        raise _unusable(str(path)) from None


def _unusable(path: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        error(
            "memory-unusable",
            "this is not what a fleet's memory looks like, and it is left as it is",
            remedy="Name a new file, or remove this one: a cache can be rebuilt at any time.",
            source=Source(path, 1, 1),
        )
    )


_FACTS = ("environment", "protected", "name", "help_center", "asks_people")


def _asked(query: Query) -> tuple[object, ...]:
    """Return what decides an answer about unchanged members, whose rules may depend on the day."""
    return query.verb, query.allowed, query.detailed, query.now.strftime("%Y-%m-%d")


def _of_batch(batch: Batch, query: Query) -> str:
    members = [member.digest for member in batch.members]
    fleet_values = json.dumps(batch.fleet_values, sort_keys=True)
    question = (batch.site, *_asked(query), members, fleet_values, sorted(batch.member_names))
    return hashlib.sha256(repr(question).encode()).hexdigest()


def _is_quiet(outcome: Outcome) -> bool:
    return outcome.exit_code == 0 and outcome.entry["outcome"] in QUIET and outcome.entry["document"] is None
