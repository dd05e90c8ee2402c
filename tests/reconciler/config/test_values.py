"""`dataclass` with methods on demand: what it makes behaves as what the standard library makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import pytest

from reconciler.core import values
from reconciler.core.diagnostics import Source, error

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def made(dataclass: Any) -> dict[str, Any]:
    @dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        limit: ClassVar[int] = 3
        x: int
        y: int = 2
        more: list[int] = field(default_factory=list)

        @property
        def both(self) -> int:
            return self.x + self.y

    @dataclass(frozen=True, slots=True)
    class Single:
        only: Any

    @dataclass(frozen=True, slots=True)
    class Nothing:
        pass

    @dataclass(slots=True)
    class Counter:
        count: int = 0

        def __post_init__(self) -> None:
            self.count += 1

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        a: int
        b: str = field(default="b")

    @dataclass(frozen=True)
    class Open(Generic[T]):
        a: int

        def __repr__(self) -> str:
            return "open"

    @dataclass(frozen=True, slots=True, eq=False)
    class Same:
        a: int

    @dataclass(frozen=True, slots=True)
    class Below(Open[int]):
        b: int = 1

    @dataclass(frozen=True, slots=True)
    class Partly:
        a: int
        b: int = field(default=0, compare=False, repr=False)

    return {name: one for name, one in locals().items() if isinstance(one, type)}


THEIRS, OURS = made(dataclasses.dataclass), made(values.dataclass)
CALLS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "repr": lambda of: [repr(of["Point"](1)), repr(of["Open"](1)), repr(of["Nothing"]()), repr(of["Partly"](1, 2))],
    "equal": lambda of: [
        of["Point"](1) == of["Point"](1, 2, []),
        of["Point"](1) == of["Point"](2),
        of["Point"](1) == 1,
    ],
    "one-equal": lambda of: [of["Single"](n) == of["Single"](n) for n in (float("nan"),)],
    "same": lambda of: of["Same"](1) == of["Same"](1),
    "partly": lambda of: of["Partly"](1, 2) == of["Partly"](1, 3),
    "hash": lambda of: [hash(of["Single"]("a")) == hash(("a",)), hash(of["Named"](a=1)) == hash((1, "b"))],
    "no-hash": lambda of: hash(of["Counter"]()),
    "set": lambda of: setattr(of["Point"](1), "x", 2),
    "delete": lambda of: delattr(of["Point"](1), "x"),
    "put": lambda of: [of["Counter"](4).count, of["Counter"]().count],
    "too-many": lambda of: of["Point"](1, 2, [], 4),
    "too-few": lambda of: of["Point"](),
    "positional": lambda of: of["Named"](1),
    "unknown": lambda of: of["Named"](a=1, c=2),
    "factory": lambda of: of["Point"](1).more is of["Point"](1).more,
    "property": lambda of: of["Point"](1).both,
    "replace": lambda of: repr(dataclasses.replace(of["Point"](1), y=5)),
    "replace-named": lambda of: repr(dataclasses.replace(of["Named"](a=1), b="c")),
    "asdict": lambda of: dataclasses.asdict(of["Point"](1, more=[2])),
    "fields": lambda of: [
        (one.name, one.type, one.kw_only) for kind in of.values() for one in dataclasses.fields(kind)
    ],
    "match": lambda of: [kind.__match_args__ for kind in of.values()],
    "slots": lambda of: [hasattr(kind(1), "__dict__") for kind in (of["Point"], of["Open"], of["Single"])],
    "below": lambda of: [repr(of["Below"](1, 2)), of["Below"](1) == of["Below"](1, 1)],
    "copy": lambda of: [repr(copy.copy(of["Point"](1))), repr(copy.deepcopy(of["Point"](1)))],
    "state": lambda of: of["Point"](1).__getstate__(),
    "class": lambda of: [(kind.__name__, kind.__qualname__, kind.__module__) for kind in of.values()],
    "limit": lambda of: of["Point"].limit,
}


def result(call: Callable[[dict[str, Any]], Any], of: dict[str, Any]) -> Any:
    try:
        return call(of)
    except Exception as problem:  # noqa: BLE001 (whichever it is)
        return type(problem), str(problem)


@pytest.mark.parametrize("name", CALLS)
def test_behaves_as_of_the_standard_library(name: str) -> None:
    assert result(CALLS[name], OURS) == result(CALLS[name], THEIRS)
    # Of classes made anew, too, for which no other case has made an `__init__`.
    assert result(CALLS[name], made(values.dataclass)) == result(CALLS[name], THEIRS)


def test_pickles() -> None:
    one = error("file-unreadable", "it cannot be read", remedy="Read it.", source=Source("a.yaml", 1, 2))
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 (of this test)


def test_hardly_a_class_of_ours_has_methods_written_while_a_plan_loads() -> None:
    code = (
        "import dataclasses, sys; made = [];"
        "real = dataclasses._create_fn;"
        "dataclasses._create_fn = lambda *a, **b: made.append(a[0]) or real(*a, **b);"
        "import reconciler.operations.plan, reconciler.target.rest, reconciler.apply.recheck;"
        "import reconciler.render.text.plan; print(*made)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Six each of the few that compare or show a part of their fields, or stand above another.
    assert len(done.stdout.split()) < 40, done.stdout
