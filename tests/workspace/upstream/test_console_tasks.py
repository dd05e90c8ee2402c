"""Tasks in the console: whoever does them reads, notes, confirms and gives up there, without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.apply import run
from reconciler.plan.document import executable
from tests.support.console.desk import HOST, ROOT, Admin, Form, forms, text
from tests.support.golden import same_receipts
from tests.support.upstream.console import signed_in
from tests.support.upstream.stage import looked, staged
from tests.workspace.upstream.test_tasks import FILE, Never, apply, fitting, strictly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(prepare=looked) as workspace:
        yield workspace


@pytest.fixture
def admin(stage: Stage) -> Admin:
    return signed_in(stage, "Mara")


def confirm(admin: Admin, task: str, said: str | None = None, note: str = "") -> str:
    """Say in the console that a task is done, and return the text of the page then."""
    form = admin.form(f"tasks/{task}", f"tasks/{task}/done")
    if said is not None:
        form.set(read_back=said)
    answer = admin.send(form.set(note=note))
    assert answer.status_code == 200, answer.text
    return text(answer.text)


def kept(stage: Stage, task: str) -> Any:
    return stage.admin().get(f"/tasks/{task}").json()


def test_a_page_says_all_that_a_person_needs(stage: Stage, admin: Admin) -> None:
    task: Any = apply(stage).document["task"]
    assert "T1 open audience/acme rule r1-3f9a0c" in same_receipts(text(admin.get("tasks").text))
    page = same_receipts(text(admin.get("tasks/T1").text))
    for said in (
        "Task T1: audience/acme open 1 of 2 that a person does in r1-3f9a0c",
        f"{task['reason']['gained']} people gain access (mirror of 1 Mar 2026",
        "Settings › Helpdesk › Tickets › Tickets Portal › Configure access permissions › + Add new",
        "Older accounts: Settings › Tickets › Tickets portal",
        "Nobody knows. Note it below before you change anything: an undo needs it.",
        "Company · plan_tier · is · team",
        task["screen"]["save"],
        f"{task['screen']['read_back']['question']}. We expect {task['screen']['read_back']['count']['people']}",
        "As Mara. It counts for 90 days.",
        "r1-3f9a0c has made 1 of its 3 changes.",
    ):
        assert said in page, said


def test_all_is_done_and_confirmed_by_forms(stage: Stage, admin: Admin) -> None:
    for address in ("audience/acme", "portal/acme"):
        task = apply(stage).document["task"]
        assert task["address"] == address
        page = confirm(admin, task["id"], fitting(task), "with Jo")
        assert f"{task['id']} is done. portal apply goes on with r1-3f9a0c." in same_receipts(page)
        assert "Confirmed by Mara , 1 Mar 2026" in page
        assert "with Jo" in page
        assert "Confirm that it is done" not in page
    assert apply(stage).exit_code == 0
    said = stage.admin().get("/attestations").json()["data"]
    assert [(one["address"], one["by"], one["note"]) for one in said] == [
        ("portal/acme", ["Mara"], "with Jo"),
        ("audience/acme", ["Mara"], "with Jo"),
    ]
    assert "None. Nobody is waited for." in text(admin.get("tasks").text)


def test_what_differs_contradicts_the_task(stage: Stage, admin: Admin) -> None:
    apply(stage)
    page = confirm(admin, "T1", "7000")
    assert "T1 is contradicted: the preview shows 7000 people" in page
    assert "Nothing is marked done." in page
    assert kept(stage, "T1")["state"] == "contradicted"
    assert stage.admin().get("/attestations").json()["data"] == []


def test_what_cannot_be_a_read_back_is_said_beside_what_was_typed(stage: Stage, admin: Admin) -> None:
    apply(stage)
    form = admin.form("tasks/T1", "tasks/T1/done").set(read_back="<b>many</b>")
    answer = admin.send(form)
    assert answer.status_code == 422
    assert "a count is a whole number" in answer.text
    assert 'value="&lt;b&gt;many&lt;/b&gt;"' in answer.text
    assert kept(stage, "T1")["state"] == "open"


def test_two_people_confirm_and_the_author_is_told_that_it_takes_another(stage: Stage, admin: Admin) -> None:
    options = run.ApplyOptions(lock_ttl=60, lock_wait=0)
    plan = executable.of(strictly(stage))
    task = run.apply_plan(plan, stage.target("ci"), options, Never(), lambda _: None).document["task"]
    people = fitting(task)
    author = signed_in(stage, "ci")
    assert "2 people have to confirm it. Somebody else than ci has to." in text(author.get("tasks/T1").text)
    refused = author.send(author.form("tasks/T1", "tasks/T1/done").set(read_back=str(people)))
    assert refused.status_code == 422
    assert "somebody else has to confirm T1" in refused.text
    assert "Your word is kept. 1 more has to confirm T1." in confirm(admin, "T1", people)
    assert "T1 is done." in confirm(signed_in(stage, "Jo"), "T1", people)


def test_whoever_may_only_read_confirms_nothing(stage: Stage) -> None:
    task = apply(stage).document["task"]
    reader = signed_in(stage, "Guest", "read")
    form = reader.form("tasks/T1", "tasks/T1/done").set(read_back=str(fitting(task)))
    assert reader.send(form).status_code == 403
    assert kept(stage, "T1")["confirmations"] == []


def test_a_form_of_another_site_confirms_nothing(stage: Stage, admin: Admin) -> None:
    task = apply(stage).document["task"]
    form = admin.form("tasks/T1", "tasks/T1/done").set(read_back=str(fitting(task)))
    assert admin.send(form, Origin="https://elsewhere.example").status_code == 403
    assert admin.send(form.set(csrf="guessed")).status_code == 403
    assert kept(stage, "T1")["state"] == "open"


def test_a_task_is_given_up_and_what_is_half_done_is_said(stage: Stage, admin: Admin) -> None:
    apply(stage)
    answer = admin.send(admin.form("tasks/T1", "tasks/T1/abandon").set(why="another plan"))
    page = text(answer.text)
    assert "T1 is given up. Its apply holds nothing any more." in page
    assert "another plan" in page
    assert kept(stage, "T1")["state"] == "abandoned"
    late = admin.send(Form(f"{ROOT}/tasks/T1/done", {"csrf": page_of(admin).values["csrf"], "read_back": ["36"]}))
    assert late.status_code == 422
    assert "T1 cannot be changed: it is abandoned" in text(late.text)


def page_of(admin: Admin) -> Form:
    """Return the first form of a page, which ends the session; every form carries the same secret."""
    return forms(admin.get("tasks").text)[0]


# --- what was there before --------------------------------------------------------------------------

CHOSEN: dict[str, tuple[dict[str, Any], dict[str, str], dict[str, Any]]] = {
    "audience: everyone": ({}, {"before": "everyone"}, {"rule": "everyone"}),
    "visibility": (
        {"portal": {"ticket_visibility": "own"}, "audience": None},
        {"before": "company"},
        {"mode": "company"},
    ),
    "portal": ({"portal": {"enabled": False}, "audience": None}, {"before__enabled": "yes"}, {"enabled": True}),
    "identity": (
        {"portal": None, "audience": None, "messenger": {"spaces": {"tickets": True}}},
        {"before__tickets": "no"},
        {"tickets": False},
    ),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_value_before_is_chosen(stage: Stage, admin: Admin, name: str) -> None:
    changes, chosen, values = CHOSEN[name]
    file = {key: value for key, value in {**FILE, **changes}.items() if value is not None}
    task = apply(stage, file).document["task"]
    answer = admin.send(admin.form(f"tasks/{task['id']}", f"tasks/{task['id']}/before").set(**chosen))
    assert "Noted. An undo leads back to it." in answer.text, text(answer.text)
    noted = kept(stage, task["id"])["before"]["noted"]
    assert (noted["by"], noted["values"]) == ("Mara", values)


def test_a_rule_before_is_built_as_on_the_page_of_access(stage: Stage, admin: Admin) -> None:
    apply(stage)
    form = admin.form("tasks/T1", "tasks/T1/before")
    page = admin.send(form.set(edit="add:"), f"{HOST}/admin/hc/acme/tasks/T1/before/edit").text
    (form,) = [one for one in forms(page) if one.action.endswith("/before")]
    assert form.values["before"] == ["rule"]
    form.set(rule__0__attribute="email", rule__0__comparison="ends_with", rule__0__value="@acme.example")
    assert "Noted." in admin.send(form).text
    rule = {"attribute": "person.email", "ends_with": "@acme.example"}
    assert kept(stage, "T1")["before"]["noted"]["values"] == {"rule": rule}
    assert "ends_with" in text(admin.get("tasks/T1").text)


def test_words_are_for_people_and_nothing_at_all_is_refused(stage: Stage, admin: Admin) -> None:
    apply(stage)
    form = admin.form("tasks/T1", "tasks/T1/before")
    answer = admin.send(form)
    assert answer.status_code == 422
    assert "Choose, or write down, what is there now." in answer.text
    answer = admin.send(form.set(text="only the <two> of us"))
    assert "Noted, for people: no undo reads it." in answer.text
    assert "only the &lt;two&gt; of us" in answer.text


# --- where there is none ----------------------------------------------------------------------------


def test_a_task_that_is_none_is_not_found(stage: Stage, admin: Admin) -> None:
    assert stage is not None
    for place in ("T99", "elsewhere"):
        assert admin.http.get(f"/admin/hc/acme/tasks/{place}").status_code == 404


def test_a_form_that_would_open_a_task_says_where_settings_are_changed(stage: Stage, admin: Admin) -> None:
    form = Form(f"{ROOT}/access", {**page_of(admin).values, "mode": ["nobody"], "revision": ["1"]})
    answer = admin.send(form)
    assert answer.status_code == 409
    assert "A person changes this one there: portal apply opens a task for it" in text(answer.text)
    assert stage.admin().get("/tasks").json()["data"] == []
