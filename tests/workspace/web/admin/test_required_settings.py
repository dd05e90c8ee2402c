"""What must hold before a portal may be enabled, over plain facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.core.data_files import load_json
from workspace.settings.required import Check, evaluate, unmet

TODAY = date(2026, 3, 14)
PROFILES = load_json("required-settings.json")["profiles"]
GOOD: dict[str, Any] = {
    "help_center.live": True,
    "help_center.custom_domain": "help.acme.example",
    "help_center.https": True,
    "help_center.cookie_forwarding": True,
    "identity.mode": "jwt",
    "data_attribute/contact.companies.messenger_writable": False,
    "site.messenger_installed": True,
    "site.certificate_valid": True,
    "site.cookie_forwarding_detectable": True,
    "site.plan": "expert",
    "site.plan_told": True,
    "site.companies_in_use": True,
}


def check(name: str, profile: str = "2025-jwt", **changes: Any) -> Check:
    facts = {**GOOD, **{path.replace("__", "."): value for path, value in changes.items()}}
    return next(one for one in evaluate(profile, facts, TODAY) if one.id == name)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_setting_of_a_profile_is_checked_the_required_first(profile: str) -> None:
    checks = evaluate(profile, GOOD, TODAY)
    assert [one.id for one in checks] == PROFILES[profile]["required"] + PROFILES[profile]["recommended"]
    assert {one.status for one in checks} == {"met"}
    assert unmet(checks) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_not_known_is_never_met(profile: str) -> None:
    checks = evaluate(profile, {}, TODAY)
    assert "met" not in {one.status for one in checks}
    assert all("is not known" in one.found for one in checks)
    assert [one.id for one in unmet(checks)] == PROFILES[profile]["required"]


@pytest.mark.parametrize("path", GOOD)
def test_each_fact_counts_wherever_it_is_asked_for(path: str) -> None:
    facts = {name: value for name, value in GOOD.items() if name != path}
    failed = {one.found for profile in PROFILES for one in evaluate(profile, facts, TODAY) if one.status != "met"}
    assert failed
    assert all(f"{path} is not known" in text for text in failed)


def test_a_recommended_setting_does_not_block() -> None:
    checks = evaluate("2025-jwt", {**GOOD, "site.companies_in_use": False}, TODAY)
    assert [one.id for one in checks if one.status != "met"] == ["companies_in_use"]
    assert unmet(checks) == []
    assert [one.id for one in unmet(evaluate("2023-companies", {**GOOD, "site.companies_in_use": False}, TODAY))] == [
        "companies_in_use"
    ]


def test_hmac_is_enough_for_older_profiles_only() -> None:
    assert check("hmac_enforced", "2024-hmac", identity__mode="hmac").status == "met"
    assert check("hmac_enforced", "2024-hmac", identity__mode="off").status == "unmet"
    assert check("jwt_enforced", identity__mode="hmac").status == "unmet"


@pytest.mark.parametrize(
    ("detectable", "value", "status", "known"),
    [
        (True, True, "met", "observed"),
        (True, False, "unmet", "observed"),
        (True, {"acknowledged_by": "Ada", "reason": "x", "until": "2026-12-31"}, "unmet", "observed"),
        (False, True, "unknown", "acknowledged"),
        (False, False, "unknown", "acknowledged"),
        (False, {"acknowledged_by": "Ada", "reason": "x", "until": "2026-12-31"}, "met", "acknowledged"),
        (False, {"acknowledged_by": "Ada", "reason": "x", "until": "2026-03-14"}, "met", "acknowledged"),
        (False, {"acknowledged_by": "Ada", "reason": "x", "until": "2026-03-13"}, "unknown", "acknowledged"),
    ],
)
def test_cookie_forwarding_is_seen_or_acknowledged(detectable: bool, value: Any, status: str, known: str) -> None:
    answer = check(
        "cookie_forwarding", site__cookie_forwarding_detectable=detectable, help_center__cookie_forwarding=value
    )
    assert (answer.status, answer.known) == (status, known)


def test_what_was_found_is_said_in_a_few_words() -> None:
    assert check("custom_domain", help_center__custom_domain=None).found == "help_center.custom_domain is not set"
    assert check("https", site__certificate_valid=False).found == (
        "help_center.https is true, site.certificate_valid is false"
    )
    assert check("plan", site__plan="essential").found == "site.plan is essential"
    assert check("custom_domain").found == "help_center.custom_domain is help.acme.example"


@given(
    st.dictionaries(
        st.sampled_from(sorted(GOOD)),
        st.one_of(st.none(), st.booleans(), st.integers(0, 1), st.sampled_from(["", "true", "jwt", "1"])),
    )
)
def test_only_the_very_value_meets(facts: dict[str, Any]) -> None:
    """One is not true, nor is anything met by something like it."""
    for one in evaluate("2025-jwt", facts, TODAY):
        if one.status == "met":
            names = {
                "messenger_installed": ["site.messenger_installed"],
                "help_center_live": ["help_center.live"],
                "https": ["help_center.https", "site.certificate_valid"],
                "cookie_forwarding": ["help_center.cookie_forwarding", "site.cookie_forwarding_detectable"],
                "companies_in_use": ["site.companies_in_use"],
            }.get(one.id, [])
            assert all(facts[name] is True for name in names)
