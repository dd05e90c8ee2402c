"""What a file wants, as text, in a tenth of the space; places are read again from the same bytes, if asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.config import desired
from reconciler.config.yaml.masking import MaskedLines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from reconciler.config.desired import Attestations, Config
    from reconciler.config.yaml.document import Document

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Compact:
    """The desired state of a file in one environment; `values` and `base`, before overrides, are JSON."""

    shell: Document
    values: str
    base: str | None
    environment: str | None
    attestations: Attestations | None

    @classmethod
    def of(cls, config: Config) -> Compact:
        """Return what a file wants as it is kept."""
        document = config.document
        shell = replace(document, root=replace(document.root, value=None, keys={}, children={}), lines=())
        base = None if config.environment is None else _text(config.base)
        return cls(shell, _text(document.values), base, config.environment, config.attestations)

    def config(self, read: Callable[[], Document]) -> Config:
        """Return the desired state; `read` reads the document again, from the same bytes."""
        again = cache(read)
        values = json.loads(self.values)
        root = replace(
            self.shell.root,
            value=values,
            keys=_Later(values, lambda: again().root.keys),
            children=_Later(values, lambda: again().root.children),
        )
        config = desired.build(replace(self.shell, root=root, lines=MaskedLines(lambda: tuple(again().lines))))
        if self.base is None:
            return config
        return replace(config, base=json.loads(self.base), environment=self.environment, attestations=self.attestations)


class _Later(Mapping[Key, Value]):
    """A mapping of which the keys are known; the rest is worked out when something that is in it is asked for."""

    def __init__(self, names: Collection[Key], work_out: Callable[[], Mapping[Key, Value]]) -> None:
        self._names, self._work_out = names, work_out

    def __getitem__(self, key: Key) -> Value:
        if key not in self._names:
            raise KeyError(key)
        return self._work_out()[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _text(values: Any) -> str:
    return json.dumps(values, separators=(",", ":"))
