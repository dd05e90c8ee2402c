"""The interface of a forge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Post:
    """A comment or an issue of this account: the forge's id, Markdown, and its page, where known."""

    id: int
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, or a merge request of GitLab; a `foreign` author may not write to this repository."""

    number: int
    head: str
    author: str
    labels: tuple[str, ...]
    foreign: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A label, and the account that set it last; empty where unknown, and `person` if it is no program."""

    name: str
    by: str
    person: bool


class Forge(Protocol):
    """One repository on a forge, with the rights of one account."""

    name: str
    """The forge's name in messages."""

    def comments(self, number: int) -> Sequence[Post]:
        """List this account's comments on a pull request, oldest first."""

    def comment(self, number: int, body: str) -> Post:
        """Comment on a pull request."""

    def edit_comment(self, number: int, entry: int, body: str) -> Post:
        """Replace an earlier comment."""

    def issues(self) -> Sequence[Post]:
        """List the open issues of this account."""

    def open_issue(self, title: str, body: str) -> Post:
        """Open an issue."""

    def edit_issue(self, number: int, title: str, body: str, *, closed: bool) -> Post:
        """Change an open issue, and close it on request."""

    def request(self, number: int) -> PullRequest:
        """Get a pull request."""

    def labels(self, request: PullRequest) -> Sequence[Label]:
        """List who set each label of a pull request, removed labels included."""

    def merged(self, commit: str) -> PullRequest | None:
        """Find the pull request that was merged as a commit."""

    def kept(self, request: PullRequest, name: str) -> bytes | None:
        """Return the newest file of that name kept by a build of a pull request; `None` for none."""

    def close(self) -> None:
        """Close connections."""
