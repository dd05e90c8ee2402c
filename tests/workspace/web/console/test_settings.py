"""The settings pages: what is typed is what is set, by the same checks as in the admin API, and with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.console.desk import ROOT, Form, forms, text

if TYPE_CHECKING:
    from tests.support.console.desk import Desk

pytestmark = pytest.mark.slow


def test_the_switch_names_every_unmet_setting_and_changes_nothing(desk: Desk) -> None:
    desk.stage.set("portal/acme", enabled=False)
    desk.stage.set("help_center/acme", live=False, https=False)
    desk.stage.set("identity", mode="off")
    mara = desk.admin()
    before = desk.configuration()
    answer = mara.send(mara.form("general"))
    assert answer.status_code == 422
    said = text(answer.text)
    assert "The tickets portal cannot be enabled yet. 3 required settings are not met. Nothing was changed." in said
    for title in ("Help Center is live", "Custom domain serves HTTPS", "Messenger security with JWTs is enforced"):
        assert title in said
    for place in ("help-center#live", "help-center#https", "messenger#identity"):
        assert f'href="{ROOT}/{place}"' in answer.text
    assert desk.configuration() == before


def test_the_switch_opens_and_closes_the_portal(desk: Desk) -> None:
    desk.stage.set("portal/acme", enabled=False)
    mara = desk.admin()
    answer = mara.send(mara.form("general"))
    assert "https://help.acme.example/en/tickets-portal" in answer.text
    assert desk.configuration()["portal"]["effective"]
    entry = desk.newest()
    assert (entry["by"]["name"], entry["via"], entry["description"]) == (
        "Mara",
        "console",
        "Enabled the portal of acme",
    )
    mara.send(mara.form("general"))
    assert not desk.configuration()["portal"]["values"]["enabled"]


def test_a_stale_page_says_who_changed_what_and_keeps_what_was_typed(desk: Desk) -> None:
    mara, tobias = desk.admin(), desk.admin("Tobias")
    mine = mara.form("help-center").set(custom_domain="support.acme.example")
    theirs = tobias.form("help-center").set(custom_domain="tickets.acme.example")
    assert tobias.send(theirs).status_code == 200
    answer = mara.send(mine)
    assert answer.status_code == 412
    said = text(answer.text)
    assert "Somebody else changed this page meanwhile" in said
    assert "Tobias" in said
    assert '"help.acme.example" → "tickets.acme.example"' in said
    assert 'value="support.acme.example"' in answer.text
    assert desk.configuration()["help_center"]["values"]["custom_domain"] == "tickets.acme.example"
    # The form of that page goes on from what is there now.
    again = next(one for one in forms(answer.text) if one.action == f"{ROOT}/help-center")
    assert mara.send(again).status_code == 200
    assert desk.configuration()["help_center"]["values"]["custom_domain"] == "support.acme.example"


def test_two_administrators_build_a_rule_at_once(desk: Desk) -> None:
    mara, tobias = desk.admin(), desk.admin("Tobias")
    mine, theirs = mara.form("access"), tobias.form("access")
    tobias.send(theirs.set(mode="nobody"))
    answer = mara.send(mine.set(mode="rule", **_condition("rule.0", "email", "ends_with", "@acme.example")))
    assert answer.status_code == 412
    assert 'value="@acme.example"' in answer.text
    again = next(one for one in forms(answer.text) if one.action == f"{ROOT}/access")
    assert mara.send(again).status_code == 200
    rule = desk.configuration()["audience"]["values"]["rule"]
    assert rule == {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@acme.example"}


def test_a_refused_value_is_said_beside_what_was_typed(desk: Desk) -> None:
    mara = desk.admin()
    answer = mara.send(mara.form("help-center").set(custom_domain="not a domain"))
    assert answer.status_code == 422
    assert "This was not saved" in answer.text
    assert 'value="not a domain"' in answer.text


def test_cookie_forwarding_is_vouched_for(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("help-center").set(
        cookies="vouched",
        **{"cookies-acknowledged_by": "Mara", "cookies-reason": "Proxy", "cookies-until": "2027-01-31"},
    )
    assert mara.send(form).status_code == 200
    settings = desk.configuration()["help_center"]["values"]["cookie_forwarding"]
    assert settings == {"acknowledged_by": "Mara", "reason": "Proxy", "until": "2027-01-31"}
    # The page shows it, and sent as it is shown it stays.
    assert mara.send(mara.form("help-center")).status_code == 200
    assert desk.configuration()["help_center"]["values"]["cookie_forwarding"] == settings


RULES: list[dict[str, Any]] = [
    {"attribute": "email", "type": "text", "comparison": "contains", "value": "examply.com"},
    {"attribute": "name", "type": "text", "comparison": "in", "value": ["Ada", "Bob, the second"]},
    {"attribute": "unsubscribed_from_emails", "type": "boolean", "comparison": "eq", "value": False},
    {"attribute": "company.size", "type": "number", "comparison": "gt", "value": 9.5},
    {"attribute": "company.size", "type": "number", "comparison": "lt", "value": 10},
    {"attribute": "last_seen_at", "type": "date", "comparison": "less_than_days_ago", "value": 30},
    {"attribute": "signed_up_at", "type": "date", "comparison": "before", "value": "2026-01-31"},
    {"attribute": "phone", "type": "text", "comparison": "unknown"},
    {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"},
    {"attribute": "company.tag", "type": "tag", "comparison": "nin", "value": ["a", "b"]},
]


@pytest.mark.parametrize("rule", [*RULES, {"operator": "and", "predicates": RULES[:1]}])
def test_a_rule_that_is_shown_and_saved_stays_as_it_is(desk: Desk, rule: dict[str, Any]) -> None:
    nested = {"operator": "or", "predicates": [rule, {"operator": "not", "predicates": [rule]}, *RULES[:2]]}
    mara = desk.admin()
    for one in (rule, nested):
        desk.stage.set("audience/acme", mode="rule", rule=one)
        before = desk.configuration()
        answer = mara.send(mara.form("access"))
        assert answer.status_code == 200, text(answer.text)
        assert desk.configuration() == before
        desk.stage.set("ticket_visibility/acme", restricted=True, conditions=one)
        before = desk.configuration()
        answer = mara.send(mara.form("access", "visibility"))
        assert answer.status_code == 200, text(answer.text)
        assert desk.configuration() == before


def test_a_rule_is_built_without_a_script(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("access")
    form = _edited(mara, form, "add:").set(rule__0__value="@acme.example", rule__0__comparison="ends_with")
    form = _edited(mara, form, "group:")
    form.set(**{"rule.1.0.attribute": "company.size"})
    form = _edited(mara, form, "settle")
    assert form.values["rule.1.0.comparison"] == ["gt"]
    form.set(**{"rule.1.0.value": "10"})
    form = _edited(mara, form, "add:1").set(**{"rule.1.1.value": "x"})
    form = _edited(mara, form, "add:")
    form = _edited(mara, form, "remove:2")
    assert form.values["mode"] == ["rule"]
    assert mara.send(form).status_code == 200
    assert desk.configuration()["audience"]["values"]["rule"] == {
        "operator": "and",
        "predicates": [
            {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@acme.example"},
            {
                "operator": "or",
                "predicates": [
                    {"attribute": "company.size", "type": "number", "comparison": "gt", "value": 10},
                    {"attribute": "email", "type": "text", "comparison": "contains", "value": "x"},
                ],
            },
        ],
    }


def test_a_complaint_about_a_rule_stands_at_its_condition(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("access").set(mode="rule", **{"rule.kind": "any", "rule.bare": "no"})
    form.set(**_condition("rule.0", "email", "contains", "a"), **_condition("rule.1", "company.size", "gt", "many"))
    answer = mara.send(form)
    assert answer.status_code == 422
    assert 'id="rule.1-complaint">the value of gt is a finite number' in answer.text
    assert 'id="rule.0-complaint"' not in answer.text
    assert 'value="many"' in answer.text


def test_the_preview_counts_and_warns(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("access").set(mode="rule", **_condition("rule.0", "email", "contains", "nowhere.example"))
    said = text(mara.send(form, f"{ROOT}/access/preview").text)
    assert said.startswith("0 people may open the portal")
    assert "This matches nobody" in said
    assert "without an @" in said
    form.set(**_condition("rule.0", "company.name", "ne", "north inc"))
    said = text(mara.send(form, f"{ROOT}/access/preview").text)
    assert "excludes companies, not people" in said
    form.set(mode="everyone")
    assert "Everybody who can log in may open the portal." in text(mara.send(form, f"{ROOT}/access/preview").text)


def test_the_preview_of_an_unfinished_rule_is_no_error(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("access").set(mode="rule", **_condition("rule.0", "company.size", "gt", ""))
    answer = mara.send(form, f"{ROOT}/access/preview")
    assert answer.status_code == 200
    assert "when every condition has a value" in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"rule.kind": "condition"},
        {"rule.kind": None},
        {"rule.kind": "xor"},
        {"mode": "x"},
        {"mode": None},
        {"rule.0.kind": "condition"},
        {f"rule{'.0' * depth}.kind": "all" for depth in range(40)},
        {"edit": "remove:9.9.9"},
        {"edit": "add:0.0.0.0"},
        {"edit": "remove:"},
        {"page": "-1"},
        {"page": "99999999999999"},
        {"revision": None},
        {"revision": "x"},
        {"reason": "\x00"},
    ],
)
def test_a_form_that_no_page_makes_is_no_fault(desk: Desk, fields: dict[str, Any]) -> None:
    mara = desk.admin()
    for to in ("access", "access/edit", "access/preview"):
        form = mara.form("access").set(mode="rule").set(**fields)
        assert mara.send(form, f"{ROOT}/{to}").status_code < 500


def test_ticket_visibility_has_three_modes(desk: Desk) -> None:
    mara = desk.admin()

    def values() -> Any:
        return desk.configuration()["ticket_visibility"]["values"]

    mara.send(mara.form("access", "visibility").set(visibility="own"))
    assert values() == {"restricted": True, "conditions": None}
    form = mara.form("access", "visibility").set(visibility="rule", **_condition("conditions.0", "tag", "eq", "beta"))
    mara.send(form)
    rule = {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"}
    assert values() == {"restricted": True, "conditions": rule}
    mara.send(mara.form("access", "visibility").set(visibility="company"))
    # Switched off, it keeps its conditions.
    assert values() == {"restricted": False, "conditions": rule}


PAGE = [{"type": name, "enabled": True, "settings": {}} for name in ("search", "tickets_portal")]


def test_sections_are_moved_switched_and_set_live(desk: Desk) -> None:
    desk.stage.set("homepage/acme", draft=PAGE)
    mara = desk.admin()
    form = mara.form("layout").set(move="up:tickets_portal")
    answer = mara.send(form, f"{ROOT}/layout/move")
    form = next(one for one in forms(answer.text) if one.action == f"{ROOT}/layout")
    assert form.values["section"][:2] == ["tickets_portal", "search"]
    form.set(**{"search.enabled": None, "tickets_portal.title": "Your tickets", "do": "save"})
    mara.send(form)
    page = desk.configuration()["homepage"]
    assert page["draft"] == [
        {"type": "tickets_portal", "enabled": True, "settings": {"title": "Your tickets"}},
        {"type": "search", "enabled": False, "settings": {}},
    ]
    assert page["live"] != page["draft"]
    assert page["draft_edited"]["by"] == "Mara"
    tobias = desk.admin("Tobias")
    assert "Mara has an open draft" in text(tobias.get("layout").text)
    assert "Save and set live sets Mara's changes live too" in text(tobias.get("layout").text)
    tobias.send(tobias.form("layout").set(do="live"))
    page = desk.configuration()["homepage"]
    assert page["live"] == page["draft"]
    assert page["draft_edited"] is None


def test_a_draft_is_discarded(desk: Desk) -> None:
    mara = desk.admin()
    mara.send(mara.form("layout").set(**{"search.enabled": None, "do": "save"}))
    mara.send(mara.form("layout").set(do="discard"))
    page = desk.configuration()["homepage"]
    assert page["draft"] == page["live"]
    assert "open draft" not in mara.get("layout").text


def test_a_draft_is_previewed_with_and_without_access(desk: Desk) -> None:
    desk.stage.set("homepage/acme", draft=PAGE)
    mara = desk.admin()
    for button, card in (("preview", True), ("preview-anybody", False)):
        answer = mara.send(mara.form("layout").set(do=button))
        page = mara.http.get(answer.headers["Location"]).text
        assert "Draft." in page
        assert ("portal-card" in page) is card


def test_settings_of_sections_that_the_page_does_not_know_stay(desk: Desk) -> None:
    odd = [
        {"type": "weather", "enabled": True, "settings": {"place": "Oslo"}},
        {"type": "search", "enabled": True, "settings": {"colour": "red", "placeholder": 7}},
        {
            "type": "external_links",
            "enabled": True,
            "settings": {"links": [{"label": "A", "url": "https://a.example"}]},
        },
    ]
    desk.stage.set("homepage/acme", draft=odd)
    mara = desk.admin()
    mara.send(mara.form("layout").set(do="save"))
    assert desk.configuration()["homepage"]["draft"] == odd


@pytest.mark.parametrize("links", ["no link", "a | http://plain.example", "| https://a.example"])
def test_links_that_cannot_be_read_are_named(desk: Desk, links: str) -> None:
    mara = desk.admin()
    form = mara.form("layout").set(**{"external_links.links": links, "external_links.enabled": "yes", "do": "save"})
    answer = mara.send(form)
    assert answer.status_code == 422
    assert "is not a label, a bar and an address" in text(answer.text)


def test_the_look_is_set_and_a_colour_that_cannot_be_read_is_refused(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("look").set(own_color="yes", primary_color="#2b4f86", logo="https://cdn.acme.example/logo.svg")
    form.set(footer_links="Status | https://status.acme.example\r\nTerms | https://acme.example/terms")
    assert mara.send(form).status_code == 200
    settings = desk.configuration()["style"]["values"]
    assert settings == {
        "logo": "https://cdn.acme.example/logo.svg",
        "primary_color": "#2b4f86",
        "favicon": None,
        "footer_links": [
            {"label": "Status", "url": "https://status.acme.example"},
            {"label": "Terms", "url": "https://acme.example/terms"},
        ],
    }
    assert mara.send(mara.form("look")).status_code == 200
    assert desk.configuration()["style"]["values"] == settings
    answer = mara.send(mara.form("look").set(primary_color="#ffff00"))
    assert answer.status_code == 422
    assert "the nearest colour that passes is" in text(answer.text)
    assert 'value="#ffff00"' in answer.text


def test_a_look_is_tried_on_the_homepage_before_it_is_saved(desk: Desk) -> None:
    mara = desk.admin(scope="read")
    frame = f"{ROOT}/look/homepage"
    assert f'src="{frame}"' in mara.get("look").text
    as_it_is = mara.get(frame)
    assert "frame-ancestors 'self'" in as_it_is.headers["Content-Security-Policy"]
    assert as_it_is.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<img" not in as_it_is.text
    typed = {
        "own_color": "yes",
        "primary_color": "#7a2fb0",
        "footer_links": "Status | https://status.acme.example\r\nx",
    }
    typed["logo"] = "https://cdn.acme.example/logo.svg"
    tried = mara.http.get(frame, params=typed)
    assert '<img class="logo" src="https://cdn.acme.example/logo.svg" alt="">' in tried.text
    assert "img-src 'self' https://cdn.acme.example" in tried.headers["Content-Security-Policy"]
    assert '<a href="https://status.acme.example">Status</a>' in tried.text
    assert "--accent: #7a2fb0;" in mara.http.get("/assets/style.css", params={"color": "#7a2fb0"}).text
    assert "/assets/style.css?color=%237a2fb0" in tried.text
    form = mara.form("look").set(**{name: value for name, value in typed.items() if name != "footer_links"})
    assert '<img class="logo"' in mara.send(form, frame).text
    assert desk.configuration()["style"]["values"]["logo"] is None
    for hostile in (
        "javascript:alert(1)",
        "https://x.example'; script-src *",
        "http://x.example/i.png",
        "https://[",
        "//x",
    ):
        answer = mara.http.get(frame, params={"logo": hostile, "own_color": "y", "primary_color": "red;}"})
        assert "<img" not in answer.text
        assert "x.example" not in answer.headers["Content-Security-Policy"]
    assert desk.stage.visitor().get("/hc/acme/en/preview/look").status_code == 401
    assert desk.nobody().http.get(frame).status_code == 303
    assert mara.http.get("/assets/style.css", params={"color": "red"}).status_code == 404


def test_spaces_and_identity(desk: Desk) -> None:
    mara = desk.admin()
    mara.send(mara.form("messenger", "messenger/spaces").set(news="yes", tickets=None))
    spaces = desk.configuration()["messenger_spaces"]["values"]
    assert spaces["news"]
    assert not spaces["tickets"]
    mara.send(mara.form("messenger", "messenger/identity").set(mode="hmac"))
    assert desk.configuration()["identity"]["values"] == {"mode": "hmac"}


def test_a_secret_is_shown_once_and_ends(desk: Desk) -> None:
    mara = desk.admin()
    made = mara.send(mara.form("messenger", "messenger/secrets").set(name="Web", kind="jwt")).text
    value = made.partition('<output id="secret">')[2].partition("<")[0]
    assert len(value) == 43
    assert value not in mara.get("messenger").text
    assert value not in str(desk.stage.api.get("/activity").json())
    secret = desk.stage.api.get("/identity/secrets").json()["data"][0]
    path = f"{ROOT}/messenger/secrets/{secret['id']}"
    rotated = mara.send(mara.form("messenger", f"messenger/secrets/{secret['id']}").set(do="rotate", days="1"))
    assert '<output id="secret">' in rotated.text
    first = desk.stage.api.get("/identity/secrets").json()["data"]
    assert len(first) == 2
    form = Form(path).set(csrf=mara.form("general").values["csrf"], do="revoke")
    assert "Revoked the secret" in mara.send(form).text


def test_an_attribute_is_made_changed_and_removed(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("data").set(model="company", name="plan tier", type="string", options="free\nteam\n\nfree")
    assert mara.send(form).headers["Location"] == f"{ROOT}/data/company/plan%20tier"
    path = "data/company/plan%20tier"
    mara.send(mara.form(path).set(description="What they pay", prevented=None))
    values = desk.stage.api.get("/data_attributes/company/plan tier").json()["values"]
    assert values == {
        "type": "string",
        "options": ["free", "team"],
        "description": "What they pay",
        "messenger_writable": True,
    }
    assert mara.send(mara.form(path).set(do="remove")).headers["Location"] == f"{ROOT}/data"
    assert desk.stage.api.get("/data_attributes/company/plan tier").status_code == 404


@pytest.mark.parametrize("name", ["", "1st", "../identity", "a/b", "%2e%2e", "contact companies\x00"])
def test_an_attribute_with_a_wrong_name_is_refused(desk: Desk, name: str) -> None:
    mara = desk.admin()
    before = desk.configuration()
    answer = mara.send(mara.form("data").set(model="company", name=name, type="string"))
    assert 400 <= answer.status_code < 500
    assert desk.configuration() == before


def test_the_use_of_an_attribute_is_shown(desk: Desk) -> None:
    mara = desk.admin()
    mara.send(mara.form("data").set(model="contact", name="role", type="string"))
    desk.stage.set(
        "audience/acme",
        mode="rule",
        rule={"attribute": "custom_attributes.role", "type": "text", "comparison": "eq", "value": "x"},
    )
    page = mara.get("data/contact/role").text
    assert "contact.role is used by 1 condition of the audience of acme" in page
    assert "Remove attribute" not in page


def _condition(place: str, attribute: str, comparison: str, value: str) -> dict[str, str]:
    fields = {"kind": "condition", "attribute": attribute, "comparison": comparison, "value": value}
    return {f"{place}.{name}": one for name, one in fields.items()}


def _edited(admin: Any, form: Form, action: str) -> Form:
    answer = admin.send(form.set(edit=action), f"{ROOT}/access/edit")
    assert answer.status_code == 200
    answered = next(one for one in forms(answer.text) if one.action == f"{ROOT}/access")
    answered.values.pop("edit", None)
    return answered
