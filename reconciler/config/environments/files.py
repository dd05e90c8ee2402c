"""Environments in files of their own: `portal.staging.yaml` beside `portal.yaml` is its environment `staging`."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Diagnostic, Source, error
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from reconciler.config.yaml.document import Document

    Listing = Callable[[str], tuple[str, ...]]

_SUFFIXES = (".yaml", ".yml")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ENVIRONMENTS = "environments"
_OF_A_CONFIGURATION = "version"
_MOST = 51
"""The most such files: one more than a configuration may have environments, so that this is noticed."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a configuration."""

    main: str
    contents: Mapping[str, bytes]
    beside: Mapping[str, tuple[str, ...]]  # of environments, read or not, by environment
    diagnostics: tuple[Diagnostic, ...] = ()  # why some could not be read
    first: int = 1  # the first line of the configuration, where the main file holds several
    other: str | None = None  # the file beside which the main one is named like that of an environment

    def document(self) -> Document:
        """Join the files; raise ConfigurationInvalid where the main one cannot be read, or is an environment's."""
        document = source.parse(source.decode(self.contents[self.main], self.main), self.main, first=self.first)
        if self.other is not None and _is_environment(document):
            raise ConfigurationInvalid(_alone(self.main, self.other))
        diagnostics = (*document.diagnostics, *self.diagnostics)
        document = replace(document, beside=self.beside, diagnostics=diagnostics)
        for name, files in self.beside.items():
            for file in files:
                if file in self.contents:
                    document = _joined(document, name, file, self.contents[file])
        return document


def load(path: str, names: Collection[str] | None) -> Document:
    """Load a configuration (`-`: stdin) with the named environments' files (None: all); raise ConfigurationInvalid."""
    return read(path, names).document()


def read(path: str, names: Collection[str] | None) -> Files:
    """Read the files of a configuration; arguments and errors as for `load`."""
    return accompanied(path, source.read(path), names)


def accompanied(path: str, data: bytes, names: Collection[str] | None, listing: Listing | None = None) -> Files:
    """Read the files beside a main one, of the named environments (None: all); `listing` has the names in a folder."""
    main = source.shown_name(path)
    contents = {main: data}
    problems: list[Diagnostic] = []
    try:
        by_environment = {} if path == source.STDIN else beside(path, listing)
    except ConfigurationInvalid:
        # Who asks for no environment needs none of those that may stand there.
        if names is None or names:
            raise
        by_environment = {}
    files = [file for name, files in by_environment.items() if names is None or name in names for file in files]
    for file in files[:_MOST]:
        try:
            contents[file] = source.read(file)
        except ConfigurationInvalid as problem:
            problems += problem.diagnostics
    if names is None:
        problems += _misnamed(path)
    return Files(main, contents, by_environment, tuple(problems), other=None if path == source.STDIN else main_of(path))


def beside(path: str, listing: Listing | None = None) -> dict[str, tuple[str, ...]]:
    """List the files of environments beside a main file, by environment, in order."""
    by_environment: dict[str, tuple[str, ...]] = {}
    for name, file in _candidates(path, listing or listed):
        if _NAME.fullmatch(name):
            by_environment[name] = (*by_environment.get(name, ()), file)
    return by_environment


def main_of(path: str) -> str | None:
    """Return the main file of an environment's file; None if it is none."""
    if os.path.basename(path).count(".") < 2:  # noqa: PTH119, PLR2004 (nearly all; a name, a suffix, and one between)
        return None
    file = Path(path)
    stem, dot, name = file.stem.rpartition(".")
    if not (stem and dot and _NAME.fullmatch(name)) or file.suffix not in _SUFFIXES:
        return None
    mains = (file.with_name(f"{stem}{suffix}") for suffix in (file.suffix, *_SUFFIXES))
    return next((str(main) for main in mains if main.is_file()), None)


def listed(folder: str) -> tuple[str, ...]:
    """List the names in a folder, sorted; none if it is missing; raise ConfigurationInvalid if it is unreadable."""
    try:
        return tuple(sorted(os.listdir(folder or os.curdir)))  # noqa: PTH208 (pathlib makes a value of each name)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as problem:
        summary = f"the folder cannot be listed: {problem.strerror}"
        remedy = "It may hold files of environments: give the permission to read it."
        raise ConfigurationInvalid(
            error("file-unreadable", summary, remedy=remedy, source=Source(str(Path(folder)), 1, 1))
        ) from None


