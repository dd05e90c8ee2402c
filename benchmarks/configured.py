"""The same amount of configuration for each: as many settings as records, in files of the same size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HELP_CENTER = "acme"
ZONE = "acme.example"
_PORTAL = """\
version: 1
name: acme-support

help_center: {identifier: acme, live: true, custom_domain: help.acme.example, https: true, cookie_forwarding: true}

messenger:
  identity: jwt
  spaces: {tickets: true}

data_attributes:
  contact:
    companies: {messenger_writable: false}
  company:
    plan_tier: {type: string, options: [free, team, enterprise], description: What is paid for}
"""
_REST = """\

portal: {enabled: true, ticket_visibility: company}

audience:
  all:
    - {attribute: person.email, ends_with: "@examply.com"}
    - {attribute: company.plan_tier, is: [team, enterprise]}

homepage: {sections: [search, tickets_portal, collections], publish: true}
"""
_TERRAFORM = """\
terraform {
  required_providers {
    portal = { source = "bench.example/portal/portal" }
  }
}

resource "portal_help_center" "acme" {
  help_center       = "acme"
  live              = true
  custom_domain     = "help.acme.example"
  https             = true
  cookie_forwarding = true
}

resource "portal_identity" "all" {
  mode = "jwt"
}

resource "portal_messenger_spaces" "all" {
  tickets    = true
  depends_on = [portal_portal.acme]
}

resource "portal_data_attribute" "companies" {
  model              = "contact"
  name               = "companies"
  messenger_writable = false
}

resource "portal_data_attribute" "plan_tier" {
  model       = "company"
  name        = "plan_tier"
  type        = "string"
  options     = ["free", "team", "enterprise"]
  description = "What is paid for"
}

resource "portal_ticket_visibility" "acme" {
  help_center = "acme"
  restricted  = false
}

resource "portal_audience" "acme" {
  help_center = "acme"
  mode        = "rule"
  rule = jsonencode({
    operator = "and"
    predicates = [
      { attribute = "email", type = "text", comparison = "ends_with", value = "@examply.com" },
      {
        attribute  = "company.custom_attributes.${portal_data_attribute.plan_tier.name}"
        type       = "text"
        comparison = "in"
        value      = ["team", "enterprise"]
      },
    ]
  })
}

resource "portal_portal" "acme" {
  help_center = "acme"
  enabled     = true
  depends_on = [
    portal_help_center.acme,
    portal_identity.all,
    portal_data_attribute.companies,
    portal_ticket_visibility.acme,
    portal_audience.acme,
  ]
}

resource "portal_homepage" "acme" {
  help_center = "acme"
  sections = jsonencode([
    { type = "search", enabled = true, settings = { placeholder = "How can we help?" } },
    { type = "tickets_portal", enabled = true, settings = {} },
    { type = "collections", enabled = true, settings = { columns = 3 } },
    { type = "featured_content", enabled = true, settings = { title = "Popular this month" } },
    { type = "announcements", enabled = true, settings = { limit = 2, show_dates = true } },
  ])
  published  = true
  depends_on = [portal_portal.acme]
}
"""
_TERRAFORM_ATTRIBUTE = """
resource "portal_data_attribute" "field_{number:05}" {{
  model       = "company"
  name        = "field_{number:05}"
  type        = "string"
  description = "What field {number:05} of a company says"
}}
"""
BASE = 14
"""How many settings a file without further attributes has."""
PER_ATTRIBUTE = 2


def portal(settings: int) -> str:
    """Return a configuration with so many settings: a whole portal, and as many attributes as it takes."""
    attributes = range((settings - BASE) // PER_ATTRIBUTE)
    lines = (
        f"    field_{number:05}: {{type: string, description: What field {number:05} of a company says}}\n"
        for number in attributes
    )
    return _PORTAL + "".join(lines) + _REST


def terraform(settings: int) -> str:
    """Return for Terraform what `portal(settings)` says, setting by setting, with what has to wait for what."""
    attributes = range((settings - BASE) // PER_ATTRIBUTE)
    return _TERRAFORM + "".join(_TERRAFORM_ATTRIBUTE.format(number=number) for number in attributes)


def filled(text: str, size: int) -> str:
    """Return a configuration with comments behind it, up to `size` bytes."""
    line = "# This line makes the file as large as that of the peer, who says the same in more words.\n"
    return text + line * ((size - len(text)) // len(line))


def zone(records: int, size: int) -> str:
    """Return a zone for octoDNS with so many records, in about as many bytes as `size`."""
    bare = sum(len(_record(number, "")) for number in range(records))
    text = "x" * max(1, (size - bare) // records)
    return "".join(_record(number, text) for number in range(records))


def _record(number: int, text: str) -> str:
    return f"r{number:05}: {{type: TXT, value: {text}}}\n"


SHARED = f"""\
version: 1
name: shared
help_center: {{identifier: {HELP_CENTER}}}
messenger: {{identity: jwt, spaces: {{tickets: true}}}}
data_attributes:
  contact:
    companies: {{messenger_writable: false}}
  company:
    plan_tier: {{type: string, options: [free, team, enterprise], description: What is paid for}}
"""
"""What the portals of a fleet have in common, in a file of its own."""
_MEMBER = """\
version: 1
name: support-{number:05}

help_center:
  identifier: {centre}
  live: true
  custom_domain: help-{number:05}.acme.example
  https: true
  cookie_forwarding: true

data_attributes:
  company:
    plan_tier: {{type: string, description: What is paid for}}
"""
PER_MEMBER = 10
"""How many settings each portal of a fleet has."""


def member(number: int) -> str:
    """Return the configuration of one portal of a fleet."""
    return _MEMBER.format(number=number, centre=centre(number)) + _REST


def moved(text: str) -> str:
    """Return the configuration of a portal with one setting changed."""
    return text.replace("custom_domain: help-", "custom_domain: desk-")


def centre(number: int) -> str:
    """Return the Help Center of one portal of a fleet."""
    return f"acme-{number:05}"


def workspace(portals: int) -> dict[str, Any]:
    """Return the seed of a workspace with so many Help Centers."""
    site = {
        "messenger_installed": True,
        "certificate_valid": True,
        "cookie_forwarding_detectable": True,
        "plan": "expert",
    }
    return {
        "workspace": {"id": "ws_fleet", "name": "Acme Support", "required_settings": "2025-jwt"},
        "help_centers": [{"identifier": one, "name": "Acme"} for one in (HELP_CENTER, *map(centre, range(portals)))],
        "settings": {"site": site},
        "companies": [{"id": "examply", "name": "Examply"}],
        "people": [{"email": "ada@examply.com", "name": "Ada", "companies": ["examply"]}],
    }


def octodns(folder: Path, port: int, key: str, zones: Sequence[str] = (ZONE,)) -> str:
    """Return octoDNS's own configuration: the zones in `folder`, and a PowerDNS at `port`."""
    listed = "".join(f"  {zone}.:\n    sources: [files]\n    targets: [pdns]\n" for zone in zones)
    return f"""\
manager: {{max_workers: 1}}
providers:
  files:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}
    default_ttl: 300
    enforce_order: false
  pdns:
    class: octodns_powerdns.PowerDnsProvider
    host: 127.0.0.1
    port: {port}
    api_key: {key}
zones:
{listed}"""
