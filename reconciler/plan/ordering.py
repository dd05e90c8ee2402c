"""Order changes so that nobody sees in between what they could see neither before nor after.

Most of it follows from the kinds' dependencies. The rest is safety:

- closing the portal comes first, opening it after every change of access;
- grants are taken away before anything widens, and given last;
- the audience and ticket visibility are two writes. Narrower visibility goes first, wider visibility last; where it is
  neither, everybody is shown only their own tickets until the audience is in place;
- where people make these changes, on more than one screen, and the file manages the switch, the portal is closed
  first and opened last: they may stop at any point, and may see what nobody else can. New resources that a machine
  makes at the vendor come before that: they decide nothing, and wait for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from reconciler.kinds import granted_companies
from reconciler.kinds.base import MISSING
from reconciler.kinds.registry import KINDS, kind_of
from reconciler.plan.compare.diff import Difference, FieldChange, Origin
from reconciler.plan.effect import prerequisites
from reconciler.plan.making import making

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from reconciler.kinds.state import Resource, State

_RANK: dict[str, int] = {name: rank for rank, name in enumerate(reversed(list(KINDS)))}
_SAFE_WHILE_CHANGING = "own"


@dataclass(frozen=True, slots=True)
class OrderedChange:
    """A change in its place; `needs` are earlier positions, `reason` says why access stays closed for a while."""

    difference: Difference
    needs: tuple[int, ...] = ()
    reason: str = ""
    closes: bool = False
    opens: bool = False


def order_changes(
    differences: Sequence[Difference], state: State, today: date, *, opens: bool = False
) -> tuple[OrderedChange, ...]:
    """Order the steps; with `opens` the file enables the portal, and may close it meanwhile; `today` is in UTC."""
    if opens and _takes_several_screens(differences, state):
        return _closed_meanwhile(differences, state, today)
    return _arranged(differences, state, today)


def _arranged(
    differences: Sequence[Difference], state: State, today: date, *, shut: bool = False
) -> tuple[OrderedChange, ...]:
    """Order the steps; `shut` means that no interim step is needed to keep access closed."""
    closing, opening = _effects(differences, state, today)
    steps = [
        OrderedChange(difference, closes=difference.address in closing, opens=difference.address in opening)
        for difference in sorted(differences, key=lambda each: (_RANK[kind_of(each.address).name], each.address))
    ]
    steps = _with_grants_taken_first(steps)
    steps = steps if shut else _with_interim(steps, state)
    graph: dict[int, set[int]] = {number: set() for number in range(len(steps))}
    for before, after in _edges(steps, closing, opening, _of_no_consequence(steps, state)):
        graph[after].add(before)
    order = list(_sorted_topologically(graph))
    place = {old: new for new, old in enumerate(order)}
    return tuple(replace(steps[old], needs=tuple(sorted(place[number] for number in graph[old]))) for old in order)


_DECIDE_ACCESS = frozenset({"audience", "ticket_visibility"})
_DECIDING = _DECIDE_ACCESS | {"data_attribute"}


def _takes_several_screens(differences: Sequence[Difference], state: State) -> bool:
    """Tell whether a person changes access on several screens, of a portal that may be open."""
    by_hand = [
        difference
        for difference in differences
        if kind_of(difference.address).name in _DECIDE_ACCESS
        and (made := making(state, difference))
        and made.via == "person"
    ]
    return len(by_hand) > 1 and _may_be_enabled(state)


def _closed_meanwhile(differences: Sequence[Difference], state: State, today: date) -> tuple[OrderedChange, ...]:
    """Keep the portal off from the first to the last step; its page comes after that."""
    portal = state.portal
    rest = _arranged(
        [difference for difference in differences if difference.address != portal.address], state, today, shut=True
    )
    inner = [step for step in rest if kind_of(step.difference.address).name != "homepage"]
    pages = [step for step in rest if kind_of(step.difference.address).name == "homepage"]
    switched = next((difference for difference in differences if difference.address == portal.address), None)
    shut = OrderedChange(_switch(portal, state, on=False), reason=_WHILE_SHUT, closes=True)
    last = switched or _switch(portal, state, on=True)
    opened = OrderedChange(last, reason="" if switched else "opens the portal again", opens=True)
    free = _of_no_consequence(inner, state)
    ahead = [step for step in inner if step.difference.address in free and not step.needs]
    inner = [step for step in inner if step not in ahead]
    order = [*ahead, shut, *inner, opened, *pages]
    place = {id(step): number for number, step in enumerate(order)}
    behind = {id(step): step for step in order}
    needs = {
        id(page): ({place[id(rest[other])] for other in page.needs} | {len(ahead)})
        | ({place[id(opened)]} if page in pages else set())
        for page in (*inner, *pages)
    }
    needs |= {id(step): set() for step in (*ahead, shut)}
    needs[id(opened)] = set(range(len(ahead) + len(inner) + 1))
    return tuple(replace(behind[step], needs=tuple(sorted(needs[step]))) for step in behind)


def _of_no_consequence(steps: Sequence[OrderedChange], state: State) -> frozenset[str]:
    """Return a vendor's new attributes: they have no values yet, so they wait for no person."""
    if state.upstream is None:
        return frozenset()
    new = (step.difference for step in steps if step.difference.resource is None)
    return frozenset(difference.address for difference in new if kind_of(difference.address).name == "data_attribute")


