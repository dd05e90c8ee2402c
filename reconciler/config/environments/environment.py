"""An environment of a file: its workspace and token. `${NAME}` is read late and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.config.environments.overrides import effective
from reconciler.core.diagnostics import error
from reconciler.core.errors import NotAllowed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.yaml.document import Document

INTERCOM = "intercom://"
"""The beginning of the address of a workspace that is Intercom's."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: its workspace (a URL, `${NAME}` or `intercom://REGION/NAME`) and its token (`${NAME}`)."""

    name: str
    workspace: str
    token: str
    protected: bool

    def address(self, variables: Mapping[str, str]) -> str:
        """Return the workspace's address; raise UsageError where its variable is not set."""
        return address(self.workspace, self.name, variables)

    @property
    def variable(self) -> str:
        """The name of the variable with the token."""
        return _variable(self.token)

    def secret(self, variables: Mapping[str, str]) -> str:
        """Return the token; raise NotAllowed where its variable is not set."""
        text = variables.get(self.variable)
        if not text:
            raise NotAllowed(
                error(
                    "token-missing",
                    f"the token of the environment {self.name} is in {self.variable}, which is not set",
                    remedy=f"Set {self.variable} to a token of that workspace.",
                )
            )
        return text


def address(written: str, name: str, variables: Mapping[str, str]) -> str:
    """Return the address of an environment's workspace, a URL or in `${NAME}`; raise UsageError if that is not set."""
    if written.startswith("${"):
        variable = _variable(written)
        written = variables.get(variable, "")
        if not written:
            raise UsageError(
                error(
                    "variable-unset",
                    f"the address of the environment {name} is in {variable}, which is not set",
                    remedy=f"Set {variable} to the URL of the workspace.",
                )
            )
    return written.rstrip("/")


def environment(document: Document, name: str) -> Environment:
    """Return one environment of a valid configuration; raise ConfigurationInvalid where there is none."""
    effective(document, name)
    entry = document.values["environments"][name]
    protected = entry.get("protected", False)
    if (upstream := entry.get("intercom")) is not None:
        return Environment(name, f"{INTERCOM}{upstream['region']}/{name}", upstream["token"], protected=protected)
    return Environment(name, entry["workspace"], entry["token"], protected=protected)


def _variable(placeholder: str) -> str:
    return placeholder[2:-1]
