"""Plain YAML scalars → JSON values, by the core schema of YAML 1.2: what people read is what is meant.

`yes`, `on`, `1:30` and dates stay text. So does a whole number with a leading zero, where the core schema says 10 for
`010`, YAML 1.1 says 8, and its author most likely meant the text.
"""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_START = frozenset("+-.0123456789")
_MOST_DIGITS = 64
_LARGEST = 2**63


def resolve(text: str) -> str | int | float | bool | None:
    """Resolve a plain (unquoted) scalar; raise ValueError, with a message, for a number that JSON cannot carry."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    return _number(text) if text[0] in _NUMBER_START else text


def _number(text: str) -> str | int | float:
    if _INTEGER.fullmatch(text):
        return _integer(text, 10)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return _integer(text[2:], 8 if text[1] == "o" else 16)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"`{text}` is not finite")
    if _FLOAT.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        return _float(text)
    return text


def _integer(digits: str, base: int) -> int:
    # The length comes first: digits may be a million, and Python refuses to convert more than a few thousand.
    if len(digits) > _MOST_DIGITS or not -_LARGEST <= (value := int(digits, base)) < _LARGEST:
        raise ValueError("it is too large; at most 64 bits are kept exactly")
    return value


def _float(text: str) -> int | float:
    """Read a decimal number; one without a fraction is the same value as the whole number, as in JSON Schema."""
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("it is too large")
    return int(value) if value.is_integer() and -_LARGEST <= value < _LARGEST else value
