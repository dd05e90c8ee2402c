"""What `portal drift --adopt` does: asks the workspace, writes the file, prints the document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.cli import options
from reconciler.cli.support import files
from reconciler.core.diagnostics import error
from reconciler.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def adopt(file: str, url: str | None, seed: str | None, only: Sequence[str]) -> dict[str, Any]:
    """Write the live values of what drifted into the files, and return the document of what was written.

    Args:
        file: The configuration.
        url: Where the workspace is; `None` for the embedded one.
        seed: What the embedded one is filled from on first use.
        only: The findings to adopt; none for all that the file did not change too.

    Raises:
        UsageError: The file is standard input, or there is no such finding.
        ConfigurationInvalid: The file cannot be used or written, or cannot say what is live.
    """
    from reconciler.config.environments import files as source_environments
    from reconciler.config.yaml import document as source
    from reconciler.operations import plan as planning
    from reconciler.operations.adopt import adoption, adoption_document

    if file == source.STDIN:
        remedy = "Name the file with `--file`."
        raise UsageError(error("stdin-not-writable", "what comes from stdin cannot be written back", remedy=remedy))
    chosen = options.chosen()
    before = source_environments.read(file, () if chosen is None else (chosen,))
    config = options.usable(before.document())
    with options.open_target(url, seed) as target:
        state, findings = planning.findings(config, target, now=datetime.now(UTC))
        found = adoption(before, config, state, findings, only)
        name = target.name
    files.replace_all({one: (before.contents[one], found.contents[one]) for one in found.written})
    shown = [
        line
        for one in found.written
        for line in files.difference(before.contents[one], found.contents[one], one, environment=one != before.main)
    ]
    return adoption_document(config, state, found, target=name, difference="\n".join(shown))
