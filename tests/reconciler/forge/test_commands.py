"""Which comments are commands: what GitHub tells of a comment is data that anybody may have written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.forge.commands import Comment, comment_of

if TYPE_CHECKING:
    from pathlib import Path


def event(body: Any, **more: Any) -> dict[str, Any]:
    return {
        "action": "created",
        "issue": {"number": 7, "pull_request": {}},
        "comment": {"body": body, "user": {"login": "mara"}, "author_association": "MEMBER"},
        **more,
    }


def heard(folder: Path, told: Any) -> Comment | None:
    path = folder / "event.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return comment_of({"GITHUB_EVENT_PATH": str(path)})


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("/portal plan", "plan"),
        ("/portal   apply -e staging  ", "apply -e staging"),
        ("/portal plan\r\nbecause of the label", "plan"),
        ("/portal", ""),
        ("/portal $(reboot)", "$(reboot)"),
    ],
)
def test_the_first_line_is_what_is_asked(tmp_path: Path, body: str, asked: str) -> None:
    assert heard(tmp_path, event(body)) == Comment(7, "mara", known=True, command=asked)


@pytest.mark.parametrize(
    "told",
    [
        event("Try /portal plan"),
        event("> /portal plan"),
        event("\n/portal plan"),
        event("/portalplan"),
        event(""),
        event(None),
        event("/portal plan", action="edited"),
        event("/portal plan", action="deleted"),
        event("/portal plan", issue={"number": 7}),
        event("/portal plan", issue=None),
        event("/portal plan", comment={"body": "/portal plan", "user": None}),
        [],
        "no JSON",
    ],
)
def test_everything_else_is_no_command(tmp_path: Path, told: Any) -> None:
    assert heard(tmp_path, told) is None


def test_without_an_event_there_is_none(tmp_path: Path) -> None:
    assert comment_of({}) is None
    assert comment_of({"GITHUB_EVENT_PATH": str(tmp_path / "none.json")}) is None


@pytest.mark.parametrize("association", ["NONE", "CONTRIBUTOR", "FIRST_TIMER", None])
def test_a_stranger_is_not_known(tmp_path: Path, association: str | None) -> None:
    told = event("/portal plan")
    told["comment"]["author_association"] = association
    comment = heard(tmp_path, told)
    assert comment is not None
    assert not comment.known
