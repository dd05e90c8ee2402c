"""Checks of the observed pages: every way in must agree, and none may show what it must not.

Three kinds of visitors: those who may open the portal; those who are signed in and may not, for whom there is no such
page; and those who are not signed in, whom everything leads to a page for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.operations.verify.checks import Check, Known, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.operations.verify.checks import Hidden, PersonUnderTest, PortalSetup, Tickets

_OK, _NOT_FOUND = 200, 404


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the portal, or the answer in its place."""

    status: int
    leads_to: str = ""  # the page for everybody of a bare redirect; empty for any other answer
    listed: int | None = None  # the number of tickets that a list states
    ticket: int | None = None  # the number on a ticket's page
    more: bool = False  # than the number that it states


@dataclass(frozen=True, slots=True)
class Entrance:
    """A page that may have a way into the portal."""

    status: int  # of the page itself
    target: Page | None  # the page that the way in leads to; `None` where there is no way in
    links: bool  # whether anything else on the page leads into the portal


@dataclass(frozen=True, slots=True)
class Listing:
    """The listed tickets of the pages in order, no more than `verify.MOST` need; `complete` if every page was read."""

    numbers: tuple[int, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """One visitor's observations."""

    signed_in: bool
    card: Entrance  # the homepage
    portal: Page | None  # `None` where there is none
    banner: Entrance  # the Messenger's tickets space
    listing: Listing | None = None
    ticket: Page | None = None  # the page of the first listed ticket
    hidden: tuple[tuple[Hidden, Page], ...] = ()  # those that must stay closed, with the answers of their pages


def observe(
    subject: PersonUnderTest, answer: Mapping[str, Any], walk: Walk, setting: PortalSetup, tickets: Tickets
) -> Iterator[Check]:
    """Yield the checks of the pages that a person saw; where nothing is demanded, the access check counts."""
    opens = subject.desired.get("open_portal", answer["can"]["open_portal"])
    judge = _Judge(subject.person, walk, setting)
    yield judge.sign_in(user=answer["user"], opens=opens)
    if not walk.signed_in and (answer["user"] or opens):
        # That a stranger is kept out proves nothing about them.
        yield from (
            judge.check(step, "not tried, because they are not signed in") for step in ("card", "url", "banner")
        )
        return
    yield judge.card(desired=subject.desired.get("see_card", opens and (setting.card_shown or setting.card_desired)))
    yield judge.url(opens=opens)
    yield judge.banner(desired=opens)
    yield from judge.tickets(tickets, opens=opens)
    yield judge.hidden()


def observe_stranger(walk: Walk, setting: PortalSetup) -> Iterator[Check]:
    """Yield the checks of the pages that a stranger saw: the homepage, without a hint."""
    judge = _Judge(None, walk, setting)
    yield judge.card(desired=False)
    yield judge.url(opens=False)
    yield judge.banner(desired=False)
    yield judge.hidden()


@dataclass(frozen=True, slots=True)
class _Judge:
    """Makes checks of one visitor's observations."""

    person: str | None
    walk: Walk
    setting: PortalSetup

    def check(self, step: str, message: str, *, holds: bool | None = None) -> Check:
        """Make a check; skipped where `holds` is unknown."""
        outcomes = {True: Outcome.PASSED, False: Outcome.FAILED, None: Outcome.SKIPPED}
        return Check(self.person, step, outcomes[holds], Known.OBSERVED, message)

    def sign_in(self, *, user: bool, opens: bool) -> Check:
        if user:
            message = "signed in" if self.walk.signed_in else "the workspace gave no session for the signed identity"
            return self.check("sign_in", message, holds=self.walk.signed_in)
        got = "got a session" if self.walk.signed_in else "got no session"
        return self.check("sign_in", f"{got}, being archived or not a user", holds=not (self.walk.signed_in or opens))

    def card(self, *, desired: bool) -> Check:
        return self._entrance("card", "homepage", self.walk.card, desired=desired)

    def banner(self, *, desired: bool) -> Check:
        on = self.setting.space_on or self.setting.space_desired or self.walk.banner.target
        if not on:
            return self.check("banner", "the tickets space is off")
        return self._entrance("banner", "tickets space", self.walk.banner, desired=desired)

    def _entrance(self, step: str, place: str, entrance: Entrance, *, desired: bool) -> Check:
        if entrance.status not in (_OK, _NOT_FOUND) or (desired and entrance.status != _OK):
            return self.check(step, f"the {place} answers {entrance.status}", holds=False)
        if entrance.target is None:
            message = f"the {place} has no {step}"
            if entrance.links and not desired:
                return self.check(step, f"{message}, but something else on it leads into the portal", holds=False)
            return self.check(step, message, holds=not desired)
        if not desired:
            return self.check(step, f"the {place} has the {step}", holds=False)
        message = f"the {place} has the {step}, and it leads to "
        if entrance.target.listed is None:
            return self.check(
                step, f"{message}something that is not the portal ({_answers(entrance.target)})", holds=False
            )
        return self.check(step, f"{message}the portal", holds=True)

    def url(self, *, opens: bool) -> Check:
        page = self.walk.portal
        if page is None:
            return self.check("url", "the portal has no address: it is disabled", holds=not opens)
        message = f"{self.setting.portal_url} {_answers(page)}"
        if not opens:
            return self.check("url", message, holds=self._kept_out(page))
        if page.status == _OK and page.listed is None:
            return self.check("url", f"{message}, but not with a list of tickets", holds=False)
        opened = page.status == _OK
        return self.check("url", f"{self.setting.portal_url} opens" if opened else message, holds=opened)

    def tickets(self, tickets: Tickets, *, opens: bool) -> Iterator[Check]:
        """Check the list against the access check, and the page of its first ticket."""
        listing, portal = self.walk.listing, self.walk.portal
        if not opens:
            if listing is not None:
                yield self.check("tickets", f"the portal lists {_tickets(len(listing.numbers))} to them", holds=False)
            return
        if listing is None or portal is None:
            yield self.check("tickets", "not tried, because the portal does not open")
            return
        problem = _difference(portal, listing, tickets)
        yield self.check("tickets", problem or _same(portal, tickets), holds=not problem)
        if self.walk.ticket is not None:
            number = listing.numbers[0]
            right = self.walk.ticket.status == _OK and self.walk.ticket.ticket == number
            message = "opens" if right else f"{_answers(self.walk.ticket)} and does not show that ticket"
            yield self.check("ticket", f"#{number} {message}", holds=right)
        else:
            yield self.check("ticket", "not tried, because none is listed")

    def hidden(self) -> Check:
        """Check that the tickets not theirs stay closed."""
        if not self.walk.hidden:
            return self.check("hidden", "there is no ticket that they must not see")
        open_ = [(hidden, page) for hidden, page in self.walk.hidden if not self._kept_out(page)]
        if open_:
            message = "; ".join(f"{_named(hidden)} {_answers(page)}" for hidden, page in open_)
            return self.check("hidden", message, holds=False)
        each = "" if len(self.walk.hidden) == 1 else "each "
        message = (
            f"{', '.join(_named(hidden) for hidden, _ in self.walk.hidden)}: {each}{_answers(self.walk.hidden[0][1])}"
        )
        return self.check("hidden", message, holds=True)

    def _kept_out(self, page: Page) -> bool:
        return page.status == _NOT_FOUND if self.walk.signed_in else bool(page.leads_to)


def _answers(page: Page) -> str:
    return f"leads to {page.leads_to}" if page.leads_to else f"answers {page.status}"


_WHOSE = {
    "own": " of their own",
    "colleague": " of a colleague",
    "other": " of another company",
    "internal": " for teammates only",
}


def _named(hidden: Hidden) -> str:
    return f"#{hidden.number}{_WHOSE.get(hidden.whose, '')}"


def _same(portal: Page, tickets: Tickets) -> str:
    if not tickets.count:
        return "the portal lists no ticket, and the access check names none"
    if len(tickets.numbers) < tickets.count:
        said = f"{_stated(portal)}, and the access check counts {tickets.count}"
        if not portal.more:
            said = f"{_stated(portal)}, as the access check does"
        return f"the portal says {said}; the first {len(tickets.numbers)} are the same"
    those = "the one ticket" if tickets.count == 1 else f"exactly the {tickets.count} tickets"
    return f"the portal lists {those} that the access check names"


def _difference(portal: Page, listing: Listing, tickets: Tickets) -> str:
    """Describe the difference between a list and the access check; empty where they agree."""
    listed, named = listing.numbers, tickets.numbers
    if listed and named and not (listing.complete and len(named) == tickets.count):
        # Both are the beginning of something longer: they can be compared as far as both go.
        last = min(max(listed), max(named))
        listed, named = (tuple(number for number in numbers if number <= last) for numbers in (listed, named))
    results = []
    if missing := sorted(set(named) - set(listed)):
        results.append(f"leaves out {_numbers(missing)}")
    if foreign := sorted(set(listed) - set(named)):
        results.append(f"lists {_numbers(foreign)}, which the access check does not name")
    if twice := sorted({number for number in listed if listed.count(number) > 1}):
        results.append(f"lists {_numbers(twice)} more than once")
    if not (tickets.count > (portal.listed or 0) if portal.more else tickets.count == portal.listed):
        results.append(f"says {_stated(portal)} where the access check counts {tickets.count}")
    if not results and listing.complete and len(listing.numbers) < tickets.count:
        results.append(f"lists no more than {_tickets(len(listing.numbers))}")
    return f"the portal {'; it '.join(results)}" if results else ""


_NAMED = 5


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(f"#{number}" for number in numbers[:_NAMED])
    return f"{shown} and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else shown


def _stated(portal: Page) -> str:
    return f"more than {_tickets(portal.listed or 0)}" if portal.more else _tickets(portal.listed or 0)


def _tickets(count: int) -> str:
    return "1 ticket" if count == 1 else f"{count} tickets"
