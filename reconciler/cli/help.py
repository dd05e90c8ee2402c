"""The lower half of a verb's help: examples, exit codes, and other verbs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.completion import BY_METAVAR
from reconciler.core.errors import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALWAYS = (1, 64)
_ASKS_A_WORKSPACE = (7,)
_APPLIES = (3, 4, 5, 6, 7, 8, 130, 143)


class _Manual(click.Command):
    """A verb with a manual."""

    def __init__(
        self,
        *arguments: Any,
        examples: Mapping[str, str],  # working command lines, each with its purpose
        exits: Mapping[int, str] | None = None,  # in order, each with its meaning here
        see: Sequence[str] = (),  # related verbs
        usual: Sequence[str] = (),  # the options that most readers look for; empty where there are few
        **rest: Any,
    ) -> None:
        super().__init__(*arguments, **rest)
        for param in self.params:
            if param.type is click.STRING:
                param.type = BY_METAVAR.get(param.metavar or "", param.type)
        self.examples = dict(examples)
        self.see = tuple(see)
        self.usual = tuple(usual)
        names = {parameter.name for parameter in self.params}
        always = {
            *_ALWAYS,
            *(_ASKS_A_WORKSPACE if "workspace_url" in names else ()),
            *(_APPLIES if "lock_ttl" in names else ()),
        }
        texts = {0: "done", **{code: EXIT_CODES[code] for code in always}, **(exits or {})}
        self.exits = dict(sorted(texts.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an option that takes one value and was given several: all but the last would be dropped."""
        if not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(list(args))
            single = [
                parameter
                for parameter in given
                if isinstance(parameter, click.Option) and not (parameter.multiple or parameter.is_flag)
            ]
            for option in single:
                if single.count(option) > 1:
                    raise click.UsageError(f"{max(option.opts, key=len)} takes one value, and was given several.", ctx)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usual options first, and the rest under a heading of their own."""
        if not self.usual:
            super().format_options(ctx, formatter)
            return
        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))
        records = {max(option.opts, key=len): option.get_help_record(ctx) for option in options}
        shown = {name: record for name, record in records.items() if record is not None}
        with formatter.section("Options"):
            formatter.write_dl([shown[name] for name in self.usual])
        with formatter.section("More options"):
            formatter.write_dl([record for name, record in shown.items() if name not in self.usual])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            for line, meaning in self.examples.items():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")
                with formatter.indentation():
                    formatter.write_text(meaning)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in self.exits.items()])
        if self.see:
            with formatter.section("See also"):
                formatter.write_text(", ".join(f"portal {verb}" for verb in self.see))


class Verb(_Manual):
    """A verb without verbs below it."""


class Verbs(_Manual, click.Group):
    """A verb with verbs below it."""


def sections(command: click.Command) -> tuple[dict[str, str], dict[int, str], tuple[str, ...]]:
    """Return the examples, exit codes and other verbs of a command's manual; raise TypeError without one."""
    if not isinstance(command, _Manual):
        raise TypeError(f"{command.name} has no manual: declare it with cls=manual.Verb")
    return command.examples, command.exits, command.see


def words(line: str) -> list[str]:
    """Return the words of an example behind `portal`, without redirections; raise ValueError for another command."""
    import shlex

    if not line.startswith("portal "):
        raise ValueError(line)
    return shlex.split(re.split(r" [>|] ", line, maxsplit=1)[0])[1:]
