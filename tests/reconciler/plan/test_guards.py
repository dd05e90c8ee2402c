"""Guards: what they say, and that the key they name is the least that lets the plan pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.desired import Guards
from reconciler.config.schema.checker import validator
from reconciler.core.contract import load_json
from reconciler.plan.checks import guards
from reconciler.plan.checks.guards import ALLOWABLE, GuardResult, Risk
from reconciler.plan.effect.impact import Impact, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

NOBODY = Sample(0, ())


def effect(before: int, gained: int, lost: int) -> Impact:
    return Impact(
        people=before + gained,
        before=before,
        after=before + gained - lost,
        own_only_before=0,
        own_only_after=0,
        gained=Sample(gained, ()),
        lost=Sample(lost, ()),
        sees_more=NOBODY,
        sees_less=NOBODY,
        without_company=NOBODY,
        companies_gained=NOBODY,
        companies_lost=NOBODY,
    )


def said(limits: Guards, impact: Impact, allowed: Sequence[Risk] = ()) -> tuple[GuardResult, ...]:
    return guards.check(limits, impact, audience="everyone", publishes_foreign_draft=True, allowed=frozenset(allowed))


limits = st.integers(0, 50) | st.integers(0, 120).map(lambda share: f"{share}%") | st.just("12.5%")
people = st.integers(0, 300) | st.integers(0, 10**6)


@given(limits, limits, people, people, people)
def test_a_guard_names_the_option_and_the_key_that_let_the_plan_pass(
    gain: int | str, lose: int | str, before: int, gained: int, lost: int
) -> None:
    impact = effect(before, gained, min(lost, before))
    for one in said(Guards(gain, lose), impact):
        if not one.blocks:
            continue
        assert one.risk in ALLOWABLE
        assert not any(other.blocks for other in said(Guards(gain, lose), impact, [one.risk]) if other.name == one.name)
        if not one.key:
            assert one.name == "foreign_draft"
            continue
        section, _, setting = one.key.partition(".")
        entry = yaml.safe_load(setting)
        assert section == "guards"
        assert validator("guards").is_valid(entry)
        again = said(Guards(**({"max_access_gained": gain, "max_access_lost": lose} | entry)), impact)
        assert not [other for other in again if other.name == one.name and other.blocks]
        ((name, value),) = entry.items()
        if name != "allow_everyone":
            less = value - 1 if isinstance(value, int) else f"{int(value[:-1]) - 1}%"
            again = said(Guards(**({"max_access_gained": gain, "max_access_lost": lose} | {name: less})), impact)
            assert [other for other in again if other.name == one.name and other.blocks]


def test_the_schema_knows_every_risk() -> None:
    assert set(load_json("plan.schema.json")["$defs"]["risk"]["enum"]) == {one.value for one in Risk}
