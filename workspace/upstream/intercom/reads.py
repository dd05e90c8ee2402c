"""Settings in Intercom's API: the workspace, Help Centers, identity verification, data attributes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workspace.core.errors import WorkspaceError
from workspace.upstream.intercom import answers, paging
from workspace.upstream.intercom.api import REGIONS
from workspace.upstream.problems import UpstreamError
from workspace.upstream.protocol import Account, Attribute, HelpCenter, How, Known, Observation, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workspace.upstream.intercom.api import Api

MODELS = ("contact", "company")
TYPES = frozenset({"string", "integer", "float", "boolean", "date", "datetime"})
"""The types of data attributes that rules can compare."""

VENDOR = "intercom"
_COMPANIES = "data_attribute/contact.companies"


def observe(api: Api, now: int) -> Observation:
    """Observe the settings, with four calls or more; WorkspaceError for another region, ApiError without an answer."""
    me = api.get("/me")
    account = read_account(me, api.account.region)
    centers = [entry for page in paging.numbered(api, "/help_center/help_centers", "data") for entry in page]
    seen = partial(Known, How.OBSERVED, now, VENDOR, None)
    fields: dict[str, dict[str, Seen]] = {}
    for center in centers:
        address = f"help_center/{answers.field(center, 'identifier', '/help_center/help_centers', str)}"
        fields[address] = _help_center(center, seen)
    fields["identity"] = {"mode": _identity(me, seen)}
    models = [attribute for model in MODELS for attribute in read_attributes(api, model, now)]
    return Observation(now, account, [_center(entry) for entry in centers], fields, models)


def find_region(connected: Callable[[str], Api]) -> str:
    """Return the region of a token's workspace: of the host that takes it, or as it answers; UpstreamError if none."""
    refusal: UpstreamError | None = None
    for region in REGIONS:
        api = connected(region)
        try:
            message = answers.field(api.get("/me"), "app", "/me", dict).get("region")
        except UpstreamError as problem:
            if problem.code != "upstream_unauthorized":
                raise
            refusal = problem
            continue
        finally:
            api.close()
        return message.lower() if isinstance(message, str) and message.lower() in REGIONS else region
    raise refusal or answers.unreadable("/me", "there is no region")


def read_account(me: Mapping[str, Any], region: str) -> Account:
    """Return the workspace of a token; WorkspaceError in another region, UpstreamError without a field."""
    name = answers.field(me, "app.name", "/me", str)
    message = me["app"].get("region")
    if isinstance(message, str) and message.lower() in REGIONS and message.lower() != region:
        raise WorkspaceError(
            f"the Intercom workspace {name} is in the region {message.lower()}, not in {region}",
            f"Write intercom: {{region: {message.lower()}, …}}.",
        )
    return Account(
        id=answers.field(me, "app.id_code", "/me", str),
        name=name,
        region=message.lower() if isinstance(message, str) else region,
        timezone=me["app"].get("timezone") or "UTC",
    )


def read_attributes(api: Api, model: str, now: int) -> Sequence[Attribute]:
    """Return a model's custom attributes, and the default one that says who may write companies, if given."""
    rows = list_attributes(api, model)
    return [attribute for row in rows if (attribute := _attribute(row, model, now)) is not None]


def list_attributes(api: Api, model: str) -> list[dict[str, Any]]:
    """Return the attributes of a model as Intercom tells them, without archived ones."""
    answer = api.get("/data_attributes", {"model": model})
    rows = answers.items(answer, "/data_attributes", "data", "data_attributes")
    return [row for row in rows if row.get("model", model) == model and not row.get("archived")]


def values_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an attribute as Intercom tells it."""
    kind = str(answers.field(row, "data_type", "/data_attributes", str))
    options = row.get("options")
    texts = [
        str(option["value"]) if isinstance(option, dict) and "value" in option else str(option)
        for option in options or ()
    ]
    return {
        # A list of options is a text of which only some are possible.
        "type": "string" if kind == "options" else kind,
        "options": texts or None,
        "description": row.get("description") or None,
        "messenger_writable": bool(row.get("messenger_writable")),
    }


def _attribute(row: Mapping[str, Any], model: str, now: int) -> Attribute | None:
    name = answers.field(row, "name", "/data_attributes", str)
    address = f"data_attribute/{model}.{name}"
    known = Known(How.OBSERVED, now, VENDOR, None, f"GET /data_attributes?model={model}")
    if address == _COMPANIES and "messenger_writable" in row:
        fields = {"messenger_writable": bool(row["messenger_writable"])}
        return Attribute(address, custom=False, values=fields, known=dict.fromkeys(fields, known))
    if not row.get("custom"):
        return None
    values = values_of(row)
    if values["type"] not in TYPES:
        return None
    return Attribute(address, custom=True, values=values, known=dict.fromkeys(values, known))


def _center(entry: Mapping[str, Any]) -> HelpCenter:
    endpoint = "/help_center/help_centers"
    identifier = answers.field(entry, "identifier", endpoint, str)
    name = entry.get("display_name")
    return HelpCenter(
        identifier=identifier,
        id=str(answers.field(entry, "id", endpoint, (str, int))),
        display_name=name if isinstance(name, str) and name else identifier,
        url=entry.get("url"),
    )


def _help_center(entry: Mapping[str, Any], seen: partial[Known]) -> dict[str, Seen]:
    endpoint = "/help_center/help_centers"
    domain = entry.get("custom_domain") or None
    facts = {
        "live": Seen(answers.field(entry, "website_turned_on", endpoint, bool), seen(f"{endpoint}: website_turned_on")),
        "custom_domain": Seen(domain, seen(f"{endpoint}: custom_domain")),
    }
    url = entry.get("url")
    if isinstance(url, str) and domain is not None:
        https = urlsplit(url).scheme == "https"
        facts["https"] = Seen(https, seen(f"{endpoint}: the scheme of url"))
    elif domain is None:
        # Without a domain of one's own there is nothing to serve.
        facts["https"] = Seen(
            value=False, known=Known(How.ASSUMED, seen("").as_of, VENDOR, None, "there is no custom domain")
        )
    return facts


def _identity(me: Mapping[str, Any], seen: partial[Known]) -> Seen:
    on = answers.field(me, "app.identity_verification", "/me", bool)
    evidence = "/me: app.identity_verification"
    if not on:
        return Seen("off", seen(evidence))
    known = Known(How.OBSERVED, seen("").as_of, VENDOR, None, evidence, ("hmac", "jwt"))
    return Seen("hmac", known)
