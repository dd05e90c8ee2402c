"""The first configuration of a team, from answers or from a pulled file, with comments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.config import validate
from reconciler.config.edit import emit
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity
from reconciler.core.errors import UsageError

_ENVIRONMENTS = "\n# What staging has proven"
"""The beginning of the last part of every first configuration."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The values of a first configuration; `emails` is the domain of the addresses that may open the portal."""

    name: str
    help_center: str
    domain: str
    emails: str


def first(answers: Answers) -> str:
    """Write a first configuration; raise UsageError for an invalid answer."""
    emails = answers.emails if "@" in answers.emails else f"@{answers.emails}"
    values = {
        "name": answers.name,
        "help_center": answers.help_center,
        "domain": answers.domain,
        "emails": emails,
    }
    text = _template()
    for key, value in values.items():
        text = text.replace(f"{{{{{key}}}}}", emit.scalar(value, emit.Style(), flow=True))
    problems = [
        diagnostic
        for diagnostic in validate.validate(source.parse(text, "answers"))
        if diagnostic.severity is Severity.ERROR
    ]
    if problems:
        raise UsageError([replace(problem, source=None) for problem in problems])
    return text


def with_environments(pulled: str) -> str:
    """Add a team's usual environments to a pulled configuration."""
    template = _template()
    return pulled + template[template.index(_ENVIRONMENTS) :]


def with_intercom(pulled: str, region: str) -> str:
    """Add the Intercom environment to a configuration pulled from there."""
    return f"""{pulled}
# The workspace. INTERCOM_TOKEN is read from the process environment when it is needed; no token belongs here.
# A test workspace beside it is another environment: `promote_from: test` moves on what was proven there.
environments:
  production:
    intercom: {{region: {region}, token: "${{INTERCOM_TOKEN}}"}}
"""


def _template() -> str:
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
