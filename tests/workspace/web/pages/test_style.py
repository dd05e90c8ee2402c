"""The style of a Help Center on its pages: what is drawn, what the policy allows, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, fields

if TYPE_CHECKING:
    from tests.support.pages.stage import Stage

STYLE_PATH = f"{HELP_CENTER}/style"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; img-src 'self'"
)
HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"logo": "javascript:alert(1)"}, "logo"),
    ({"logo": "data:image/svg+xml,<svg/>"}, "logo"),
    ({"logo": "http://cdn.acme.example/logo.svg"}, "logo"),
    ({"logo": "https://cdn.acme.example/a; script-src *"}, "logo"),
    ({"logo": "https://cdn.acme.example/a\n"}, "logo"),
    ({"logo": "https://cdn.acme.example@evil.example/a"}, "logo"),
    ({"logo": "https://*/a"}, "logo"),
    ({"logo": "https://cdn.acme.example/" + "a" * 2000}, "logo"),
    ({"favicon": 'https://cdn.acme.example/"><script>'}, "favicon"),
    ({"primary_color": "red"}, "primary_color"),
    ({"primary_color": "#123456; } body { display: none"}, "primary_color"),
    ({"primary_color": "#123456\n"}, "primary_color"),
    ({"primary_color": "#7fbfa5"}, "primary_color"),
    ({"footer_links": [{"label": "St\u202eatus", "url": "https://a.example"}]}, "footer_links[0].label"),
    ({"footer_links": [{"label": " ", "url": "https://a.example"}]}, "footer_links[0].label"),
    ({"footer_links": [{"label": "A", "url": "javascript:alert(1)"}]}, "footer_links[0].url"),
    ({"footer_links": [{"label": "A", "url": "https://bank.example@evil.example/"}]}, "footer_links[0].url"),
    ({"footer_links": [{"label": "A", "url": f"https://a.example/{n}"} for n in range(21)]}, "footer_links"),
]


@pytest.mark.parametrize(("values", "field"), HOSTILE, ids=lambda one: str(one)[:60])
def test_what_could_harm_or_mislead_is_refused(stage: Stage, values: dict[str, Any], field: str) -> None:
    response = stage.api.patch(STYLE_PATH, values)
    assert response.status_code == 422
    assert fields(response) == {field}
    assert stage.api.get(STYLE_PATH).json()["revision"] == 1


def test_a_color_that_cannot_be_read_is_refused_with_the_nearest_one_that_can(stage: Stage) -> None:
    (problem,) = stage.api.patch(STYLE_PATH, {"primary_color": "#7fbfa5"}).json()["errors"]
    assert "2.03:1" in problem["message"]
    assert "#537c6b" in problem["message"]
    assert stage.api.patch(STYLE_PATH, {"primary_color": "#537c6b"}).status_code == 200


def test_without_a_style_pages_are_as_they_were(stage: Stage) -> None:
    page = stage.visitor().get("/en/")
    assert page.headers["Content-Security-Policy"] == POLICY
    assert page.text.count('<link rel="stylesheet"') == 1
    assert '<span class="mark"' in page.text
    assert "<nav" not in page.text


def test_the_policy_names_the_hosts_of_the_images_and_no_others(stage: Stage) -> None:
    values = {"logo": "https://cdn.acme.example/logo.svg", "favicon": "https://img.acme.example:8443/i.png"}
    stage.api.patch(STYLE_PATH, values)
    page = stage.visitor().get("/en/")
    assert page.headers["Content-Security-Policy"] == (
        f"{POLICY} https://cdn.acme.example https://img.acme.example:8443"
    )
    assert '<img class="logo" src="https://cdn.acme.example/logo.svg" alt="">' in page.text
    assert '<link rel="icon" href="https://img.acme.example:8443/i.png">' in page.text
    nowhere = stage.visitor().get("/en/nowhere")
    assert nowhere.headers["Content-Security-Policy"] == page.headers["Content-Security-Policy"]
    assert '<img class="logo" src="https://cdn.acme.example/logo.svg" alt="">' in nowhere.text
    assert stage.visitor("http://elsewhere.example").get("/en/nowhere").headers["Content-Security-Policy"] == POLICY


def test_a_help_center_without_an_icon_gets_its_mark_as_one(stage: Stage) -> None:
    stage.api.patch(STYLE_PATH, {"primary_color": "#7a2fb0"})
    visitor = stage.visitor()
    address = visitor.get("/en/").text.partition('<link rel="icon" type="image/svg+xml" href="')[2].partition('"')[0]
    icon = visitor.get(address)
    assert icon.headers["Content-Type"].startswith("image/svg+xml")
    assert icon.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert 'fill="#7a2fb0"' in icon.text
    assert ">A</text>" in icon.text
    assert visitor.get(address.replace("/acme/", "/nobody/")).status_code == 404


def test_footer_links_are_text(stage: Stage) -> None:
    stage.api.patch(STYLE_PATH, {"footer_links": [{"label": "<b>&", "url": "https://a.example/?a=1&b=2"}]})
    page = stage.visitor().get("/en/").text
    assert '<a href="https://a.example/?a=1&amp;b=2">&lt;b&gt;&amp;</a>' in page


def test_the_style_sheet_has_an_address_of_its_own_for_each_color(stage: Stage) -> None:
    stage.api.patch(STYLE_PATH, {"primary_color": "#7a2fb0"})
    visitor = stage.visitor()
    first = _sheet(visitor.get("/en/").text)
    response = visitor.get(first)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/css")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--accent: #7a2fb0;" in response.text
    stage.api.patch(STYLE_PATH, {"primary_color": "#1f5c4a"}, revision=2)
    assert _sheet(visitor.get("/en/").text) != first
    assert visitor.get(first).status_code == 404
    assert visitor.get(first.replace("/acme/", "/nobody/")).status_code == 404


def _sheet(page: str) -> str:
    _, second = (part.partition('"')[0] for part in page.split('<link rel="stylesheet" href="')[1:])
    return second
