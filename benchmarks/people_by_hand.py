"""SQL written by hand for one question each, for the database that it is asked of: what ours is held against.

Whoever wrote it knows which index serves, which rule means few, and what need not be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

USER = "c.role = 'user' AND c.archived IS {false}"
SAMPLE = 5
_COLUMNS = "c.id, c.email_folded"
_CALLED = "coalesce(o.name, o.company_id, o.id)"
_TIER = "company.custom_attributes.plan_tier"
_OF_TIER = "(SELECT owner_id FROM company_values WHERE name = 'plan_tier' AND text IN ({}))"
_MEMBER = "EXISTS (SELECT 1 FROM memberships m WHERE m.contact_id = c.id)"
_VIP = "(SELECT owner_id FROM contact_tags WHERE tag_id = (SELECT id FROM tags WHERE name = 'vip'))"
_BETA = "(SELECT id FROM tags WHERE name = 'beta')"
_BETA_TAG = f"EXISTS (SELECT 1 FROM contact_tags t WHERE t.owner_id = c.id AND {{probed}}t.tag_id = {_BETA})"
_EXAMPLY = "c.email_reversed >= 'moc.ylpmaxe@' AND c.email_reversed < 'moc.ylpmaxeA'"


@dataclass(frozen=True)
class Question:
    """A rule, and by hand the condition on a row `c` of `contacts` that it holds for a user.

    Attributes:
        name: What the results call it.
        rule: As the admin API takes it.
        led: The ids of the people of whom it may hold, where it is better to begin there; they are not all users.
        where: The condition. `{probed}` keeps SQLite from an index, and is nothing on PostgreSQL.
        broad: Whether SQLite does best to ask everybody.
        lonely: Whether somebody without a company may be among them.
    """

    name: str
    rule: dict[str, Any]
    where: str
    led: str = ""
    broad: bool = False
    lonely: bool = True


def _predicate(attribute: str, comparison: str, value: object, kind: str = "text") -> dict[str, Any]:
    return {"attribute": attribute, "type": kind, "comparison": comparison, "value": value}


def _group(operator: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"operator": operator, "predicates": list(rules)}


def _in_tier(*tiers: str) -> str:
    wanted = _OF_TIER.format(", ".join(f"'{one}'" for one in tiers))
    return f"EXISTS (SELECT 1 FROM memberships m WHERE m.contact_id = c.id AND {{probed}}m.company_id IN {wanted})"


BEFORE = _predicate("tag", "eq", "vip", "tag")
"""The rule before, in every impact: few people, whoever the rule after means."""

_TAGGED = _predicate("tag", "eq", "beta", "tag")
_NOT_FREE = (
    "EXISTS (SELECT 1 FROM memberships m WHERE m.contact_id = c.id"
    f" AND {{probed}}m.company_id NOT IN {_OF_TIER.format(chr(39) + 'free' + chr(39))})"
)
QUESTIONS = (
    Question(
        "person tag `is`",
        _TAGGED,
        _BETA_TAG,
        led=f"SELECT t.owner_id AS id FROM contact_tags t WHERE t.tag_id = {_BETA}",
    ),
    Question("email `ends_with`", _predicate("email", "ends_with", "@examply.com"), _EXAMPLY),
    Question("company plan_tier `is`", _predicate(_TIER, "eq", "team"), _in_tier("team"), broad=True, lonely=False),
    Question(
        "`all` of an email text, a company plan_tier, a tag",
        _group("and", _predicate("email", "contains", "ma"), _predicate(_TIER, "in", ["team", "enterprise"]), _TAGGED),
        f"c.email_folded LIKE '%ma%' AND {_in_tier('team', 'enterprise')}",
        led=f"SELECT t.owner_id AS id FROM contact_tags t WHERE t.tag_id = {_BETA}",
        lonely=False,
    ),
    Question(
        "company plan_tier `is` one of two, two thirds of all",
        _predicate(_TIER, "in", ["team", "enterprise"]),
        _in_tier("team", "enterprise"),
        broad=True,
        lonely=False,
    ),
    Question(
        "`not` a tag and `not` a company plan_tier, two thirds of all",
        _group("not", _group("or", _TAGGED, _predicate(_TIER, "eq", "free"))),
        f"NOT {_BETA_TAG} AND ({_NOT_FREE} OR NOT {_MEMBER})",
        broad=True,
    ),
)


@dataclass(frozen=True)
class ByHand:
    """The statements for one kind of database."""

    kind: str

    def written(self, text: str) -> str:
        """Return SQL with what differs between the databases filled in."""
        sqlite = self.kind == "sqlite"
        return text.format(probed="+" if sqlite else "", false="0" if sqlite else "false")

    def found(self, one: Question) -> str:
        """Return the statement for the ids and addresses of the users for whom a rule holds."""
        where = self._joined(one)
        if one.led:
            rest = "" if one.where == _BETA_TAG else f" AND {where}"
            text = f"SELECT {_COLUMNS} FROM ({one.led}) l CROSS JOIN contacts c WHERE c.id = l.id AND {USER}{rest}"
        else:
            text = f"SELECT {_COLUMNS} FROM contacts c WHERE {USER} AND {where}"
        return self.written(text)

    def count(self, one: Question) -> str:
        """Return the statement for how many these are."""
        return f"SELECT count(*) FROM ({self.found(one)}) found"

    def page(self, one: Question) -> str:
        """Return the statement for the first fifty of them by address, with the names of their companies."""
        by_index = "INDEXED BY ix_contacts_users_email" if self.kind == "sqlite" else ""
        where = f"{one.where} AND {_BETA_TAG}" if one.led and one.where != _BETA_TAG else one.where
        return self.written(
            f"SELECT p.id, p.email, p.name, p.external_id, {_CALLED} FROM"
            f" (SELECT {_COLUMNS}, c.email, c.name, c.external_id FROM contacts c {by_index}"
            f" WHERE {USER} AND c.email_folded IS NOT NULL AND {where} ORDER BY c.email_folded, c.id LIMIT 50) p"
            " LEFT JOIN memberships m ON m.contact_id = p.id"
            " LEFT JOIN companies o ON o.id = m.company_id ORDER BY p.email_folded, p.id"
        )

    def impact(self, one: Question) -> str:
        """Return the statement for who gains and who loses from `BEFORE` to a rule: kind, state, members, name.

        In place of a name, a row of a state has the sum of the numbers of those who gain or lose.
        """
        member = "NOT EXISTS (SELECT 1 FROM memberships m WHERE m.contact_id = s.id)"
        join = "CROSS JOIN" if self.kind == "sqlite" else "JOIN"
        on = "ON m.contact_id = s.id"
        parts = [
            self.written(f"SELECT 'users', 0, count(*), '' FROM contacts c WHERE {USER}"),
            f"SELECT 'state', state, count(*), CAST({self._told_apart()} AS text) FROM states GROUP BY state",
            self._sample("gained", "SELECT id FROM states s WHERE state = 4 ORDER BY email_folded"),
            self._sample("lost", "SELECT id FROM states s WHERE state = 1 ORDER BY email_folded"),
            self._companies("companies_gained", "a > b"),
            self._companies("companies_lost", "b > a"),
        ]
        with_lonely = ""
        if one.lonely:
            with_lonely = f", lonely AS MATERIALIZED (SELECT * FROM states s WHERE {member})"
            parts.append("SELECT 'lonely', 0, count(*), '' FROM lonely WHERE state > 3")
            parts.append(self._sample("without_company", "SELECT id FROM lonely WHERE state > 3 ORDER BY email_folded"))
        return (
            f"WITH states AS MATERIALIZED ({self._states(one)}), seen AS MATERIALIZED (SELECT m.company_id,"
            f" max(CASE WHEN s.state IN (1, 5) THEN 1 ELSE 0 END) AS b,"
            f" max(CASE WHEN s.state > 3 THEN 1 ELSE 0 END) AS a"
            f" FROM states s {join} memberships m {on} GROUP BY m.company_id){with_lonely} " + " UNION ALL ".join(parts)
        )

    def _told_apart(self) -> str:
        """Return the sum of the numbers that the digests are made of, as `who` makes them."""
        key = "(SELECT digest_key FROM workspaces)"
        number = f"portal_person(id, {key})"
        if self.kind == "postgresql":
            number = f"('x' || substr(md5({key} || id), 1, 10))::bit(40)::bigint"
        return f"sum(CASE WHEN state IN (1, 4) THEN {number} ELSE 0 END)"

    def _states(self, one: Question) -> str:
        before = self.written(f"SELECT {_COLUMNS} FROM contacts c WHERE {USER} AND c.id IN {_VIP}")
        if self.kind == "postgresql":
            return (
                "SELECT coalesce(a.id, b.id) AS id, coalesce(a.email_folded, b.email_folded) AS email_folded,"
                " CASE WHEN b.id IS NULL THEN 0 ELSE 1 END + CASE WHEN a.id IS NULL THEN 0 ELSE 4 END AS state"
                f" FROM ({self.found(one)}) a FULL JOIN ({before}) b ON a.id = b.id"
            )
        if one.broad:
            return self.written(
                f"SELECT * FROM (SELECT {_COLUMNS}, (c.id IN {_VIP}) + 4 * ({one.where}) AS state"
                f" FROM contacts c WHERE {USER} ORDER BY c.id LIMIT -1 OFFSET 0) WHERE state > 0"
            )
        return (
            "SELECT id, email_folded, sum(state) AS state FROM (SELECT id, email_folded, 1 AS state"
            f" FROM ({before}) UNION ALL SELECT id, email_folded, 4 FROM ({self.found(one)})) GROUP BY id"
        )

    def _joined(self, one: Question) -> str:
        """Return the condition in the form that PostgreSQL joins best; SQLite takes it as it is."""
        if self.kind == "postgresql" and one.lonely and one.broad:
            free = _OF_TIER.format("'free'")
            return (
                f"NOT {_BETA_TAG} AND c.id IN"
                " (SELECT p.id FROM contacts p LEFT JOIN memberships m ON m.contact_id = p.id"
                f" WHERE m.company_id IS NULL OR m.company_id NOT IN {free})"
            )
        return one.where

    def _sample(self, kind: str, ordered: str) -> str:
        return (
            f"SELECT * FROM (SELECT '{kind}' AS kind, 0, 0, id FROM ({ordered} NULLS LAST, id LIMIT {SAMPLE}) i) {kind}"
        )

    def _companies(self, kind: str, changed: str) -> str:
        return (
            f"SELECT * FROM (SELECT '{kind}', 0, count(*) OVER (), {_CALLED} AS called FROM seen"
            f" JOIN companies o ON o.id = seen.company_id WHERE {changed} ORDER BY called, o.id LIMIT {SAMPLE}) {kind}"
        )
