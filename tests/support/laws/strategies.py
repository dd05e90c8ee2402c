"""Generated configurations, as plain values of a file, and generated live settings, as the workspace keeps them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.workspace.strategies import COMPANY_CUSTOM, PERSON_CUSTOM, TAGS

CENTRE = "acme"
SECTION_TYPES = ("search", "tickets_portal", "collections", "featured_content", "text_content", "external_links")
FOREIGN_SECTIONS = ("announcements", "status_board")
WORDS = ("a", "A", "ab", "x@examply.com", "@examply.com", "ß", "100%", "b c")

# --- rules, in the form of a file ------------------------------------------------------------------

_TEXT = ("person.email", "person.name", "company.name", "company.plan", "person.job", "company.plan_tier")
_NUMBER = ("company.size", "person.seats", "company.monthly_spend")
_TAG = ("person.tag", "company.tag")
_BOOLEAN = ("person.unsubscribed", "person.vip", "company.trial")
_DATE = ("person.signed_up_at", "company.created_at", "person.renewal")

_presence = st.sampled_from(({"is_unknown": True}, {"has_any_value": True}))
_some_words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)


def _one(operators: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(st.sampled_from(operators), values).map(lambda pair: {pair[0]: pair[1]})


def _conditions(attributes: tuple[str, ...], *operators: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    return st.builds(lambda name, rest: {"attribute": name, **rest}, st.sampled_from(attributes), st.one_of(operators))


_text_operators = (
    _one(("is", "is_not"), st.sampled_from(WORDS) | _some_words),
    _one(("contains", "contains_word", "starts_with", "ends_with"), st.sampled_from(WORDS)),
    _presence,
)
conditions = st.one_of(
    _conditions(_TEXT, *_text_operators),
    _conditions(
        _NUMBER, _one(("is", "is_not", "greater_than", "less_than"), st.sampled_from((0, 1, 2.5, 10))), _presence
    ),
    _conditions(_TAG, _one(("is", "is_not"), st.sampled_from(TAGS))),
    _conditions(_BOOLEAN, _one(("is",), st.booleans()), _presence),
    _conditions(
        _DATE,
        _one(("after", "on", "before"), st.sampled_from(("2026-02-27", "2026-03-01"))),
        _one(("more_than_days_ago", "less_than_days_ago"), st.sampled_from((0, 1, 400))),
        _presence,
    ),
)
rules = st.recursive(
    conditions,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3, unique_by=repr).map(lambda many: {"all": many})
        | st.lists(inner, min_size=1, max_size=3, unique_by=repr).map(lambda many: {"any": many})
        | inner.map(lambda one: {"not": one})
    ),
    max_leaves=6,
)
audiences = st.sampled_from(("everyone", "nobody")) | rules
visibilities = st.sampled_from(("company", "own")) | rules.map(lambda rule: {"own_for": rule, "otherwise": "company"})

# --- configurations --------------------------------------------------------------------------------

_acknowledgement = st.sampled_from(("2026-02-01", "2099-12-31")).map(
    lambda until: {"acknowledged_by": "ops@acme.example", "reason": "behind a proxy", "until": until}
)


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_domains = st.sampled_from(("help.acme.example", "help.other.example"))
_settings = {
    "search": {"placeholder": "Find"},
    "collections": {"columns": 2},
    "text_content": {"title": "Hi", "body": "There"},
}


@st.composite
def _sections(draw: st.DrawFn) -> list[Any]:
    names = draw(st.lists(st.sampled_from(SECTION_TYPES), unique=True, min_size=1, max_size=5))
    listed: list[Any] = []
    for name in names:
        if draw(st.booleans()):
            listed.append(name)
        else:
            settings = _settings.get(name, {}) if draw(st.booleans()) else {}
            listed.append({"type": name, "enabled": draw(st.booleans()), **settings})
    return listed


_homepages = st.fixed_dictionaries(
    {"sections": _sections()}, optional={"unlisted": st.sampled_from(("keep", "hide")), "publish": st.booleans()}
) | st.just({"publish": True})

_LINKS = [{"label": "Status", "url": "https://status.acme.example"}, {"label": "Terms", "url": "https://acme.example"}]
_styles = _optional(
    logo=st.sampled_from(("https://cdn.acme.example/a.svg", "https://cdn.acme.example/b.svg")),
    primary_color=st.sampled_from(("#1f5c4a", "#7a2fb0")),
    favicon=st.just("https://cdn.acme.example/a.png"),
    footer_links=st.sampled_from(([], _LINKS[:1], _LINKS)),
)

_DECLARED = {
    "contact": {name: {"type": kind} for name, kind in PERSON_CUSTOM.items()},
    "company": {name: {"type": kind} for name, kind in COMPANY_CUSTOM.items()},
}


@st.composite
def _attributes(draw: st.DrawFn) -> dict[str, Any]:
    """Generate declarations of every attribute in rules; some in detail; some new; the built-in one now and then."""
    more = _optional(description=st.sampled_from(("one", "two")), messenger_writable=st.booleans())
    entries = {
        model: {name: {**entry, **draw(more)} for name, entry in names.items()} for model, names in _DECLARED.items()
    }
    entries["company"]["plan_tier"] |= draw(_optional(options=st.sampled_from((["a", "A", "ab"], ["a"]))))
    if draw(st.booleans()):
        entries["company"]["brand_new"] = {"type": "string", **draw(more)}
    if draw(st.booleans()):
        entries["contact"]["companies"] = {"messenger_writable": draw(st.booleans())}
    # A rule may use only what an options list allows.
    if "options" in entries["company"]["plan_tier"]:
        del entries["company"]["plan_tier"]["options"]
    return entries


_IGNORABLE = (
    (f"audience/{CENTRE}", ("rule",)),
    (f"ticket_visibility/{CENTRE}", ("mode",)),
    (f"portal/{CENTRE}", ("enabled",)),
    ("portal/*", ("enabled",)),
    (f"homepage/{CENTRE}", ("sections", "publish")),
    (f"style/{CENTRE}", ("primary_color", "footer_links")),
    ("messenger_spaces", ("tickets", "home")),
    ("identity", ("mode",)),
    (f"help_center/{CENTRE}", ("live", "custom_domain", "https", "cookie_forwarding")),
    ("data_attribute/contact.companies", ("messenger_writable",)),
    ("data_attribute/company.*", ("description", "type")),
)


@st.composite
def ignore_rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Generate live ignore rules; some fit several objects, some only one field."""
    entries = []
    for address, fields in draw(st.lists(st.sampled_from(_IGNORABLE), max_size=3, unique_by=lambda one: one[0])):
        field = draw(_optional(field=st.sampled_from(fields)))
        entries.append({"address": address, **field, "reason": "by hand", "owner": "mara", "until": "2099-12-31"})
    return entries


