"""The vendor's own Python client against `portal serve`: unchanged but for its address and token."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import httpx
import pytest
from intercom import (
    AdminReplyTicketRequest,
    ContactReplyTicketUserIdRequest,
    CreateContactRequestWithEmail,
    CreateContactRequestWithExternalId,
    CreateDataAttributeRequestOptions,
    CreateDataAttributeRequestOptionsOptionsItem,
    CreateOrUpdateCompanyRequest,
    CreateOrUpdateTagRequest,
    CreateTicketRequestContactsItemId,
    Intercom,
    MultipleFilterSearchRequest,
    SingleFilterSearchRequest,
    StartingAfterPaging,
)
from intercom.core.api_error import ApiError
from intercom.errors import NotFoundError, UnauthorizedError

from tests.workspace.web.admin.test_serve import ADMIN, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(folder=tmp_path_factory.mktemp("served")) as server:
        yield server.url


@contextmanager
def connected(address: str, token: str) -> Iterator[Intercom]:
    # Given one, the client leaves closing its connections to us; it never does so itself.
    with httpx.Client(timeout=60) as connections:
        yield Intercom(token=token, base_url=address, httpx_client=connections)


@pytest.fixture
def client(address: str) -> Iterator[Intercom]:
    with connected(address, ADMIN) as target:
        yield target


def where(field: str, operator: str, value: object) -> SingleFilterSearchRequest:
    return SingleFilterSearchRequest(field=field, operator=operator, value=value)


def test_people_companies_and_what_ties_them(client: Intercom) -> None:
    person = client.contacts.create(
        request=CreateContactRequestWithEmail(
            email="sdk@client.example", name="Sid", custom_attributes={"job_title": "X"}
        )
    )
    assert client.contacts.find(person.id).name == "Sid"
    assert client.contacts.update(person.id, phone="+44", external_id="sdk-1").phone == "+44"
    assert client.contacts.show_contact_by_external_id("sdk-1").id == person.id
    company = client.companies.create_or_update(
        request=CreateOrUpdateCompanyRequest(company_id="sdk", name="SDK Ltd", plan="Gold")
    )
    client.companies.attach_contact(person.id, company_id=company.id)
    assert [one.id for one in client.companies.list_attached_contacts(company.id).data] == [person.id]
    # This pager asks for page after page until one is empty.
    assert [one.id for one in client.contacts.list_attached_companies(person.id)] == [company.id]
    (retrieved,) = client.companies.retrieve(company_id="sdk").data
    assert retrieved.user_count == 1
    client.companies.detach_contact(person.id, company.id)
    assert list(client.contacts.list_attached_companies(person.id)) == []
    tag = client.tags.create(request=CreateOrUpdateTagRequest(name="from-sdk"))
    assert client.tags.tag_contact(person.id, tag_id=tag.id).name == "from-sdk"
    assert [one.name for one in client.contacts.list_attached_tags(person.id).data] == ["from-sdk"]
    assert client.tags.untag_contact(person.id, tag.id).id == tag.id
    client.tags.delete(tag.id)
    assert client.contacts.archive(person.id).archived is True
    assert client.contacts.unarchive(person.id).archived is False
    assert client.contacts.delete(person.id).deleted is True
    with pytest.raises(ApiError) as caught:
        client.contacts.find(person.id)
    assert caught.value.status_code == 404
    with pytest.raises(NotFoundError):
        client.companies.find("none")


def test_every_list_ends(client: Intercom) -> None:
    people = [one.id for one in client.contacts.list(per_page=40)]
    assert len(people) == len(set(people)) > 100
    companies = [one.id for one in client.companies.list(per_page=5)]
    assert len(companies) == len(set(companies)) > 10
    assert {one.id for one in client.companies.scroll()} == set(companies)
    assert [one.identifier for one in client.help_centers.list()] == ["acme"]
    assert client.admins.list_all_activity_logs(created_at_after="0").activity_logs == []


def test_contacts_are_searched(client: Intercom) -> None:
    query = MultipleFilterSearchRequest(
        operator="AND",
        value=[
            MultipleFilterSearchRequest(
                operator="OR", value=[where("email", "$", "@EXAMPLY.com"), where("email_domain", "=", "none.example")]
            ),
            MultipleFilterSearchRequest(operator="AND", value=[where("role", "=", "user")]),
        ],
    )
    page = client.contacts.search(query=query, pagination=StartingAfterPaging(per_page=5))
    # This pager sends the same request again and again, so pages are asked for by hand.
    seen = [one.email for one in page.response.data]
    while page.response.pages.next:
        after = page.response.pages.next.starting_after
        page = client.contacts.search(query=query, pagination=StartingAfterPaging(per_page=5, starting_after=after))
        seen += [one.email for one in page.response.data]
    assert len(seen) == page.response.total_count > 5
    assert all(one.lower().endswith("@examply.com") for one in seen)
    assert len(list(islice(client.contacts.search(query=where("role", "=", "lead")), 1))) == 1


def test_tickets(client: Intercom) -> None:
    person = client.contacts.create(request=CreateContactRequestWithExternalId(external_id="sdk-2"))
    kind = next(one for one in client.ticket_types.list().data if one.category == "Customer")
    attribute = client.ticket_types.attributes.create(
        kind.id, name="sdk_severity", description="", data_type="integer", visible_to_contacts=True
    )
    ticket = client.tickets.create(
        ticket_type_id=kind.id,
        contacts=[CreateTicketRequestContactsItemId(id=person.id)],
        # The client knows no attributes of new tickets, but lets one add to what it sends.
        request_options={"additional_body_parameters": {"ticket_attributes": {"_default_title_": "From the SDK"}}},
    )
    assert ticket.ticket_attributes["_default_title_"] == "From the SDK"
    changed = client.tickets.update(ticket.id, ticket_attributes={"sdk_severity": 3})
    assert changed.ticket_attributes["sdk_severity"] == 3
    admin = client.admins.list().admins[0]
    part = client.tickets.reply(
        ticket.id,
        request=AdminReplyTicketRequest(message_type="comment", type="admin", body="Hello", admin_id=admin.id),
    )
    assert part.author.name == admin.name
    reply = ContactReplyTicketUserIdRequest(message_type="comment", type="user", body="Hi", user_id="sdk-2")
    assert client.tickets.reply(ticket.id, request=reply).author.type == "user"
    waiting = next(
        one for one in client.ticket_states.list_ticket_states().data if one.category == "waiting_on_customer"
    )
    moved = client.tickets.update(ticket.id, ticket_state_id=waiting.id)
    assert moved.ticket_state.external_label == "Waiting on you"
    assert len(client.tickets.get(ticket.id).ticket_parts.ticket_parts) == 2
    query = MultipleFilterSearchRequest(
        operator="AND",
        value=[where("title", "~", "from the sdk"), where(f"ticket_attribute.{attribute.id}", ">", 2)],
    )
    assert [one.id for one in client.tickets.search(query=query).response.tickets] == [ticket.id]
    assert client.tickets.delete_ticket(ticket.id).deleted is True


def test_the_rest_of_what_is_there(client: Intercom) -> None:
    me = client.admins.identify()
    assert me.app.id_code == "ws_acme"
    options = [CreateDataAttributeRequestOptionsOptionsItem(value=one) for one in ("red", "blue")]
    made = client.data_attributes.create(
        request=CreateDataAttributeRequestOptions(
            name="sdk_colour", model="company", data_type="options", options=options
        )
    )
    assert made.options == ["red", "blue"]
    assert made.id in [one.id for one in client.data_attributes.list(model="company").data]
    assert "Active" in [one.name for one in client.segments.list(include_count=True).segments]
    (acme,) = [one for one in client.help_centers.list() if one.identifier == "acme"]
    assert client.help_centers.find(int(acme.id)).display_name == "Acme Help Center"


def test_a_wrong_token_is_an_error_of_the_client(address: str) -> None:
    with connected(address, "nonsense") as stranger, pytest.raises(UnauthorizedError) as caught:
        stranger.tags.list()
    assert caught.value.body.errors[0].code == "unauthorized"
