"""The kinds of settings; a new one is its module and its line in `KINDS`, `base` is the form of a declaration.

Defaults, answers, the sandbox's rows, paths, activity titles and tables of the documentation follow from declarations.
"""

from __future__ import annotations

from workspace.settings.kinds import (
    audience,
    data_attribute,
    granted_companies,
    help_center,
    homepage,
    identity,
    portal,
    site,
    spaces,
    style,
    ticket_visibility,
)
from workspace.settings.kinds.base import SettingKind

__all__ = ["KINDS", "OF_HELP_CENTER", "OF_WORKSPACE", "SettingKind", "address_of", "kind_of"]

KINDS = (
    help_center.KIND,
    ticket_visibility.KIND,
    audience.KIND,
    portal.KIND,
    homepage.KIND,
    style.KIND,
    identity.KIND,
    spaces.KIND,
    granted_companies.KIND,
    site.KIND,
    data_attribute.KIND,
)
OF_HELP_CENTER = tuple(kind for kind in KINDS if kind.scope == "help_center")
OF_WORKSPACE = tuple(kind for kind in KINDS if kind.scope == "workspace")

_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(address: str) -> SettingKind:
    """Return the kind of a resource, such as that of audiences for `audience/acme`; KeyError for other resources."""
    return _BY_NAME[address.partition("/")[0]]


def address_of(name: str, help_center: str) -> str:
    """Return the address of the settings of a kind that count for a Help Center."""
    return _BY_NAME[name].address(help_center)
