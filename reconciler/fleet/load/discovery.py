"""Discovery: directories, patterns and names → the paths of configurations, each once."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.config.environments.files import main_of
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Source, error
from reconciler.core.errors import ConfigurationInvalid
from reconciler.fleet.load import stream as source_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SUFFIXES = (".yaml", ".yml")


def single(named: Sequence[str]) -> str | None:
    """Return the file named, where it is one with one configuration; `None` for a fleet."""
    if len(named) != 1 or _names_several(named[0]) or source_stream.several(named[0]):
        return None
    return named[0]


def find(named: Sequence[str]) -> tuple[str, ...]:
    """Find the named configurations, each once, sorted; raise ConfigurationInvalid for a name without a file, or `-`.

    A directory stands for every `.yaml` and `.yml` in it and below, without hidden ones and files of environments.
    """
    by_real_path: dict[str, str] = {}
    real_folder = cache(os.path.realpath)
    for text in named:
        paths = list(_paths(text))
        if not paths:
            summary = (
                f"there is no configuration in {text}" if Path(text).is_dir() else f"no file is called like {text}"
            )
            remedy = "A configuration is a file that ends in .yaml or .yml."
            raise ConfigurationInvalid(error("fleet-empty", summary, remedy=remedy, source=Source(text, 1, 1)))
        for path in paths:
            by_real_path.setdefault(_real(path, real_folder), path)
    return tuple(sorted(by_real_path.values()))


def _real(path: str, real_folder: Callable[[str], str]) -> str:
    """Return the real path of a file: each folder is followed once, not again for each file in it."""
    folder, name = os.path.split(path)
    if not name or os.path.islink(path):  # noqa: PTH114 (a thousand times for a fleet)
        return os.path.realpath(path)
    return os.path.join(real_folder(folder), name)  # noqa: PTH118 (as said above)


def _names_several(named: str) -> bool:
    if named == source.STDIN or Path(named).is_file():
        return False
    # Not needed for a file, which most name.
    from glob import has_magic

    return Path(named).is_dir() or has_magic(named)


def _paths(named: str) -> Iterator[str]:
    if named == source.STDIN:
        summary, remedy = "one configuration is read from stdin, and it goes with no others", "Name files."
        raise ConfigurationInvalid(error("fleet-stdin", summary, remedy=remedy))
    if Path(named).is_dir():
        yield from _below(named)
    elif _names_several(named):
        from glob import glob

        # As the shell matches it, from wherever the pattern begins.
        for text in sorted(glob(named, recursive=True)):  # noqa: PTH207 (pathlib takes no absolute pattern)
            yield from _below(text) if Path(text).is_dir() else _configurations([text])
    else:
        yield named


def _below(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(os.path.normpath(folder), onerror=_unreadable):
        folders[:] = sorted(text for text in folders if not text.startswith("."))
        here = "" if parent == os.curdir else os.path.join(str(Path(parent)), "")  # noqa: PTH118 (once for all of it)
        shown = (f"{here}{name}" for name in sorted(names) if not name.startswith("."))
        yield from _configurations(shown)


def _unreadable(problem: OSError) -> None:
    """Refuse a directory that cannot be listed: the configurations in it would be passed over."""
    summary = f"the directory cannot be listed: {problem.strerror}"
    raise ConfigurationInvalid(error("file-unreadable", summary, source=Source(str(problem.filename), 1, 1)))


def _configurations(paths: Iterator[str] | Sequence[str]) -> Iterator[str]:
    return (path for path in paths if path.endswith(_SUFFIXES) and main_of(path) is None)
