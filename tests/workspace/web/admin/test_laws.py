"""What holds for any sequence of requests: refused is unchanged, accepted is counted, nothing is lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.admin.client import HELP_CENTER, Running, dump
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator


REVISIONS = st.sampled_from([1, 1, 2, 2, 3, None, 99, "x"])
SCALARS = st.sampled_from(
    [None, True, False, 0, 1, 1.5, "", "jwt", "off", "everyone", "rule", "a.example", "2027-01-31"]
)
PREDICATE = st.fixed_dictionaries(
    {
        "attribute": st.sampled_from(["email", "company.custom_attributes.plan_tier", "nope"]),
        "type": st.sampled_from(["text", "text", "number"]),
        "comparison": st.sampled_from(["eq", "contains", "gt"]),
        "value": st.sampled_from(["a", "b", 1]),
    }
)
RULE = st.one_of(
    PREDICATE,
    st.fixed_dictionaries(
        {"operator": st.sampled_from(["and", "not", "nor"]), "predicates": st.lists(PREDICATE, max_size=2)}
    ),
)
SECTION = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["search", "tickets_portal", "links"]),
        "enabled": st.booleans(),
        "settings": st.dictionaries(st.sampled_from(["a", "b"]), SCALARS, max_size=1),
    }
)
ACKNOWLEDGED = st.fixed_dictionaries(
    {"acknowledged_by": st.just("Ada"), "reason": st.just("x")},
    optional={"until": st.sampled_from(["2027-01-31", "soon"])},
)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={**fields, "unknown": SCALARS})


FLAG = st.one_of(st.booleans(), st.booleans(), SCALARS)
WRITES: list[tuple[str, str, st.SearchStrategy[Any]]] = [
    ("PATCH", HELP_CENTER, some(live=FLAG, https=FLAG, custom_domain=SCALARS, cookie_forwarding=FLAG | ACKNOWLEDGED)),
    ("PATCH", f"{HELP_CENTER}/audience", some(mode=SCALARS, rule=RULE)),
    ("PATCH", f"{HELP_CENTER}/ticket_visibility", some(restricted=FLAG, conditions=st.none() | RULE)),
    ("PATCH", f"{HELP_CENTER}/portal", some(enabled=FLAG)),
    ("PATCH", f"{HELP_CENTER}/homepage/draft", st.fixed_dictionaries({"sections": st.lists(SECTION, max_size=3)})),
    ("POST", f"{HELP_CENTER}/homepage/publish", some()),
    ("PATCH", "/identity", some(mode=SCALARS)),
    ("PATCH", "/messenger_spaces", some(tickets=FLAG, news=FLAG)),
    ("PATCH", "/site", some(messenger_installed=FLAG, plan=SCALARS)),
    ("PATCH", "/data_attributes/company/plan_tier", some(options=st.lists(SCALARS, max_size=2), type=SCALARS)),
    ("DELETE", "/data_attributes/contact/made", st.just({})),
    ("DELETE", "/data_attributes/company/plan_tier", st.just({})),
    (
        "PUT",
        "/data_attributes/contact/made",
        some(type=st.sampled_from(["string", "integer", "relation"]), options=SCALARS),
    ),
    (
        "PUT",
        "/records/acme",
        st.fixed_dictionaries(
            {
                "help_center": st.sampled_from(["acme", "nope"]),
                "digest": st.sampled_from(["a", "b", ""]),
                "values": st.dictionaries(st.just("identity"), st.dictionaries(st.just("mode"), SCALARS), max_size=1),
                "commit": st.none(),
            }
        ),
    ),
]
REQUESTS = st.sampled_from(WRITES).flatmap(
    lambda write: st.tuples(st.just(write[0]), st.just(write[1]), write[2], REVISIONS, st.booleans())
)


@settings(examples(9), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(requests=st.lists(REQUESTS, min_size=1, max_size=12))
def test_refused_is_unchanged_and_accepted_is_counted(
    workspaces: Iterator[Running], requests: list[tuple[str, str, Any, Any, bool]]
) -> None:
    running = next(workspaces)
    api, before = running.api, dump(running.engine)
    for method, path, values, revision, creates in requests:
        headers = {"If-None-Match": "*"} if creates and method == "PUT" else {}
        response = api.send(method, path, json=values, revision=revision, headers=headers)
        after = dump(running.engine)
        if response.is_error:
            assert response.status_code < 500
            assert after == before
        else:
            _is_counted(before, after)
        before = after


def _is_counted(before: dict[str, Any], after: dict[str, Any]) -> None:
    """One more revision of the workspace where anything changed, one entry for each resource that did."""
    old, new = _revisions(before), _revisions(after)
    changed = {address for address in {*old, *new} if old.get(address) != new.get(address)}
    # What was removed and is made again goes on counting.
    last = {row[7]: row[-1] for row in sorted(before["activity"])} | old
    assert all(new[address] == last.get(address, 0) + 1 for address in changed & set(new))
    entries = [row for row in after["activity"] if row not in before["activity"]]
    assert Counter(row[7] for row in entries) == Counter(changed)
    assert after["workspaces"][0][2] == before["workspaces"][0][2] + bool(changed)
    if not changed:
        assert after == before


def _revisions(rows: dict[str, Any]) -> dict[str, int]:
    return {
        **{address: revision for address, revision, _ in rows["settings"]},
        **{f"data_attribute/{row[0]}.{row[1]}": row[2] for row in rows["data_attributes"]},
        **{f"record/{row[0]}": row[1] for row in rows["records"]},
    }
