"""Imports and does what every `portal` does first; the process from which the others are forked imports it."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil

import deepdiff  # noqa: F401 (imported late by what is under test)

import reconciler
import reconciler.cli
from tests.sample import ROOT

for _module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
    importlib.import_module(_module.name)
with contextlib.redirect_stdout(io.StringIO()):
    reconciler.cli.run(["validate", "-f", str(ROOT / "examples" / "portal.yaml")])
