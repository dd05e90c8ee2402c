"""Collections of articles of a Help Center. Everybody may read all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import func, select

from workspace.database.tables import articles, collections
from workspace.portal.ranking import match, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection


MOST_ANNOUNCED = 20
"""The most announcements of a homepage."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, with one sentence or nothing as description; `size` is the number of its articles."""

    id: str
    name: str
    description: str
    size: int


@dataclass(frozen=True, slots=True)
class Article:
    """An article: paragraphs with empty lines between, lists of lines with `- `. `snippet` is a match in a search."""

    id: str
    title: str
    body: str
    collection_id: str
    collection: str
    updated_at: int
    snippet: str = ""

    @property
    def blocks(self) -> list[tuple[str, list[str]]]:
        """The body's paragraphs and lists: `("p", [text])` or `("ul", [item, …])`."""
        return [_block(part) for part in self.body.strip().split("\n\n") if part.strip()]


class Content(Protocol):
    """A homepage's content from the articles of a Help Center."""

    def collections(self) -> Sequence[Collection]:
        """Return the collections in their order."""

    def featured(self) -> Sequence[Article]:
        """Return the articles that are featured."""

    def announced(self) -> Sequence[Article]:
        """Return the articles that announce something, newest first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The articles of a Help Center in the database, read on demand."""

    connection: Connection
    help_center: str

    def collections(self) -> Sequence[Collection]:
        """Return the collections in their order."""
        return collections_of(self.connection, self.help_center)

    def featured(self) -> Sequence[Article]:
        """Return the articles that are featured."""
        return featured(self.connection, self.help_center)

    def announced(self) -> Sequence[Article]:
        """Return the articles that announce something, newest first."""
        return announced(self.connection, self.help_center)


def collections_of(connection: Connection, help_center: str) -> list[Collection]:
    """Return a Help Center's collections in their order."""
    size = select(func.count()).where(articles.c.collection_id == collections.c.id).scalar_subquery()
    columns = collections.c.id, collections.c.name, collections.c.description, size
    statement = select(*columns).where(collections.c.help_center == help_center)
    order = collections.c.position, collections.c.id
    return [Collection(*row) for row in connection.execute(statement.order_by(*order))]


def in_collection(connection: Connection, help_center: str, collection_id: str) -> list[Article]:
    """Return a collection's articles in their order."""
    return _articles(connection, help_center, collections.c.id == collection_id)


def featured(connection: Connection, help_center: str) -> list[Article]:
    """Return the articles that a Help Center features."""
    return _articles(connection, help_center, articles.c.featured.is_(True))


def announced(connection: Connection, help_center: str) -> list[Article]:
    """Return the articles that announce something, newest first."""
    results = _articles(connection, help_center, articles.c.announced.is_(True))
    return sorted(results, key=lambda result: result.updated_at, reverse=True)


def article(connection: Connection, help_center: str, article_id: str) -> Article | None:
    """Return an article of a Help Center, or None."""
    return next(iter(_articles(connection, help_center, articles.c.id == article_id)), None)


def search(connection: Connection, help_center: str, query: str) -> list[Article]:
    """Return the articles that have all words of a query, those with all in the title first."""
    words = words_of(query)
    if not words:
        return []
    results = []
    for item in _articles(connection, help_center):
        matched = match(words, [[item.title], [item.body]])
        if matched:
            fields = (item.id, item.title, item.body, item.collection_id, item.collection, item.updated_at)
            snippet = matched.snippet if matched.rank else item.body.partition("\n")[0]
            results.append((matched.rank, Article(*fields, snippet)))
    return [article for _, article in sorted(results, key=lambda pair: pair[0])]


def _articles(connection: Connection, help_center: str, *condition: ColumnElement[bool]) -> list[Article]:
    statement = (
        select(
            articles.c.id,
            articles.c.title,
            articles.c.body,
            articles.c.collection_id,
            collections.c.name,
            articles.c.updated_at,
        )
        .join(collections, collections.c.id == articles.c.collection_id)
        .where(collections.c.help_center == help_center, *condition)
        .order_by(collections.c.position, articles.c.position, articles.c.id)
    )
    return [Article(*row) for row in connection.execute(statement)]


def _block(part: str) -> tuple[str, list[str]]:
    lines = part.strip().splitlines()
    if all(line.startswith("- ") for line in lines):
        return "ul", [line.removeprefix("- ") for line in lines]
    return "p", [" ".join(lines)]
