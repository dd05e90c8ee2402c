"""`portal completion`."""

from __future__ import annotations

import click

from reconciler.cli import help as manual


@click.command(
    cls=manual.Verb,
    examples={
        "portal completion bash > ~/.local/share/bash-completion/completions/portal": "For bash, where "
        "bash-completion is installed. In one shell only: source <(portal completion bash).",
        "portal completion zsh > ~/.zfunc/_portal": "For zsh, with ~/.zfunc in fpath before compinit.",
        "portal completion fish > ~/.config/fish/completions/portal.fish": "For fish.",
    },
    exits={0: "printed"},
    see=("schema", "explain"),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print what makes a shell complete verbs, options and their values.

    Completes also file names, the environments and the people that the file names, and diagnostic
    codes. Nothing that a key press would have to ask a workspace for. A new shell knows it.
    """
    from click.shell_completion import get_completion_class

    from reconciler.cli.app import portal

    maker = get_completion_class(shell)
    if maker is None:
        raise click.BadParameter(f"this version of click completes nothing in {shell}", param_hint="SHELL")
    click.echo(maker(portal, {}, "portal", "_PORTAL_COMPLETE").source())
    return 0
