"""The observation of a plan as a file, without a token: the same answers make the same plan, anywhere and later."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reconciler.core.diagnostics import error
from reconciler.core.documents import dumps
from reconciler.core.errors import NotFound, UsageError
from reconciler.target import decode
from reconciler.target.http.retry import Endpoint, Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.kinds.state import State
    from reconciler.target.protocol import Target

KIND = "observation"
_MISSING = "missing"
_ANSWER = "answer"


class Recording:
    """A target that records its answers."""

    def __init__(self, target: Target) -> None:
        self._target, self._answers = target, dict[str, list[dict[str, Any]]]()
        self.name, self.endpoint = target.name, target.endpoint

    def observe(self, help_center: str, record: str) -> State:
        """Observe, and record the answer in the workspace's form."""
        return decode.state(self._noted("capture", self._target.capture)(help_center, record))

    def __getattr__(self, question: str) -> Any:
        """Return a method of the target that records its answer."""
        return self._noted(question, getattr(self._target, question))

    def document(self, now: datetime) -> dict[str, Any]:
        """Return the recording for a file; `now` is the plan's moment, UTC."""
        head = {"kind": KIND, "made_at": now.isoformat(), "workspace": self.name, "url": self.endpoint.base_url}
        return {**head, "answers": self._answers}

    def _noted(self, question: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def noted_answer(*given: Any, **named: Any) -> Any:
            noted = self._answers.setdefault(_key(question, given, named), [])
            try:
                answer = ask(*given, **named)
            except NotFound:
                noted.append({_MISSING: True})
                raise
            noted.append({_ANSWER: answer})
            return answer

        return noted_answer


class _Replayed:
    """A target that replays its answers, in the same order."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.name = str(document["workspace"])
        self.endpoint = Endpoint(self.name, str(document["url"]), None, Timeouts())
        self._left = {key: list(answers) for key, answers in document["answers"].items()}

    def observe(self, help_center: str, record: str) -> State:
        return decode.state(self._answered("capture", (help_center, record), {}))

    def __getattr__(self, question: str) -> Any:
        return lambda *given, **named: self._answered(question, given, named)

    def _answered(self, question: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        left = self._left.get(_key(question, given, named))
        if not left:
            remedy = "The configuration has changed since: record the observation again."
            raise UsageError(error("observation-lacks", f"the observation has no answer to {question}", remedy=remedy))
        entry = left.pop(0) if len(left) > 1 else left[0]
        if _MISSING in entry:
            raise NotFound(error("not-found", f"{self.name} did not have what {question} asks for"))
        return entry[_ANSWER]


def read(path: str) -> tuple[Target, datetime]:
    """Read a recording: its target and the plan's moment; raise UsageError for any other file."""
    try:
        document = json.loads(Path(path).read_bytes())
        return cast("Target", _Replayed(document)), datetime.fromisoformat(document["made_at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        remedy = "Give a file that portal plan --save-observation wrote."
        raise UsageError(error("observation-invalid", f"{path} holds no observation", remedy=remedy)) from problem


def text(recording: Recording, now: datetime) -> str:
    """Write the recording."""
    return dumps(recording.document(now))


def _key(question: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    return json.dumps([question, given, named], sort_keys=True)
