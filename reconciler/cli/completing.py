"""What a shell completes a word to: each kind of word is a type that knows what there is of it.

Asked for with the tab key, so nothing here asks a workspace, and nothing complains: what cannot be read has no words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click.types import StringParamType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click
    from click.shell_completion import CompletionItem


class Word(StringParamType):
    """A text that there are choices for."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 (click's)
        """Return what the word may become."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name, help=said) for name, said in self.choices(ctx) if name.startswith(incomplete)]

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield each choice with what it means."""
        raise NotImplementedError


class File(StringParamType):
    """The name of a file; the shell itself knows which there are."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 (click's)
        """Return that it is a file."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class Environment(Word):
    """The name of an environment of the file."""

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield the environments."""
        found = _values(ctx).get("environments")
        yield from ((str(name), None) for name in (sorted(found) if isinstance(found, dict) else ()))


class Person(Word):
    """Somebody whom the expectations of the file name."""

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield the people."""
        found = _values(ctx).get("expectations")
        named = (one.get("person") for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
        yield from ((name, None) for name in sorted({one for one in named if isinstance(one, str)}))


class PersonOrCode(Person):
    """Somebody whom the expectations of the file name, or a diagnostic code."""

    def choices(self, ctx: click.Context) -> Iterator[tuple[str, str | None]]:
        """Yield the people, then the codes."""
        from reconciler.codes import CODES

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
"""Which kind of word a parameter takes, by what help calls it."""


def _values(ctx: click.Context) -> Mapping[str, Any]:
    """Return what the file says that the command line names, as far as it can be read."""
    from reconciler import source_environments
    from reconciler.errors import PortalError

    file = ctx.params.get("file") or "portal.yaml"
    try:
        values = {} if file == "-" else source_environments.load(file, None).values
    except PortalError:
        return {}
    return values if isinstance(values, dict) else {}
