"""The note of the values before a task, as a form in the words of a file: an undo restores them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workspace.core.texts import _
from workspace.web.console import as_yaml
from workspace.web.console.rules import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.datastructures import MultiDict

    from workspace.web.console.rules.choices import Choices
    from workspace.web.console.rules.tree import Group

_RULES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "audience": (
        ("nobody", _("Nobody")),
        ("everyone", _("Everyone who can log in")),
        ("rule", _("People who matched these conditions")),
    ),
    "ticket_visibility": (
        ("company", _("All tickets of their companies")),
        ("own", _("Only tickets that they created")),
        ("rule", _("Only tickets that they created, for people who matched these conditions")),
    ),
}
"""The choices of a setting with a rule, apart from the rule."""
_MODES = (("off", _("Off")), ("hmac", _("User hashes (HMAC)")), ("jwt", _("JSON Web Tokens (JWT)")))
_SWITCH = (("yes", _("Yes")), ("no", _("No")))
_WHOLE = frozenset({"homepage"})
"""Kinds that are more than their fields in a file: a note of one is for people."""
TEXT, CHOICE, RULE = "text", "choice", "rule"


@dataclass(frozen=True, slots=True)
class NoteField:
    """One value to note, by its name in a file: `text`, `choice`, or `rule` for a choice with a rule among its options.

    `none` is True if there was no value; `rule` is as typed, for any choice.
    """

    field: str
    kind: str
    choices: Sequence[tuple[str, str]]
    typed: str
    none: bool = False
    rule: Group = tree.EMPTY


def note_fields(task: Mapping[str, Any], sent: MultiDict[str, str]) -> list[NoteField]:
    """Return the values to note, as typed in the form, if one was sent; none if only free words fit."""
    kind = task["address"].partition("/")[0]
    if kind in _WHOLE:
        return []
    if kind in _RULES:
        rule = tree.of_form(sent, dict(sent.lists()), "rule")
        return [NoteField(task["fields"][0], RULE, _RULES[kind], sent.get("before", ""), rule=rule)]
    return [
        _question(kind, name, sent, after)
        for name in task["fields"]
        if isinstance(after := task["after"].get(name), bool | str | None)
    ]


def body(task: Mapping[str, Any], fields: Sequence[NoteField], words: str, known: Choices) -> dict[str, Any]:
    """Return the note for the API, of values and free words; empty if nothing was typed."""
    kind = task["address"].partition("/")[0]
    values = {field.field: _value(kind, field, known) for field in fields if field.typed or field.none}
    return {**({"values": values} if values else {}), **({"text": words} if words else {})}


def edited(fields: Sequence[NoteField], action: str, known: Choices) -> list[NoteField]:
    """Return the fields after a button of the builder was pressed: whoever adds a condition means a rule."""
    return [
        replace(field, typed="rule", rule=tree.edited(field.rule, action, known)) if field.kind == RULE else field
        for field in fields
    ]


def _question(task_kind: str, field: str, sent: MultiDict[str, str], after: object) -> NoteField:
    choices = _MODES if task_kind == "identity" else _SWITCH if isinstance(after, bool) else ()
    typed = sent.get(f"before.{field}", "").strip()
    return NoteField(field, CHOICE if choices else TEXT, choices, typed, none=sent.get(f"none.{field}") == "yes")


def _value(kind: str, item: NoteField, known: Choices) -> Any:
    if item.none:
        return None
    if item.choices is _SWITCH:
        return item.typed == "yes"
    if item.kind == RULE and item.typed == "rule":
        rule = as_yaml.plain(tree.document(item.rule, known))
        return rule if kind == "audience" else {"own_for": rule, "otherwise": "company"}
    return item.typed
