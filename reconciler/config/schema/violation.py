"""One violated keyword of the schema, and the finding made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.config.schema.unions import Alternative, Schema, alternatives, resolve
from reconciler.core.wording import listed, show, where

if TYPE_CHECKING:
    from reconciler.core.diagnostics import Path

_KIND_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_ENVIRONMENT_FIELD = 3
_NEVER_SECRET = ("promote_from", "protected")


class Finding(NamedTuple):
    """An error at `path`, or at its key; `first` is the first place of a duplicate."""

    code: str
    path: Path
    summary: str
    remedy: str = ""
    key: bool = False
    first: Path | None = None


class Violation(NamedTuple):
    """A keyword of the schema that a value violates."""

    keyword_value: Any
    value: Any
    path: Path
    schema: Schema  # the part of the schema that holds the keyword
    message: str  # the validator's, which is data here and nothing for people
    root: Schema
    written: str = ""  # a number as written, `1.10` say; empty for any other value

    @property
    def subject(self) -> str:
        """The value's name in a sentence."""
        return f"`{where(self.path)}`" if self.path else "the configuration"

    @property
    def properties(self) -> Schema:
        """The known keys."""
        definitions = self.root["$defs"]
        # What only says which keys are needed, in one case of several, names the definition that it is a part of.
        schema = definitions[self.schema["x-of"]] if "x-of" in self.schema else self.schema
        properties: Schema = resolve(schema, definitions).schema.get("properties", {})
        return properties

    @property
    def unlike(self) -> str:
        """The value in words; only its kind where it may be a misplaced credential."""
        whole_file = not self.path
        in_environment = self.path[:1] == ("environments",) and len(self.path) <= _ENVIRONMENT_FIELD
        if isinstance(self.value, str) and (whole_file or (in_environment and self.path[-1] not in _NEVER_SECRET)):
            return ", not this text"
        return f", not {self.written or show(self.value)}"

    @property
    def is_condition(self) -> bool:
        """Whether this is about a condition of a rule."""
        return "x-noun" in self.schema

    def operators(self) -> list[str]:
        """Return the operators of this type of condition."""
        return [name for name in self.schema["properties"] if name != "attribute"]


def expected_words(branch: Alternative, root: Schema) -> str:
    """Describe a value of this schema."""
    schema = branch.schema
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "enum" in schema:
        return listed(schema["enum"])
    if "const" in schema:
        return listed([schema["const"]])
    if "anyOf" in schema and "properties" not in schema:
        return " or ".join(
            dict.fromkeys(expected_words(alternative, root) for alternative in alternatives(schema, root["$defs"]))
        )
    kind = _KIND_WORDS[schema["type"]]
    if required := schema.get("required"):
        return f"{kind} with {listed(required, 'and')}"
    return kind