def _candidates(path: str, listing: Listing = listed) -> Iterator[tuple[str, str]]:
    """Yield files named like that of an environment, with the environment's name, in order."""
    # Without pathlib as far as that goes: a fleet has thousands of files, and most have nothing beside them.
    folder, own = os.path.split(path)
    stem, suffix = os.path.splitext(own)  # noqa: PTH122 (as said above)
    if suffix not in _SUFFIXES:
        return
    names, beginning = listing(folder), f"{stem}."
    for place in range(bisect_left(names, beginning), len(names)):
        if not names[place].startswith(beginning):
            return
        if names[place] == own:
            continue
        main, file = Path(path), Path(names[place])
        if file.suffix in _SUFFIXES and file.stem.startswith(beginning):
            yield file.stem.removeprefix(beginning), str(main.with_name(file.name))


def _misnamed(path: str) -> Iterator[Diagnostic]:
    for name, file in _candidates(path):
        if not _NAME.fullmatch(name):
            summary = f"this looks like the file of an environment, which cannot be called `{_printable(name)}`"
            remedy = "Names are lower-case letters, digits and single hyphens. Rename the file, also if it is none."
            yield error("not-allowed-name", summary, remedy=remedy, source=Source(_printable(file), 1, 1))


def _printable(name: str) -> str:
    """Return a name without bytes that are no text on this system."""
    return name.encode("utf-8", "replace").decode()


# --- two files, one document --------------------------------------------------------------------


def _joined(document: Document, name: str, file: str, data: bytes) -> Document:
    """Join a document with an environment's file, or with that file's errors."""
    from reconciler.config.yaml.node import Text, with_child

    try:
        own = source.parse(source.decode(data, file), file, environment=True)
    except ConfigurationInvalid as problem:
        return _noting(document, *problem.diagnostics)
    document = _noting(document, *own.diagnostics)
    other = document.root.at((_ENVIRONMENTS, name))
    if other is not None:
        place = document.source((_ENVIRONMENTS, name), key=True)
        summary = f"the environment `{name}` is described here and in {place.file}:{place.line}"
        source_here = own.source((), key=True)
        return _noting(document, error("environment-twice", summary, remedy=_TWICE, source=source_here))
    if _OF_A_CONFIGURATION in own.root.keys:
        summary = f"this is called like the file of the environment `{name}`, and is a whole configuration"
        place = own.source((_OF_A_CONFIGURATION,), key=True)
        return _noting(document, error("environment-file-whole", summary, remedy=_whole(document.file), source=place))
    listing = document.root.children.get(_ENVIRONMENTS)
    if not isinstance(document.root.value, dict) or not (listing is None or isinstance(listing.value, dict)):
        return document
    entry = own.root.within(Text(file, own.lines))
    # The list of environments needs a place, also where the main file has none.
    listing = listing or replace(entry, value={}, keys={}, children={}, size=1)
    return replace(document, root=with_child(document.root, _ENVIRONMENTS, with_child(listing, name, entry)))


_TWICE = "Keep one of the two: describe an environment either in the main file or in its own."


def _whole(main: str) -> str:
    return f"Give it a name that does not begin with `{Path(main).stem}.`, or keep only what an environment says."


def _noting(document: Document, *problems: Diagnostic) -> Document:
    return replace(document, diagnostics=(*document.diagnostics, *problems))


def _is_environment(document: Document) -> bool:
    keys = document.root.keys
    says = any(key in keys for key in ("workspace", "token", "overrides"))
    return says and _OF_A_CONFIGURATION not in keys


def _alone(file: str, main: str) -> Diagnostic:
    name = Path(file).stem.rpartition(".")[2]
    summary = f"this is the environment `{name}` of {main}, and no configuration"
    remedy = f"Name the main file: `-f {main}`, with `-e {name}` where a command takes an environment."
    return error("environment-file-alone", summary, remedy=remedy, source=Source(file, 1, 1))
