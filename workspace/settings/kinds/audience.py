"""`audience/acme`: the rule of access to the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.core.errors import invalid_value
from workspace.settings.kinds.base import SettingKind, Values, check_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


def _combine(connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    mode = values.get("mode", before["mode"])
    if mode != "rule":
        if values.get("rule") is not None:
            raise invalid_value(f"the mode {mode} takes no rule", "rule")
        return {"mode": mode, "rule": None}
    rule = values.get("rule", before["rule"])
    if rule is None:
        raise invalid_value("the mode rule needs a rule", "rule")
    check_rule(connection, rule, "rule")
    return {"mode": mode, "rule": rule}


KIND = SettingKind(
    name="audience",
    scope="help_center",
    schema="AudienceSettings",
    title="the audience of {of}",
    defaults={"mode": "nobody", "rule": None},
    combine=_combine,
)
