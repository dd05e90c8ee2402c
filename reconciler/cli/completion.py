"""Shell completion: a type for each kind of word, with its choices. Asks no workspace, and never complains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from click.types import StringParamType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import click
    from click.shell_completion import CompletionItem

    from reconciler.config.yaml.document import Document


class Word(StringParamType, ABC):
    """A text with choices."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 (click's)
        """Return the completions of a word."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=message) for name, message in self.choices(ctx) if name.startswith(incomplete)
        ]

    @abstractmethod
    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield each choice with its meaning."""


class File(StringParamType):
    """The name of a file, completed by the shell itself."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 (click's)
        """Mark the word as a file."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class Environment(Word):
    """The name of an environment of the file."""

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield the environments."""
        results = [values.get("environments") for values in _values(ctx)]
        names = {str(name) for result in results if isinstance(result, dict) for name in result}
        yield from ((name, None) for name in sorted(names))


class Person(Word):
    """A person of the file's expectations."""

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield the people."""
        results = [values.get("expectations") for values in _values(ctx)]
        people = [value for several in results if isinstance(several, list) for value in several]
        named = [person.get("person") for person in people if isinstance(person, dict)]
        yield from ((name, None) for name in sorted({value for value in named if isinstance(value, str)}))


class PersonOrCode(Person):
    """A person of the file's expectations, or a diagnostic code."""

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield the people, then the codes."""
        from reconciler.core.codes import CODES

        yield from super().choices(ctx)
        yield from ((code, CODES[code]) for code in sorted(CODES))


BY_METAVAR: Mapping[str, StringParamType] = {
    "FILE": File(),
    "[FILES]...": File(),
    "DOCUMENT": File(),
    "[PLAN]": File(),
    "PLAN|RECEIPT": File(),
    "PERSON": Person(),
    "PERSON|CODE": PersonOrCode(),
}
"""The kind of word of a parameter, by its name in help."""


_MOST = 20
"""The most configurations of a fleet to read: somebody waits for it."""


def _values(ctx: click.Context) -> Iterator[Mapping[str, Any]]:
    """Yield the values of the files on the command line, as far as they can be read."""
    from reconciler.core.errors import PortalError

    file = ctx.params.get("file") or "portal.yaml"
    # Whoever presses Tab gets what can be read; the command itself says what is wrong.
    with suppress(PortalError):
        for document in islice(_documents([file] if isinstance(file, str) else file), _MOST):
            if isinstance(document.values, dict):
                yield document.values


def _documents(named: Sequence[str]) -> Iterator[Document]:
    from reconciler.config.environments import files as source_environments
    from reconciler.config.yaml import document as source
    from reconciler.fleet.load import discovery as fleet_files
    from reconciler.fleet.load import stream as source_stream

    if source.STDIN in named:
        return
    single = fleet_files.single(named)
    if single is not None:
        yield source_environments.load(single, None)
        return
    for path in fleet_files.find(named):
        yield from (files.document() for files in source_stream.read(path, None, source_environments.listed))
