"""What is asked of a forge, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Post:
    """A comment or an issue that this account wrote.

    Attributes:
        id: By what the forge finds it again.
        body: Its Markdown.
        url: Where people read it; empty where the forge does not say.
    """

    id: int
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request (a merge request, in the words of GitLab).

    Attributes:
        number: Its number.
        head: The last commit of its branch.
        author: The account that wrote it; empty where the forge does not say.
        labels: What it is labelled with.
        foreign: Whether it comes from a fork, so that whoever wrote it may not write to this repository.
    """

    number: int
    head: str
    author: str
    labels: tuple[str, ...]
    foreign: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A label, and who set it last.

    Attributes:
        name: The label.
        by: The account; empty where the forge does not say.
        person: Whether that is a person, and not a program.
    """

    name: str
    by: str
    person: bool


class Forge(Protocol):
    """One repository on a forge, with the rights of one account."""

    name: str
    """What to call the forge."""

    def comments(self, number: int) -> Sequence[Post]:
        """Return what this account has said on a pull request, oldest first."""

    def comment(self, number: int, body: str) -> Post:
        """Say something on a pull request."""

    def edit_comment(self, number: int, entry: int, body: str) -> Post:
        """Say something else in place of an earlier comment."""

    def issues(self) -> Sequence[Post]:
        """Return the open issues that this account has opened."""

    def open_issue(self, title: str, body: str) -> Post:
        """Open an issue."""

    def edit_issue(self, number: int, title: str, body: str, *, closed: bool) -> Post:
        """Change an open issue, and close it where that is wanted."""

    def request(self, number: int) -> PullRequest:
        """Return a pull request."""

    def labels(self, request: PullRequest) -> Sequence[Label]:
        """Return who set each label of a pull request; also of labels that were taken away since."""

    def merged(self, commit: str) -> PullRequest | None:
        """Return the pull request that was merged as a commit, if one was."""

    def kept(self, request: PullRequest, name: str) -> bytes | None:
        """Return the newest file that a build of a pull request kept under a name; `None` where none did."""

    def close(self) -> None:
        """Let go of connections."""