_SOUND_CENTRE = {"live": True, "custom_domain": "help.acme.example", "https": True, "cookie_forwarding": True}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """Generate the values of a valid file; every part is optional, and half of them let the portal open."""
    sound = draw(st.booleans())
    parts = draw(
        _optional(
            messenger=_optional(
                identity=st.just("jwt") if sound else st.sampled_from(("jwt", "hmac", "off")),
                spaces=_optional(tickets=st.booleans(), news=st.booleans(), home=st.booleans()),
            ),
            portal=_optional(enabled=st.sampled_from((True, True, False)), ticket_visibility=visibilities),
            audience=audiences,
            homepage=_homepages,
            style=_styles,
            ignore=ignore_rules(),
        )
    )
    centre = draw(
        _optional(**{name: st.just(value) for name, value in _SOUND_CENTRE.items()})
        if sound
        else _optional(
            live=st.booleans(),
            custom_domain=_domains,
            https=st.booleans(),
            cookie_forwarding=st.booleans() | _acknowledgement,
        )
    )
    attributes = draw(_attributes())
    if sound and "companies" in attributes["contact"]:
        attributes["contact"]["companies"] = {"messenger_writable": False}
    return {
        "version": 1,
        "name": "law",
        "help_center": {"identifier": CENTRE, **centre},
        "data_attributes": attributes,
        "guards": {"allow_everyone": True},
        **parts,
    }


# --- live settings ---------------------------------------------------------------------------------


@st.composite
def _pages(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(st.sampled_from(SECTION_TYPES + FOREIGN_SECTIONS), unique=True, max_size=6))
    settings = st.sampled_from(({}, {"title": "Old"}, {"columns": 3, "theme": "dark"}))
    return [{"type": name, "enabled": draw(st.booleans()), "settings": draw(settings)} for name in names]


