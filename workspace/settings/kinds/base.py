"""The declaration of a kind of settings; reads and writes follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workspace.core import validation
from workspace.core.errors import ApiError
from workspace.rules import model as rules
from workspace.writes import audit_log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from workspace.database.store import Stored
    from workspace.writes.admin_write import AdminWrite

Values = dict[str, Any]


def merge(_connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    """Return the values before, with those of a write in their place."""
    return {**before, **values}


def state(stored: Stored) -> Values:
    """Return a revision and values: the usual part of an answer."""
    return {"revision": stored.revision, "values": dict(stored.document)}


def _values(part: Mapping[str, Any]) -> Values:
    values: Values = part["values"]
    return values


@dataclass(frozen=True, slots=True)
class SettingKind:
    """The declaration of a kind of settings.

    Attributes:
        name: The first part of its addresses, and its key in a whole configuration.
        scope: One for the `workspace`, one for each `help_center`, or one for each data `attribute`.
        schema: The writable values: a schema of the admin API's description.
        title: Its name in activity entries; `{of}` is the rest of the address, such as a Help Center's identifier.
        combine: Merges written values into the stored ones, or refuses with 422; `initial` takes the first values.
        path: Its path in the admin API, if the name does not give it.
        own_module: True if a module of its own answers its path.
        shown: Its part of an answer, from which `read` takes its values.
        vendor_activity: True if the vendor has an activity type for its changes.
    """

    name: str
    scope: Literal["workspace", "help_center", "attribute"]
    schema: str
    title: str
    defaults: Mapping[str, Any]
    combine: Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], Values] = merge
    initial: Callable[[Mapping[str, Any]], Values] | None = None
    path: str | None = None
    own_module: bool = False
    shown: Callable[[Stored], Values] = state
    read: Callable[[Mapping[str, Any]], Values] = _values
    vendor_activity: bool = True

    def address(self, of: str = "") -> str:
        """Return an address of this kind, such as `audience/acme`; a kind of the whole workspace needs no `of`."""
        return self.name if self.scope == "workspace" else f"{self.name}/{of}"

    @property
    def route(self) -> str:
        """Its path below the admin API's root, as a route."""
        usual = self.name if self.scope == "workspace" else f"help_centers/<help_center>/{self.name}"
        return self.path or usual

    def begin(self, connection: Connection, values: Mapping[str, Any]) -> Values:
        """Return the first values: the defaults with `values` in place; ApiError for a wrong form or value."""
        if self.initial is not None:
            return {**self.defaults, **self.initial(values)}
        validation.check(self.schema, values)
        return self.combine(connection, self.defaults, values)

    def change(self, write: AdminWrite, address: str, values: Mapping[str, Any], expected: int) -> Stored:
        """Write values, valid by `schema`, and an activity entry; ApiError 404, 412 for another revision, or 422."""
        before = write.load(address, expected)
        after = self.combine(write.connection, before.document, values)
        return write.replace(before, after, self.described(address, before.document, after))

    def described(self, address: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Return the description of a change for an activity entry."""
        return audit_log.described(self.title.format(of=address.partition("/")[2]), before, after)


def check_rule(connection: Connection, rule: object, field: str) -> None:
    """Refuse a rule that the workspace cannot evaluate, with ApiError 422."""
    problems = rules.problems(rule, rules.attribute_types(connection), field=field)
    if problems:
        raise ApiError(422, problems)
