"""Fields of a search whose values are rows of their own, each of one owner: custom attributes, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Exists, Select, case, func, not_, select

from workspace.web.public.http.query import Column, Field

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, ScalarSelect

    from workspace.web.public.http.query import Test, Where

_FEW_HIDDEN = 5000
"""If no more rows are in no list, those are looked at, and not every owner."""


def field_of(
    kind: str,
    row: ColumnElement[str],
    owner: ColumnElement[str],
    here: Column,
    *its: Where,
    hidden: Where | None = None,
    several: bool = False,
) -> Field:
    """Return the field of those rows, found by their id, that own a value.

    Args:
        kind: What the values are, in `OPERATORS`.
        row: The id of a row.
        owner: The id of a value's owner.
        here: The columns of a value.
        its: Conditions on the values that are meant.
        hidden: The condition on rows that are in no list.
        several: True if one may own several of these values.
    """

    def owners(test: Test) -> Select[Any]:
        return select(owner).where(*its, test(here))

    def has(test: Test) -> Where:
        # A list of those who have it: an index of the values leads to them, whoever else there is.
        return row.in_(owners(test))

    def each(test: Test) -> Exists:
        return owners(test).where(owner == row).correlate(row.table).exists()

    def total(test: Test) -> Select[Any]:
        all_of_them = owners(test).distinct() if several else owners(test)
        if hidden is None:
            return _count(all_of_them)
        # A look at each of the owners takes fifty times as long as a count of their values.
        few = _number(select(row).where(hidden).limit(_FEW_HIDDEN + 1)) <= _FEW_HIDDEN
        off = _number(all_of_them.where(owner.in_(select(row).where(hidden))))
        one_by_one = _number(select(row).where(not_(hidden), has(test)))
        return select(case((few, _number(all_of_them) - off), else_=one_by_one))

    return Field(kind, has, each=each, total=total)


def _count(rows: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(rows.subquery())


def _number(rows: Select[Any]) -> ScalarSelect[Any]:
    return _count(rows).scalar_subquery()
