"""An environment of a file: where its workspace is, and what opens it. `${NAME}` is read late and kept nowhere."""

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
    """One environment as the file describes it.

    Attributes:
        name: Its name.
        workspace: The address of its workspace, or `${NAME}`; `intercom://REGION/NAME` where that is Intercom's.
        token: `${NAME}`: where the token is found.
        protected: Whether only saved plans may be applied to it.
    """

    name: str
    workspace: str
    token: str
    protected: bool

    def address(self, variables: Mapping[str, str]) -> str:
        """Return the address of the workspace.

        Raises:
            UsageError: It is to be read from a variable that is not set.
        """
        return address(self.workspace, self.name, variables)

    @property
    def variable(self) -> str:
        """The name of the variable that holds the token."""
        return _variable(self.token)

    def secret(self, variables: Mapping[str, str]) -> str:
        """Return the token.

        Raises:
            NotAllowed: The variable that holds it is not set.
        """
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
    """Return the address of an environment's workspace.

    Args:
        written: It, as the file has it: a URL, or `${NAME}`.
        name: What the environment is called.

    Raises:
        UsageError: It is to be read from a variable that is not set.
    """
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
    """Return one environment of a valid configuration.

    Raises:
        ConfigurationInvalid: There is no such environment in it.
    """
    effective(document, name)
    found = document.values["environments"][name]
    protected = found.get("protected", False)
    if (upstream := found.get("intercom")) is not None:
        return Environment(name, f"{INTERCOM}{upstream['region']}/{name}", upstream["token"], protected=protected)
    return Environment(name, found["workspace"], found["token"], protected=protected)


def _variable(placeholder: str) -> str:
    return placeholder[2:-1]
