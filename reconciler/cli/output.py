"""Print documents on stdout, whatever the outcome."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import click

from reconciler.cli import options
from reconciler.core.diagnostics import error
from reconciler.core.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.document_types.plan import FailedPlan, PlanDocument
    from reconciler.plan.effect.homepage_preview import RenderedHomepage


def print_text(text: str, *, no_color: bool, err: bool = False, whole: bool = False) -> None:
    """Print text on stdout, or on stderr, with colours only for people; long lines wrap unless they are a file's."""
    from reconciler.render.plain import coloured
    from reconciler.render.text.fit import fitted

    shown = fitted(coloured(text), None if whole else width(err=err))
    click.echo(shown, nl=False, err=err, color=False if no_color else _colour())


def print_problems(problems: Iterable[Diagnostic], *, no_color: bool = False) -> None:
    """Print diagnostics on stderr."""
    from reconciler.render.text.diagnostics import text

    print_text(text(problems, width(err=True)), no_color=no_color, err=True)


def width(*, err: bool = False) -> int | None:
    """Return the columns of the terminal behind stdout or stderr; nothing where there is none."""
    stream = sys.stderr if err else sys.stdout
    if stream is None or not stream.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _colour() -> bool | None:
    """Return the environment's wish for colours; `None` where the terminal decides."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def print_plan(document: Mapping[str, Any], *, no_color: bool) -> None:
    """Print a plan document as text on stdout."""
    from reconciler.render.text.plan import plan

    print_text(plan(cast("PlanDocument | FailedPlan", document), width()), no_color=no_color)


def print_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document on stdout."""
    from reconciler.core.documents import dumps
    from reconciler.render.plain import spelled

    print_whole(spelled(dumps(document)))


def print_whole(text: str) -> None:
    """Print a document for a program on stdout: in UTF-8, whatever the locale says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    click.echo(text, nl=False)


def print_document(document: Mapping[str, Any], output_format: str, *, no_color: bool) -> int:
    """Print a plan's document, and return its exit code."""
    show_document(document, output_format, no_color=no_color)
    return 3 if document["outcome"] == "blocked" else 0


def show_document(document: Mapping[str, Any], output_format: str, *, no_color: bool) -> None:
    """Print a plan's document in a format, failed ones too."""
    if output_format == "json":
        print_json(document)
    elif output_format == "text":
        print_plan(document, no_color=no_color)
    else:
        from reconciler.render import formats

        homepage = drawn_homepage(document) if output_format == "html" else None
        print_whole(formats.plan(cast("PlanDocument | FailedPlan", document), output_format, homepage))


@contextmanager
def document_on_failure(output_format: str, kind: str = "plan") -> Iterator[None]:
    """Print a whole document for a failure, too, in any format but text; `kind` is that of the document."""
    try:
        yield
    except PortalError as problem:
        if output_format != "text":
            print_failed(kind, problem.diagnostics, output_format)
        raise
    except KeyboardInterrupt:
        if output_format != "text":
            interrupted = error("interrupted", "the command was interrupted before it had a result")
            print_failed(kind, (interrupted,), output_format)
        raise
    except Exception as unexpected:
        from reconciler.cli.unexpected import problem_of

        failure = problem_of(unexpected)
        if output_format != "text":
            print_failed(kind, failure.diagnostics, output_format)
        raise failure from unexpected


def print_failed(kind: str, diagnostics: tuple[Diagnostic, ...], output_format: str = "json") -> None:
    """Print the document of a failed command, with the reasons."""
    from reconciler.core import documents
    from reconciler.plan.document import write

    if kind != "plan":
        print_json(documents.failed(kind, diagnostics))
        return
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = write.failed_document(diagnostics, moment, *options.subject())
    show_document(document, output_format, no_color=True)


def drawn_homepage(document: Mapping[str, Any]) -> RenderedHomepage | str | None:
    """Draw the homepage before and after a plan, or say why not; nothing where it stays."""
    from reconciler.core.errors import WorkspaceUnusable
    from reconciler.target import local

    pages = document.get("pages")
    if pages is None:
        return None
    try:
        with local.explained(*local.NEEDED):
            from reconciler.target.embedded import draw

            return draw(pages)
    except WorkspaceUnusable as problem:
        return problem.diagnostics[0].summary
