"""Files that a command writes: at every moment either the old or the new content is there, whole."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: str, data: bytes) -> None:
    """Give a file new content. One that exists keeps its permissions; a new one only its owner may read.

    Raises:
        PortalError: It may not be written.
    """
    target = Path(path).resolve()
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o600
        with fresh.open("xb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(target)
    except OSError as problem:
        from reconciler.diagnostics import Source, error
        from reconciler.errors import ConfigurationInvalid

        fresh.unlink(missing_ok=True)
        summary = f"the file cannot be written: {problem.strerror}"
        raise ConfigurationInvalid(error("file-unwritable", summary, source=Source(path, 1, 1))) from None
