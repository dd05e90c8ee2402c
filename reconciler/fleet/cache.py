"""Cache of a fleet's last run, in a file: what has not moved since is not looked at again.

A configuration is known again by every byte of its files, so one that was valid is valid. A batch is known again by its
configurations, the query, other members' values of workspace settings, and the day; the workspace itself says with
`304` that nothing moved there. Only members with nothing to do are kept, and none that asks about people: they come and
go without a setting moving.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.core.diagnostics import Source, error
from reconciler.core.errors import ConfigurationInvalid
from reconciler.fleet.document import QUIET, Outcome
from reconciler.fleet.model import Member, Place, Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.config.environments.files import Files
    from reconciler.fleet.model import Batch, Choice
    from reconciler.fleet.planning import BatchResult, Query

_KIND = "fleet-memory"


class Cache:
    """The content of the last run, and that of this one."""

    def __init__(self, choice: Choice, before: Mapping[str, Any] | None = None) -> None:
        """Begin with the last run's `content`; that of another version is discarded."""
        known = before if before is not None and before["version"] == __version__ else {}
        self._choice = choice
        self._members: Mapping[str, Any] = known.get("members", {})
        self._batches: Mapping[str, Any] = known.get("batches", {})
        self._kept_members: dict[str, Any] = {}
        self._kept_batches: dict[str, Any] = {}

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

    def content(self) -> dict[str, Any]:
        """Return the content to keep."""
        return {
            "kind": _KIND,
            "version": __version__,
            "members": self._kept_members,
            "batches": self._kept_batches,
        }

    def _of(self, files: Files) -> str:
        """Return the key of a configuration: its destination, and every byte of its files."""
        head = repr((self._choice, files.main, files.first, sorted(files.beside), len(files.diagnostics)))
        sha256 = hashlib.sha256(head.encode())
        for name in sorted(files.contents):
            sha256.update(f"{name!r} {len(files.contents[name])}".encode())
            sha256.update(files.contents[name])
        return sha256.hexdigest()


def load(path: Path, choice: Choice) -> Cache:
    """Load a cache, empty without a file; raise ConfigurationInvalid for another file, which is not overwritten."""
    try:
        contents = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Cache(choice)
    except (OSError, ValueError):
        contents = None
    if not isinstance(contents, dict) or contents.get("kind") != _KIND:
        raise ConfigurationInvalid(
            error(
                "memory-unusable",
                "this is not what a fleet's memory looks like, and it is left as it is",
                remedy="Name a new file, or remove this one: a cache can be rebuilt at any time.",
                source=Source(str(path), 1, 1),
            )
        )
    return Cache(choice, contents)


_FACTS = ("environment", "protected", "name", "help_center", "asks_people")


def _of_batch(batch: Batch, query: Query) -> str:
    day = query.now.strftime("%Y-%m-%d")
    members = [member.digest for member in batch.members]
    fleet_values = json.dumps(batch.fleet_values, sort_keys=True)
    question = (
        batch.site,
        query.verb,
        query.allowed,
        query.detailed,
        day,
        members,
        fleet_values,
        sorted(batch.member_names),
    )
    return hashlib.sha256(repr(question).encode()).hexdigest()


def _is_quiet(outcome: Outcome) -> bool:
    return outcome.exit_code == 0 and outcome.entry["outcome"] in QUIET and outcome.entry["document"] is None