_SITE = {"messenger_installed": True, "certificate_valid": True, "cookie_forwarding_detectable": True, "plan": "expert"}

MET: dict[str, Any] = {
    f"help_center/{CENTRE}": {
        "live": True,
        "custom_domain": "help.acme.example",
        "https": True,
        "cookie_forwarding": True,
    },
    "identity": {"mode": "jwt"},
    "site": _SITE,
    "data_attribute/contact.companies": {"messenger_writable": False},
}
"""Settings of a workspace in which every required setting is met."""


@st.composite
def live_settings(draw: st.DrawFn) -> dict[str, Any]:
    """Generate settings by address, with rules as in a file; most have at most one unmet required setting."""
    sound = {
        f"help_center/{CENTRE}": dict(_SOUND_CENTRE),
        "identity": {"mode": "jwt"},
        "site": dict(_SITE),
        "data_attribute/contact.companies": {"messenger_writable": False},
    }
    broken: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        f"help_center/{CENTRE}": {
            "live": st.just(False),
            "custom_domain": st.none() | _domains,
            "https": st.just(False),
            "cookie_forwarding": st.just(False) | _acknowledgement,
        },
        "identity": {"mode": st.sampled_from(("off", "hmac"))},
        "site": {
            "messenger_installed": st.just(False),
            "certificate_valid": st.just(False),
            "cookie_forwarding_detectable": st.just(False),
            "plan": st.just("essential"),
        },
        "data_attribute/contact.companies": {"messenger_writable": st.just(True)},
    }
    flaws = [(address, name) for address, fields in broken.items() for name in fields]
    for address, name in draw(
        st.lists(st.sampled_from(flaws), unique=True, max_size=1) | st.lists(st.sampled_from(flaws), max_size=8)
    ):
        sound[address][name] = draw(broken[address][name])
    live = draw(_pages())
    return {
        **sound,
        f"audience/{CENTRE}": draw(audiences),
        f"ticket_visibility/{CENTRE}": draw(visibilities),
        f"portal/{CENTRE}": {"enabled": draw(st.booleans())},
        f"homepage/{CENTRE}": {"live": live, "draft": draw(st.just(live) | _pages())},
        "messenger_spaces": {"tickets": draw(st.booleans()), "news": draw(st.booleans())},
        f"style/{CENTRE}": draw(_styles),
    }


# --- access that changes ---------------------------------------------------------------------------

_telling = st.recursive(
    _conditions(_TAG, _one(("is", "is_not"), st.sampled_from(TAGS)))
    | _conditions(("person.email", "person.name", "company.name"), _presence),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=2, unique_by=repr).map(lambda many: {"all": many})
        | st.lists(inner, min_size=2, max_size=2, unique_by=repr).map(lambda many: {"any": many})
    ),
    max_leaves=3,
)
_telling_visibilities = st.integers(0, 4).flatmap(
    lambda which: (
        st.just({3: "company", 4: "own"}[which])
        if which > 2
        else _telling.map(lambda rule: {"own_for": rule, "otherwise": "company"})
    )
)
_telling_audiences = st.integers(0, 4).flatmap(
    lambda which: st.just({3: "everyone", 4: "nobody"}[which]) if which > 2 else _telling
)


@st.composite
def changes_of_access(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Generate live settings and a file between which access changes, by rules that tell people apart."""
    live, values = draw(live_settings()), draw(configurations())
    live[f"audience/{CENTRE}"] = draw(_telling_audiences)
    live[f"ticket_visibility/{CENTRE}"] = draw(_telling_visibilities)
    live[f"portal/{CENTRE}"] = {"enabled": draw(st.integers(0, 4)) < 4}
    values["audience"] = draw(_telling_audiences)
    enabled = {"enabled": draw(st.booleans())} if draw(st.integers(0, 3)) == 3 else {}
    values["portal"] = {**enabled, "ticket_visibility": draw(_telling_visibilities)}
    return live, values


def situations() -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    """Generate live settings and a file of every sort; every other one changes access."""
    return st.integers(0, 1).flatmap(
        lambda which: st.tuples(live_settings(), configurations()) if which else changes_of_access()
    )
