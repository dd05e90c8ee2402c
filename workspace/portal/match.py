"""Search in tickets as SQL: each word of a query, folded, also as a part of another; as `ranking` does in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, literal, or_

from workspace.database.tables import ticket_replies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import FromClause

CUSTOMERS = "comment"
"""Replies of this kind are for customers; any other is a note among teammates."""

Where = ColumnElement[bool]


def matches(words: Sequence[str], ticket: FromClause) -> tuple[Where, ColumnElement[int]]:
    """Return the condition that a ticket has all words, and its rank: 0 number and title, 1 description, 2 replies."""

    def number_or_title(word: str) -> Where:
        number = literal("#") + cast(ticket.c.number, String)
        return or_(number.contains(word, autoescape=True), ticket.c.title_folded.contains(word, autoescape=True))

    def or_description(word: str) -> Where:
        return or_(number_or_title(word), ticket.c.description_folded.contains(word, autoescape=True))

    def or_replies(word: str) -> Where:
        its = ticket_replies.c.ticket_id == ticket.c.id, ticket_replies.c.part_type == CUSTOMERS
        correlate = exists().where(*its, ticket_replies.c.body_folded.contains(word, autoescape=True)).correlate(ticket)
        return or_(or_description(word), correlate)

    def each(has: Callable[[str], Where]) -> Where:
        return and_(*map(has, words))

    return each(or_replies), case((each(number_or_title), 0), (each(or_description), 1), else_=2)
