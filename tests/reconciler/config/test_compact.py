"""A configuration that was kept compact is what it was, with its places, and reads nothing until one is asked for."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from reconciler.config import desired
from reconciler.config.compact import Compact
from reconciler.config.environments import files
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.config.yaml.document import Document

CASES = [
    ("examples/portal.yaml", None),
    ("examples/environments/portal.yaml", None),
    ("examples/environments/portal.yaml", "staging"),
    ("examples/environments/portal.yaml", "production"),
]


def read(path: str, environment: str | None) -> Document:
    return desired.read(files.load(str(ROOT / path), None), environment)


def both(path: str, environment: str | None) -> tuple[Config, Config, list[str]]:
    """Return a configuration, the same again from what was kept of it, and what was read for that so far."""
    config, asked = desired.of(files.load(str(ROOT / path), None), environment), []

    def again() -> Document:
        asked.append(path)
        return read(path, environment)

    return config, Compact.of(config).config(again), asked


@pytest.mark.parametrize(("path", "environment"), CASES)
def test_it_is_the_same(path: str, environment: str | None) -> None:
    config, again, asked = both(path, environment)
    for one in fields(config):
        if one.name != "document":
            assert getattr(again, one.name) == getattr(config, one.name), one.name
    assert json.dumps(again.document.values) == json.dumps(config.document.values)
    assert again.kept == config.kept
    assert asked == []


@pytest.mark.parametrize(("path", "environment"), CASES)
def test_everything_stands_where_it_stood(path: str, environment: str | None) -> None:
    config, again, asked = both(path, environment)
    nowhere = again.source(("nowhere", "in", "it"))
    assert nowhere == again.source(("nowhere",)) == config.source(("nowhere",))
    assert again.document.root.at(("nowhere",)) is None
    for step, node in config.document.root.walk():
        assert again.source(step) == config.source(step)
        assert again.document.source(step, key=True) == config.document.source(step, key=True)
        assert again.document.written(step) == config.document.written(step)
        copy = again.document.root.at(step)
        assert copy is not None
        assert (copy.value, copy.size, copy.end_line) == (node.value, node.size, node.end_line)
    assert list(again.document.lines) == list(config.document.lines)
    assert len(asked) == 1