_WHILE_SHUT = "while access changes on several screens: a person may stop between any two of them"


def _switch(portal: Resource, state: State, *, on: bool) -> Difference:
    known = state.known(portal.address, "enabled")
    seen = known is None or not known.unknown
    before = (not on) if on or seen else MISSING
    change = FieldChange(
        "enabled", before, on, declared=on, recorded=MISSING, origin=Origin.CONFIG, path=(), known=known
    )
    return Difference(portal.address, portal, (change,))


def _may_be_enabled(state: State) -> bool:
    """Tell whether the portal is enabled, or not known to be disabled."""
    known = state.known(state.portal.address, "enabled")
    return bool(state.portal.values["enabled"]) or (known is not None and known.unknown)


def _sorted_topologically(graph: Mapping[int, set[int]]) -> Iterator[int]:
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def _effects(differences: Sequence[Difference], state: State, today: date) -> tuple[set[str], set[str]]:
    """Return the addresses that close the portal, and those that open it; a required setting does if it is enabled."""
    live = state.portal.values["enabled"]
    before = prerequisites.met(state.profile, prerequisites.facts(state), today)
    closing, opening = set(), set()
    for difference in differences:
        after = prerequisites.met(state.profile, prerequisites.facts(state, [difference]), today)
        enabled = difference.outcome.get("enabled") if difference.address.startswith("portal/") else None
        if enabled is False or (live and any(before[name] and not after[name] for name in before)):
            closing.add(difference.address)
        elif enabled is True or (live and any(after[name] and not before[name] for name in before)):
            opening.add(difference.address)
    return closing, opening


def _with_interim(steps: list[OrderedChange], state: State) -> list[OrderedChange]:
    """Split a change of visibility in two where no order of two writes is safe."""
    kinds = [kind_of(step.difference.address).name for step in steps]
    if "audience" not in kinds or "ticket_visibility" not in kinds or not _stays_enabled(steps, state):
        return steps
    step = steps[kinds.index("ticket_visibility")]
    (change,) = step.difference.fields
    if _sees_no_more_than(change.before, change.after) or _sees_no_more_than(change.after, change.before):
        return steps
    first = replace(change, after=_SAFE_WHILE_CHANGING, declared=_SAFE_WHILE_CHANGING, details=())
    then = replace(change, before=_SAFE_WHILE_CHANGING, details=())
    interim = OrderedChange(
        replace(step.difference, fields=(first,), operations=()),
        reason="while the audience changes: no other order keeps people from tickets that are not theirs",
    )
    final = replace(step, difference=replace(step.difference, fields=(then,)))
    return [interim, *(final if item is step else item for item in steps)]


