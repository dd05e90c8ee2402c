"""Imports and runs the common part of every `portal`; the process that forks all others imports it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import pkgutil
import tempfile
import threading

import deepdiff  # noqa: F401 (imported late by what is under test)
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401 (this, too)

import reconciler
import reconciler.cli
import workspace.serve.server  # noqa: F401 (this, too)
from tests.support.compiling import share
from tests.support.sample import ROOT

share()
for _module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
    importlib.import_module(_module.name)
# Once in a workspace of its own: what a process makes once, as its routes and its statements, is there from then on.
with tempfile.TemporaryDirectory() as _folder, contextlib.chdir(_folder), contextlib.redirect_stdout(io.StringIO()):
    for _verb in ("validate", "plan", "apply --yes --allow widens_access", "drift"):
        _code = reconciler.cli.run([*_verb.split(), "-f", str(ROOT / "examples" / "portal.yaml")])
        assert _code in {0, 3}, _verb
gc.collect()
gc.freeze()
# A thread is not forked along, but what it holds would be.
assert threading.active_count() == 1
