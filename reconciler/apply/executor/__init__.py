"""Execute a plan: its operations, in order, and nothing else; then record it. Effects, through the target.

In: an executable plan, a target, the terms of the lock. Out: the outcome of each change. `execute` goes from the lock
to the end of the receipt, `writes` sends the requests of changes, `result` names the outcomes.
"""

from reconciler.apply.executor.execute import run
from reconciler.apply.executor.result import Event, Outcome, Result

__all__ = ["Event", "Outcome", "Result", "run"]
