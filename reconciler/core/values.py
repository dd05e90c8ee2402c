"""`dataclass` as in the standard library, whose methods are written when they are first needed.

The standard library writes and compiles six methods for each class as its module is loaded: a fifth of the time of a
small plan. Here those that need no text of their own are shared, and `__init__` is compiled with the first value. Any
other class (without slots, above another such class, or with fields that do not count everywhere) is made as ever.
"""

from __future__ import annotations

import dataclasses
from inspect import get_annotations
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """Make a class of values; the options are those of the standard library."""
        return (lambda one: _made(one, options)) if cls is None else _made(cls, options)


__all__ = ["dataclass"]

_KNOWN = frozenset({"frozen", "slots", "eq", "kw_only"})
_ABSENT: Any = object()
_LOCK = RLock()


def _made(cls: type, options: dict[str, bool]) -> type:
    kinds = get_annotations(cls)
    if not _is_plain(cls, kinds, options):
        return dataclasses.dataclass(**options)(cls)
    names = tuple(name for name, kind in kinds.items() if not kind.startswith("ClassVar"))
    frozen, keywords = options.get("frozen", False), options.get("kw_only", False)
    members = {name: value for name, value in cls.__dict__.items() if name not in (*names, "__dict__", "__weakref__")}
    members |= {"__slots__": names, "__qualname__": cls.__qualname__}
    members.setdefault("__match_args__", () if keywords else names)
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        members[name] = _Described(cls, frozen, keywords)
    of = _getter(names)
    if options.get("eq", True):
        own_hash = members.get("__hash__", _ABSENT)
        if own_hash is _ABSENT or (own_hash is None and "__eq__" in members):
            members["__hash__"] = _hash(of) if frozen else None
        members.setdefault("__eq__", _eq(of))
    members.setdefault("__repr__", _repr(names, of))
    if frozen:
        members |= {"__setattr__": _set, "__delattr__": _delete}
        members.setdefault("__getstate__", lambda self: list(of(self)))
        members.setdefault("__setstate__", _restore(names))
    new = type(cls)(cls.__name__, cls.__bases__, members)
    if "__init__" not in members:
        new.__init__ = _first_init(new, cls, names, keywords=keywords)  # type: ignore[misc]  # it is to be put there
    return new


def _is_plain(cls: type, kinds: dict[str, Any], options: dict[str, bool]) -> bool:
    based = any("__dataclass_fields__" in base.__dict__ for base in cls.__mro__[1:])
    fields = [found for name in kinds if isinstance(found := cls.__dict__.get(name), dataclasses.Field)]
    return (
        not based
        and options.get("slots", False)
        and options.keys() <= _KNOWN
        and all(isinstance(kind, str) and not kind.startswith(("InitVar", "KW_ONLY")) for kind in kinds.values())
        and all(one.init and one.repr and one.compare and one.hash is None for one in fields)
        and all(one.kw_only is dataclasses.MISSING for one in fields)
        and not {"__setattr__", "__delattr__"} & cls.__dict__.keys()
    )


class _Described:
    """What the standard library knows of such a class, found out where it is asked for."""

    def __init__(self, cls: type, frozen: bool, keywords: bool) -> None:  # noqa: FBT001 (they have names where they come from)
        self._cls, self._frozen, self._keywords = cls, frozen, keywords

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, _: object, __: type | None = None) -> Any:
        with _LOCK:
            cls = self._cls
            if "__dataclass_fields__" not in cls.__dict__:
                # Nothing is written for it; without a text about the class one would be made, of its signature.
                cls.__doc__ = cls.__doc__ or cls.__name__
                dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=self._keywords)(cls)
                cls.__dataclass_params__.frozen = self._frozen  # type: ignore[attr-defined]  # just made
                for name in ("__dataclass_fields__", "__dataclass_params__"):
                    setattr(self._owner, name, cls.__dict__[name])
        return cls.__dict__[self._name]


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _eq(of: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:  # noqa: N807 (it becomes one)
        return of(self) == of(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(of: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    return lambda self: hash(of(self))


def _repr(names: tuple[str, ...], of: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: N807 (it becomes one)
        told = ", ".join(f"{name}={value!r}" for name, value in zip(names, of(self), strict=True))
        return f"{self.__class__.__qualname__}({told})"

    return __repr__


def _set(_: object, name: str, __: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(names: tuple[str, ...]) -> Callable[[Any, list[Any]], None]:
    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807 (it becomes one)
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return __setstate__


def _first_init(new: Any, cls: type, names: tuple[str, ...], *, keywords: bool) -> Callable[..., None]:
    """Return an `__init__` that puts the real one into its place and calls it."""
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 (it becomes one)
        real = _init(names, defaults, keywords=keywords, then=hasattr(new, "__post_init__"))
        real.__qualname__ = f"{new.__qualname__}.__init__"
        new.__init__ = real
        real(self, *given, **named)

    return __init__


def _init(names: tuple[str, ...], defaults: dict[str, Any], *, keywords: bool, then: bool) -> Callable[..., None]:
    known: dict[str, Any] = {"_put": object.__setattr__, "_absent": _ABSENT}
    heads, lines = ["self", *(["*"] if keywords and names else [])], []
    for name in names:
        default, value = defaults.get(name, dataclasses.MISSING), name
        factory: Any = dataclasses.MISSING
        if isinstance(default, dataclasses.Field):
            factory, default = default.default_factory, default.default
        if factory is not dataclasses.MISSING:
            known[f"_make_{name}"], value = factory, f"_make_{name}() if {name} is _absent else {name}"
            heads.append(f"{name}=_absent")
        elif default is not dataclasses.MISSING:
            known[f"_of_{name}"] = default
            heads.append(f"{name}=_of_{name}")
        else:
            heads.append(name)
        lines.append(f" _put(self, {name!r}, {value})")
    lines += [" self.__post_init__()"] if then else []
    text = f"def __init__({', '.join(heads)}):\n" + ("\n".join(lines) or " pass")
    exec(text, known)  # noqa: S102 (of names that are in the program)
    made: Callable[..., None] = known["__init__"]
    return made
