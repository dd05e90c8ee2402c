"""The last net of a command: an unexpected exception becomes a diagnostic with an exit code of the table."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path

import click

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.errors import PortalError
from reconciler.core.secrets import mask

_PASSED_ON = (PortalError, click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError)
"""Exceptions that have an exit code of their own."""

_REMEDIES = {
    errno.ENOSPC: "Make room on that disk, then run the command again.",
    errno.EDQUOT: "Make room within the quota, then run the command again.",
    errno.EROFS: "Run it in a folder that can be written.",
    errno.EACCES: "Check the permissions of the file and of its folder.",
    errno.EMFILE: "Raise the number of files that a process may open (ulimit -n).",
    errno.ENFILE: "The system has too many open files; end what you do not need.",
    errno.ENOMEM: "End what you do not need, or raise the limit of memory.",
}


def problem_of(exception: Exception) -> PortalError:
    """Turn an exception into a PortalError, or raise it again as one; PORTAL_DEBUG tells its origin on stderr."""
    if isinstance(exception, _PASSED_ON):
        raise exception
    if os.environ.get("PORTAL_DEBUG") and sys.stderr is not None:
        click.echo(mask("".join(traceback.format_exception(exception))), err=True, nl=False)
    return PortalError(_diagnostic(exception))


def _diagnostic(exception: Exception) -> Diagnostic:
    if isinstance(exception, MemoryError):
        return error("system-refused", "there is not enough memory", remedy=_REMEDIES[errno.ENOMEM])
    if isinstance(exception, OSError) and exception.strerror:
        where = f"{exception.filename}: " if exception.filename else ""
        return error(
            "system-refused", mask(f"{where}{exception.strerror}"), remedy=_REMEDIES.get(exception.errno or 0, "")
        )
    # Its text may hold anything, people's data among it: only its kind and its place are told.
    frames = traceback.extract_tb(exception.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return error(
        "internal-error",
        f"portal failed with {type(exception).__name__}{place}",
        remedy="This is a fault of portal: report it with this line and `portal --version`. PORTAL_DEBUG=1 shows more.",
    )
