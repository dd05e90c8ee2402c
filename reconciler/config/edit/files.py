"""Files that verbs write: replaced whole or not at all, and shown as a difference."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.errors import ConfigurationInvalid


def difference(before: bytes, after: bytes, name: str, *, environment: bool = False) -> Iterator[str]:
    """Yield the lines of a unified difference, of a configuration or an environment, with credentials masked."""
    from difflib import unified_diff

    from reconciler.config.yaml import document as source

    old, new = (
        source.parse(source.decode(data, name), name, environment=environment).lines for data in (before, after)
    )
    yield from unified_diff(old, new, name, name, lineterm="")


def replace(path: str, data: bytes, *, expected: bytes | None = None) -> None:
    """Replace the content of a file: at every moment either the old or the new is there, whole.

    One that exists keeps its owner, permissions and attributes; a new one only its owner may read. A link stays one. A
    device or a pipe is written to as it is. Raises ConfigurationInvalid where it may not be written, or has lost the
    `expected` content.
    """
    with explained(path):
        if expected is not None:
            refuse_changed(path, expected)
        _write(path, data, 0o600)


def create(path: str, data: bytes, *, force: bool) -> None:
    """Write a new file, whole or not at all; raise ConfigurationInvalid where it exists, unless by `force`."""
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    with explained(path):
        if Path(path).is_file() and not force:
            summary = "there is such a file already"
            remedy = "To bring single values of it up to date, use `portal drift --adopt`; `--force` replaces it."
            raise ConfigurationInvalid(error("file-exists", summary, remedy=remedy, source=Source(path, 1, 1)))
        mask = os.umask(0)
        os.umask(mask)
        _write(path, data, 0o666 & ~mask)


def write_document(path: str, data: bytes, configurations: tuple[str, ...] = ()) -> None:
    """Write a printed document to the file that --out names; raise ConfigurationInvalid if that is a configuration."""
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    target = Path(path)
    with explained(path):
        # What cannot be read may be one, and is left alone.
        taken = target.is_file() and (_is_one_of(target, configurations) or _looks_like_configuration(target))
    if taken:
        remedy = "Give --out another name, such as plan.json."
        raise ConfigurationInvalid(
            error(
                "out-over-configuration",
                "--out would replace a configuration",
                remedy=remedy,
                source=Source(path, 1, 1),
            )
        )
    replace(path, data)


def _is_one_of(target: Path, paths: tuple[str, ...]) -> bool:
    return any(os.path.exists(path) and target.samefile(path) for path in paths)  # noqa: PTH110 (- is no path)


def _looks_like_configuration(target: Path) -> bool:
    """Tell whether a file is YAML and no document of ours."""
    if target.suffix not in (".yaml", ".yml"):
        return False
    with target.open("rb") as stream:
        beginning = stream.read(4096)
    return bool(beginning.strip()) and b'"format_version"' not in beginning


def refuse_changed(path: str, expected: bytes) -> None:
    """Refuse a file whose content is not that of the edit; raises ConfigurationInvalid."""
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    if Path(path).read_bytes() != expected:
        summary = "the file was changed while this command worked on it"
        remedy = "It was left as it is now. Run the command again."
        raise ConfigurationInvalid(error("file-changed", summary, remedy=remedy, source=Source(path, 1, 1)))


def _write(path: str, data: bytes, mode: int) -> None:
    """Write a file through another in its place, but a device or a pipe directly; `mode` is for a new one."""
    try:
        there = Path(path).stat()
    except FileNotFoundError:
        _swap(Path(os.path.realpath(path)), data, mode, None)
        return
    if not stat.S_ISREG(there.st_mode):
        with Path(path).open("wb", buffering=0) as stream:
            view = memoryview(data)
            while view:
                view = view[stream.write(view) or 0 :]
        return
    target = Path(os.path.realpath(path))
    refuse_unreplaceable(target)
    _swap(target, data, stat.S_IMODE(there.st_mode), there)


def refuse_unreplaceable(target: Path) -> None:
    """Refuse a file that cannot be replaced: read-only, or with a second name; raises OSError."""
    if target.stat().st_nlink > 1:
        raise OSError(errno.EMLINK, "it has several names (hard links), of which only one would get the new content")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only")


def _swap(target: Path, data: bytes, mode: int, there: os.stat_result | None) -> None:
    # Where nothing is written, it is not loaded.
    import tempfile

    # A name that nobody can foresee, and that a process which died does not stand in the way with.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".new", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if there is not None:
                _keep_owner(descriptor, target, there)
            os.fchmod(descriptor, mode)
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        Path(name).replace(target)
    except OSError as problem:
        if problem.errno == errno.EBUSY:
            raise OSError(errno.EBUSY, "it is a mount point: mount the folder that it is in, not the file") from None
        raise
    finally:
        # It is gone where all went well.
        with suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108 (the name is a text)


def _keep_owner(descriptor: int, target: Path, there: os.stat_result) -> None:
    mine = os.fstat(descriptor)
    if (mine.st_uid, mine.st_gid) != (there.st_uid, there.st_gid):
        try:
            os.fchown(descriptor, there.st_uid, there.st_gid)
        except PermissionError:
            raise PermissionError(errno.EPERM, "it belongs to another user, and would not any more") from None
    for name in os.listxattr(target) if hasattr(os, "listxattr") else ():
        try:
            os.setxattr(descriptor, name, os.getxattr(target, name))
        except OSError as problem:
            # Those of the system are its own to set; what a person gave the file would be lost without a word.
            if name.startswith(_OF_PEOPLE):
                raise OSError(problem.errno, f"its attribute {name} would be lost") from None


_OF_PEOPLE = "user.", "system.posix_acl_"
"""Attributes that people give: their own, and who may do what with the file."""


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn a system error about a file into a diagnostic."""
    try:
        yield
    except OSError as problem:
        raise unwritable(path, problem) from None


def unwritable(path: str, problem: OSError) -> ConfigurationInvalid:
    """Build the error for a file that cannot be written."""
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    summary = f"the file cannot be written: {problem.strerror}"
    return ConfigurationInvalid(error("file-unwritable", summary, source=Source(path, 1, 1)))
