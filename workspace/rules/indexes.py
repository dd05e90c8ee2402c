"""Rules that an index answers: it leads from a value to the people who have it, so the cost grows with these people.

Indexes know the email address (equal, beginning, ending) and the external id (equal); tags; custom attributes except
for comparisons inside of a text; and conditions on the company alone that need one. They never know complements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.rules.tree import Branch, Leaf, Node, branch, without_company

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = {
    "email": frozenset({"eq", "in", "starts_with", "ends_with"}),
    "external_id": frozenset({"eq", "in"}),
}
_INSIDE = frozenset({"contains", "contains_word", "starts_with", "ends_with"})

_COLUMN, _VALUE, _TAG, _COMPANY = range(4)


def rank(node: Node, broad: frozenset[Node] = frozenset()) -> int | None:
    """Return the rank of a node by the people an index leads to, the lower the fewer; None without an index.

    `broad` are `company_nodes` that hold for so many companies that it is better to ask everybody.
    """
    if not node.person:
        return _COMPANY if without_company(node) is False and node not in broad else None
    if isinstance(node, Leaf):
        return _rank_of_leaf(node)
    members = parts(node)
    if len(members) == 1:
        return None
    ranks = [rank(member, broad) for member in members]
    known = [own for own in ranks if own is not None]
    if node.operator == "and":
        return min(known, default=None)
    return max(known) if len(known) == len(ranks) else None


def company_nodes(node: Node) -> Iterator[Node]:
    """Yield the parts of a node that lead from companies to their people."""
    if not node.person:
        yield node
    elif isinstance(node, Branch) and len(members := parts(node)) > 1:
        for member in members:
            yield from company_nodes(member)


def parts(node: Branch) -> list[Node]:
    """Split a node into members that can be asked one by one; a node that has to be asked as a whole stays alone.

    Conditions on the company stay together where all must hold of the same one; elsewhere only pure ones do, to be
    asked once.
    """
    if node.operator == "or":
        together = [member for member in node.members if not member.person]
        apart = [member for member in node.members if member.person]
    else:
        together = [member for member in node.members if member.company]
        apart = [member for member in node.members if not member.company]
    return [*apart, branch(node.operator, together)] if together else apart


def _rank_of_leaf(leaf: Leaf) -> int | None:
    if leaf.negated:
        return None
    if leaf.type == "tag":
        return _TAG
    if leaf.custom is not None:
        return None if leaf.comparison in _INSIDE else _VALUE
    return _COLUMN if leaf.comparison in _COLUMNS.get(leaf.attribute, ()) else None
