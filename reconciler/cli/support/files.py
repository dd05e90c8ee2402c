"""Files that verbs write: replaced whole or not at all, and shown as a difference."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.errors import ConfigurationInvalid


def difference(before: bytes, after: bytes, name: str, *, environment: bool = False) -> Iterator[str]:
    """Yield the lines of the difference, in which credentials are masked like everywhere.

    Args:
        before: The content of the file.
        after: What it becomes.
        name: What to call it.
        environment: Whether it holds one environment and not a configuration.
    """
    from difflib import unified_diff

    from reconciler.config.yaml import document as source

    old, new = (
        source.parse(source.decode(data, name), name, environment=environment).lines for data in (before, after)
    )
    yield from unified_diff(old, new, name, name, lineterm="")


def replace(path: str, data: bytes, *, expected: bytes | None = None) -> None:
    """Give a file new content: at every moment either the old or the new is there, whole.

    One that exists keeps its permissions; a new one only its owner may read. A link stays one.

    Args:
        path: The file.
        data: The new content.
        expected: The content that the new one was made from; None where it does not matter.

    Raises:
        ConfigurationInvalid: It may not be written, or somebody else changed it meanwhile.
    """
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    target = Path(path).resolve()
    try:
        if expected is not None and target.read_bytes() != expected:
            summary = "the file was changed while this command worked on it"
            remedy = "It was left as it is now. Run the command again."
            raise ConfigurationInvalid(error("file-changed", summary, remedy=remedy, source=Source(path, 1, 1)))
        _swap(target, data, target.stat().st_mode & 0o7777 if target.exists() else 0o600)
    except OSError as problem:
        raise unwritable(path, problem) from None


def replace_all(changes: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Give files new content: all of them, or none where one of them may not be written.

    Args:
        changes: What is in each file and what is to be in it, by path.

    Raises:
        ConfigurationInvalid: One may not be written, or somebody else changed it meanwhile.
    """
    from reconciler.core.errors import ConfigurationInvalid

    done: list[str] = []
    try:
        for path, (before, after) in changes.items():
            replace(path, after, expected=before)
            done.append(path)
    except ConfigurationInvalid:
        for path in done:
            before, after = changes[path]
            replace(path, before, expected=after)
        raise


def create(path: str, data: bytes, *, force: bool) -> None:
    """Write a new file, whole or not at all.

    Args:
        path: The file.
        data: Its content.
        force: Whether one that is there may be replaced.

    Raises:
        ConfigurationInvalid: It is there, or may not be written.
    """
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    target = Path(path).resolve()
    try:
        if target.exists():
            if not force:
                summary = "there is such a file already"
                remedy = "To bring single values of it up to date, use `portal drift --adopt`; `--force` replaces it."
                raise ConfigurationInvalid(error("file-exists", summary, remedy=remedy, source=Source(path, 1, 1)))
            _swap(target, data, target.stat().st_mode & 0o7777)
            return
        mask = os.umask(0)
        os.umask(mask)
        _swap(target, data, 0o666 & ~mask)
    except OSError as problem:
        raise unwritable(path, problem) from None


def _swap(target: Path, data: bytes, mode: int) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    with fresh.open("xb") as stream:
        try:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            fresh.replace(target)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise


def unwritable(path: str, problem: OSError) -> ConfigurationInvalid:
    """Return the error for a file that the system does not let us write."""
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    summary = f"the file cannot be written: {problem.strerror}"
    return ConfigurationInvalid(error("file-unwritable", summary, source=Source(path, 1, 1)))