def _with_grants_taken_first(steps: list[OrderedChange]) -> list[OrderedChange]:
    """Split a change of grants in two where people lose some and gain some, and access changes too."""
    place = next(
        (at for at, item in enumerate(steps) if item.difference.address == granted_companies.KIND.address()), None
    )
    if place is None or len(steps) == 1:
        return steps
    step = steps[place]
    lesser = [(change, granted_companies.kept(change.before, change.after)) for change in step.difference.fields]
    loses = any(change.before not in (MISSING, some) for change, some in lesser)
    if not loses or not _gives(step):
        return steps
    # Orders of members of one mapping are those of the file: what is left of a list is in its own order.
    first = tuple(
        replace(change, after=some, declared=some, details=())
        for change, some in lesser
        if change.before not in (MISSING, some)
    )
    then = tuple(replace(change, before=some, details=()) for change, some in lesser if change.after != some)
    interim = OrderedChange(
        replace(step.difference, fields=first, operations=()),
        reason="while access changes: nobody may read what they were granted before and are not granted after",
    )
    rest = replace(step, difference=replace(step.difference, fields=then, operations=()))
    return [*steps[:place], interim, rest, *steps[place + 1 :]]


def _gives(step: OrderedChange) -> bool:
    return any(granted_companies.gains(change.before, change.after) for change in step.difference.fields)


def _stays_enabled(steps: Iterable[OrderedChange], state: State) -> bool:
    portal = state.portal
    return _may_be_enabled(state) and all(step.difference.address != portal.address for step in steps)


def _sees_no_more_than(value: Any, other: Any) -> bool:
    """Tell whether nobody sees more under `value` than under `other`."""
    return bool(value == "own" or other == "company")


def _edges(
    steps: Sequence[OrderedChange], closing: set[str], opening: set[str], free: frozenset[str]
) -> Iterator[tuple[int, int]]:
    kinds = [kind_of(step.difference.address).name for step in steps]
    addresses = [step.difference.address for step in steps]
    # What is taken away goes last, when nothing refers to it any more.
    stay = [number for number, step in enumerate(steps) if not step.difference.removes]
    named: dict[str, list[int]] = {}
    for number in stay:
        named.setdefault(addresses[number], []).append(number)
        named.setdefault(kinds[number], []).append(number)
    # Enabling the portal adds its card to the draft: whatever is done to the page comes after that.
    enabling = [number for number in named.get("portal", ()) if steps[number].difference.outcome.get("enabled") is True]
    deciding = [number for number in stay if kinds[number] in _DECIDING and addresses[number] not in opening]
    closing_first = [number for number in stay if addresses[number] in closing]
    unmoved = closing | free
    for after, step in enumerate(steps):
        address = addresses[after]
        earlier = set() if address in unmoved else set(closing_first)
        if address not in closing:
            needed = (named.get(name, ()) for name in kind_of(address).needs(step.difference.outcome))
            earlier.update(
                *needed,
                stay if step.difference.removes else (),
                enabling if kinds[after] == "homepage" else (),
                deciding if address in opening else (),
            )
        yield from ((before, after) for before in earlier if addresses[before] != address)
    yield from _visibility_edges(steps, kinds)
    yield from _grants_edges(steps, kinds, closing, opening)


def _grants_edges(
    steps: Sequence[OrderedChange], kinds: Sequence[str], closing: set[str], opening: set[str]
) -> Iterator[tuple[int, int]]:
    for index, kind in enumerate(kinds):
        if kind != "granted_companies":
            continue
        for other, step in enumerate(steps):
            address = step.difference.address
            decides = kinds[other] in {"audience", "ticket_visibility", "portal"} or address in closing | opening
            if _gives(steps[index]):
                if decides or (step.reason and kinds[other] == kind):
                    yield other, index
            elif decides and address not in closing:
                yield index, other


def _visibility_edges(steps: Sequence[OrderedChange], kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    if "audience" not in kinds:
        return
    audience = kinds.index("audience")
    for index, kind in enumerate(kinds):
        if kind == "ticket_visibility":
            (change,) = steps[index].difference.fields
            first = bool(steps[index].reason) or _sees_no_more_than(change.after, change.before)
            yield (index, audience) if first else (audience, index)
