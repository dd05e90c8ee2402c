"""Command-line words → edits: a key and its value, and conditions of the audience."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.config import validate
from reconciler.config.edit.edits import REMOVED, Edit, edited
from reconciler.config.environments.overrides import effective
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity, error
from reconciler.core.errors import ConfigurationInvalid, UsageError
from reconciler.core.matching import canonical
from reconciler.rules.from_words import condition as condition_of_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.environments.files import Files
    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path

_STEP = re.compile(r"([A-Za-z_][\w-]*)((\[\d{1,4}\])*)", re.ASCII)
_ENVIRONMENTS, _OVERRIDES = "environments", "overrides"
_EVERYONE, _NOBODY = "everyone", "nobody"


def path_of(key: str) -> Path:
    """Parse a key such as `help_center.custom_domain`; raise UsageError where it is none."""
    path: list[str | int] = []
    for step in key.split("."):
        match = _STEP.fullmatch(step)
        if match is None:
            remedy = "Write it as complaints do, such as help_center.custom_domain or homepage.sections[0]."
            raise UsageError(error("setting-key-invalid", f"`{key}` is no key of a configuration", remedy=remedy))
        path += [match[1], *map(int, re.findall(r"\d+", match[2]))]
    return tuple(path)


def value_of(text: str) -> Any:
    """Parse a value in YAML; raise UsageError for anything but one on one line."""
    try:
        document = source.parse(f"value: {text}\n", "the value")
    except ConfigurationInvalid:
        raise _no_value(text) from None
    if "\n" in text or set(document.values) != {"value"} or document.diagnostics:
        raise _no_value(text)
    return document.values["value"]


def _no_value(text: str) -> UsageError:
    remedy = "Put texts with a colon or a bracket into quotes, such as '\"a: b\"'."
    return UsageError(error("setting-value-invalid", f"`{text}` is no value in YAML", remedy=remedy))


def condition_of(text: str) -> Any:
    """Parse a rule, in YAML or in words (`Email ends with @acme.example`); raise UsageError for anything else."""
    value = value_of(condition_of_words(text) or text)
    if not isinstance(value, dict):
        remedy = "Write {attribute: person.tag, is: beta}, or the words of the settings page: Tag is beta."
        raise UsageError(error("setting-value-invalid", f"`{text}` is no condition", remedy=remedy))
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration to edit, for all environments or in the overrides of one."""

    files: Files
    environment: str | None

    def with_value(self, path: Path, value: Any) -> Mapping[str, bytes]:
        """Set one value, or remove it with `REMOVED`, and return each file's content; raise ConfigurationInvalid."""
        document = self.files.document()
        self._refuse_absent(document, path, value)
        file, within = self._place(document, (*self._base, *path))
        data = edited(self.files.contents[file], file, [Edit(within, value)], environment=file != self.files.main)
        result = {**self.files.contents, file: data}
        changed = replace(self.files, contents=result).document()
        problems = [diagnostic for diagnostic in validate.validate(changed) if diagnostic.severity is Severity.ERROR]
        if problems:
            raise ConfigurationInvalid(problems)
        return result

    def with_condition(self, condition: Any) -> Mapping[str, bytes]:
        """Add a condition to the audience, which admits more people; return and raise as `with_value`."""
        audience = self._audience()
        if audience == _EVERYONE or self._holds(audience, condition):
            return self.files.contents
        if audience in (None, _NOBODY):
            return self.with_value(("audience",), condition)
        if isinstance(audience, dict) and isinstance(alternatives := audience.get("any"), list):
            if self._stands_here():
                return self.with_value(("audience", "any", len(alternatives)), condition)
            return self.with_value(("audience",), {"any": [*alternatives, condition]})
        return self.with_value(("audience",), {"any": [audience, condition]})

    def without_condition(self, condition: Any) -> Mapping[str, bytes]:
        """Remove a condition from the audience, as `with_value`; raise UsageError where it cannot go."""
        audience = self._audience()
        alternatives = audience.get("any") if isinstance(audience, dict) else None
        if not isinstance(alternatives, list) or not self._holds(audience, condition):
            raise _not_there(alternatives)
        place = next(
            at for at, alternative in enumerate(alternatives) if canonical(alternative) == canonical(condition)
        )
        rest = [alternative for at, alternative in enumerate(alternatives) if at != place]
        if not rest:
            remedy = "Without it the audience is nobody: portal set audience nobody."
            raise UsageError(error("audience-last-condition", "the audience has no other condition", remedy=remedy))
        if self._stands_here():
            return self.with_value(("audience", "any", place), REMOVED)
        return self.with_value(("audience",), {"any": rest})

    @property
    def _base(self) -> Path:
        return () if self.environment is None else (_ENVIRONMENTS, self.environment, _OVERRIDES)

    def _audience(self) -> Any:
        return effective(self.files.document(), self.environment).values.get("audience")

    def _stands_here(self) -> bool:
        """Tell whether the audience is written at the place of the edit, not somewhere that it overrides."""
        return self.files.document().root.at((*self._base, "audience")) is not None

    @staticmethod
    def _holds(audience: Any, condition: Any) -> bool:
        alternatives = audience.get("any") if isinstance(audience, dict) else None
        known = alternatives if isinstance(alternatives, list) else [audience]
        return any(canonical(value) == canonical(condition) for value in known)

    def _refuse_absent(self, document: Document, path: Path, value: Any) -> None:
        if value is REMOVED and document.root.at((*self._base, *path)) is None:
            where = ".".join(map(str, path))
            remedy = "Nothing was written. portal show --resolved shows what the file says."
            raise UsageError(error("setting-absent", f"the file does not say `{where}`", remedy=remedy))

    def _place(self, document: Document, path: Path) -> tuple[str, Path]:
        """Resolve a path of the whole document to a file and the path within it."""
        entry = document.root.at(self._base[:2]) if self.environment is not None else None
        if entry is None or entry.text is None:
            return document.file, path
        return entry.text.file, path[2:]


def _not_there(alternatives: Any) -> UsageError:
    from reconciler.core.wording import listed

    if not isinstance(alternatives, list):
        remedy = "Change the rule in the file: portal explain shows what it means."
        return UsageError(error("condition-unknown", "the audience is no list of alternatives (`any`)", remedy=remedy))
    from json import dumps

    there = listed([dumps(alternative, ensure_ascii=False) for alternative in alternatives], "and")
    return UsageError(error("condition-unknown", "the audience has no such condition", remedy=f"There is {there}."))
