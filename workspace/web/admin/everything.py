"""All resources of the admin API."""

from __future__ import annotations

from workspace.web.admin import access, activity, configurations, mirror, tasks
from workspace.web.admin.applying import leases, receipts, records, steps
from workspace.web.admin.identity import secrets, tokens, whoami
from workspace.web.admin.settings import (
    data_attributes,
    granted_companies,
    help_centers,
    homepage,
    plain,
    portal,
    site,
)

RESOURCES = (
    access,
    activity,
    configurations,
    data_attributes,
    granted_companies,
    help_centers,
    homepage,
    leases,
    mirror,
    plain,
    portal,
    receipts,
    records,
    secrets,
    site,
    steps,
    tasks,
    tokens,
    whoami,
)
