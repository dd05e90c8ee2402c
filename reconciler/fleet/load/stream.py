"""Streams: several configurations in one file, each after a line `---`, which has no other meaning in YAML."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from reconciler.config.environments.files import accompanied
from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.config.environments.files import Files, Listing

_BEGINNING = re.compile(rb"(?:^|(?<=\r))---(?=[ \t\r\n]|$)", re.MULTILINE)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LINE = re.compile(rb"[^\r\n]+")
_NOTHING = re.compile(rb"(?:---|\.\.\.)?[ \t]*(?:#.*)?|%.*")
_MARK = b"\xef\xbb\xbf"


def several(path: str) -> bool:
    """Tell whether a file holds several configurations; an unreadable one does not."""
    if path == source.STDIN:
        return False
    try:
        # The second one decides; what stands behind it is not looked at.
        return next(islice(parts(source.read(path, source.MAX_STREAM_BYTES)), 1, None), None) is not None
    except ConfigurationInvalid:
        return False


def read(path: str, names: Collection[str] | None, listing: Listing) -> Iterator[Files]:
    """Yield each configuration of a file, with the named environments' files beside it; raise ConfigurationInvalid."""
    whole = accompanied(path, source.read(path, source.MAX_STREAM_BYTES), names, listing)
    data = whole.contents[whole.main]
    for first, part in parts(data):
        # Most files hold one configuration, and nothing else.
        is_all = part is data and first == whole.first
        yield whole if is_all else replace(whole, contents={**whole.contents, whole.main: part}, first=first)


def parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each document that is not empty, or an empty file as one, with its first line.

    Text before the first `---` belongs to the document behind it, unless it is one itself.
    """
    data = data.removeprefix(_MARK)
    if b"---" not in data:
        # Most files: to look for the beginnings of lines takes longer than to read them.
        yield 1, data
        return
    bounds = [0, *(match.start() for match in _BEGINNING.finditer(data) if match.start()), len(data)]
    if bounds[1] < len(data) and _says_nothing(data[: bounds[1]]):
        del bounds[1]
    line, counted, any_text = 1, 0, False
    for start, end in pairwise(bounds):
        part = data[start:end]
        if not _says_nothing(part):
            any_text = True
            line, counted = line + len(_LINE_END.findall(data, counted, start)), start
            yield line, part
    if not any_text:
        yield 1, data


def _says_nothing(part: bytes) -> bool:
    return all(_NOTHING.fullmatch(part, *line.span()) for line in _LINE.finditer(part))
