"""The command `portal`: options → one core call → render → exit code."""

from reconciler.cli.app import VERBS, main, run

__all__ = ["VERBS", "main", "run"]
