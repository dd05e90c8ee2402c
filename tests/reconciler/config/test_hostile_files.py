"""Files made to hurt: each is refused, or read, in bounded time and memory, and never with a traceback.

Time is that of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 2.0
KIBIBYTES = 300 * 1024
LIMIT = 1024 * 1024
HEAD = b"version: 1\nname: acme\nhelp_center: {identifier: acme}\n"


# What the system reports of a child's memory begins with that of the process that started it; the child knows better.
PROGRAM = """
import os, re, sys
from reconciler.cli import run
code = run(sys.argv[1:])
with open("/proc/self/status") as status, os.fdopen(int(os.environ["PEAK"]), "w") as peak:
    peak.write(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
sys.exit(code)
"""


class Done(NamedTuple):
    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    kibibytes: int


def validate(path: str, stdin: bytes = b"") -> Done:
    """Run `portal validate` in a process of its own."""
    arguments = [sys.executable, "-c", PROGRAM, "validate", "-f", path, "--format", "json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    ours, theirs = os.pipe()
    with subprocess.Popen(arguments, pass_fds=[theirs], env={**os.environ, "PEAK": str(theirs)}, **pipes) as process:  # type: ignore[call-overload]
        os.close(theirs)
        try:
            process.stdin.write(stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass
        stdout, stderr = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    with os.fdopen(ours) as said:
        peak = int(said.read())
    return Done(process.returncode, stdout, stderr, usage.ru_utime + usage.ru_stime, peak)


def lines(pattern: str, count: int) -> bytes:
    return "".join(pattern.format(number) for number in range(count)).encode()


def alias_bomb(width: int, depth: int) -> bytes:
    names = [f"a{number}" for number in range(depth)]
    first = f"{names[0]}: &{names[0]} [{', '.join(['x'] * width)}]\n"
    rest = (f"{name}: &{name} [{', '.join([f'*{last}'] * width)}]\n" for last, name in pairwise(names))
    return (first + "".join(rest)).encode()


def full(piece: str) -> bytes:
    """Return as many pieces as fit into a file that is not refused for its size."""
    return (piece * (LIMIT // len(piece.encode()))).encode()


FILES = {
    "fifty-megabytes": (b"a: b\n" * (50 * LIMIT // 5), "file-too-large"),
    "one-byte-too-many": (b"#" * (LIMIT + 1), "file-too-large"),
    "zero-bytes-everywhere": (b"\0" * LIMIT, "forbidden-character"),
    "random-bytes": (bytes(range(256)) * 4096, "not-utf8"),
    "ten-thousand-levels-of-lists": (b"[" * 10_000, "yaml-too-deep"),
    "a-million-levels-of-lists": (b"[" * LIMIT, "yaml-too-deep"),
    "levels-of-mappings": (full("{a: "), "yaml-too-deep"),
    "levels-of-block-lists": (full("- "), "yaml-too-deep"),
    "levels-of-block-mappings": ("\n".join(" " * n + "a:" for n in range(1400)).encode(), "yaml-too-deep"),
    "levels-of-keys": (full("? "), "yaml-key"),
    "alias-bomb": (alias_bomb(10, 12), "yaml-too-many-values"),
    "alias-bomb-of-few-levels": (alias_bomb(100, 3), "yaml-too-many-values"),
    "many-aliases": (b"a: &a x\nb: [" + b"*a," * 200_000 + b"]\n", "yaml-too-many-values"),
    "many-values": (full("- a\n"), "yaml-too-many-values"),
    "many-values-in-a-line": (b"[" + full("a,")[:-3] + b"]", "yaml-too-many-values"),
    "many-documents": (full("---\n"), "yaml-several-documents"),
    "many-duplicates": (full("a: 1\n"), "duplicate-key"),
    "many-tags": (full("- !a b\n"), "yaml-tag"),
    "one-long-text": (HEAD + b"audience: " + b"x" * (LIMIT - 100) + b"\n", "not-allowed-value"),
    "one-long-number": (HEAD + b"audience: " + b"9" * (LIMIT - 100) + b"\n", "yaml-number"),
    "one-open-quote": (b'a: "' + b"x " * (LIMIT // 2 - 10), "yaml-syntax"),
    "only-line-ends": (b"\n" * LIMIT, "file-empty"),
    "only-a-comment": (b"#" * LIMIT, "file-empty"),
    "only-blanks": (b" " * LIMIT, "file-empty"),
    "only-exclamation-marks": (b"!" * LIMIT, "yaml-tag"),
    "only-ampersands": (b"&" * LIMIT, "yaml-syntax"),
    "only-colons": (b":" * LIMIT, "yaml-syntax"),
    "only-percent-signs": (b"%" * LIMIT, "yaml-syntax"),
    "only-credentials": (b"token: " * (LIMIT // 7), "yaml-syntax"),
    "only-key-starts": (b'"a":' * (LIMIT // 4), "yaml-syntax"),
    "unknown-keys": (HEAD + lines("hepl_{}: 1\n", 19_000), "unknown-key"),
    "long-unknown-keys": (HEAD + lines("k" * 200 + "{}: 1\n", 4_000), "unknown-key"),
    "nulls": (HEAD + b"homepage: {sections: [" + b"~," * 19_000 + b"]}\n", "null-not-allowed"),
    "wrong-sections": (HEAD + b"homepage: {sections: [" + lines("s{},", 19_000) + b"]}\n", "not-allowed-value"),
    "wrong-expectations": (
        HEAD + b"expectations:\n" + lines("- {{person: p{}, can: [nothing]}}\n", 4_900),
        "not-allowed-value",
    ),
    "wrong-conditions": (
        HEAD + b"audience:\n  any:\n" + lines("  - {{attribute: person.email, end_with: x{}}}\n", 6_600),
        "rule-too-large",
    ),
    "many-conditions": (
        HEAD + b"audience:\n  any:\n" + lines("  - {{attribute: person.email, ends_with: x{}}}\n", 6_600),
        "rule-too-large",
    ),
    "wrong-attributes": (
        HEAD + b"data_attributes: {company: {" + lines("x{}: {{type: strng}},", 6_600) + b"}}\n",
        "not-allowed-value",
    ),
    "unknown-attributes": (
        HEAD
        + b"data_attributes: {company: {"
        + lines("x{}: {{type: string}},", 6_000)
        + b"}}\naudience:\n  any:\n"
        + lines("  - {{attribute: person.emial{}, is: x}}\n", 450),
        "unknown-attribute",
    ),
    "environments-that-each-repeat-a-mistake": (
        HEAD
        + b"audience:\n  any:\n"
        + lines("  - {{attribute: person.email, end_with: x{}}}\n", 450)
        + b"environments:\n"
        + lines(
            "  e{}: {{workspace: 'https://a.example', token: '${{T}}', overrides: {{portal: {{enabled: 1}}}}}}\n", 50
        ),
        "wrong-operator",
    ),
}


def assert_refused(done: Done, code: str) -> None:
    assert b"Traceback" not in done.stderr
    assert done.code == 1
    document = json.loads(done.stdout)
    assert document["valid"] is False
    assert code in {one["code"] for one in document["diagnostics"]}
    assert all(one["source"]["line"] >= 1 for one in document["diagnostics"])
    assert len(done.stdout) < LIMIT
    assert done.seconds < SECONDS
    assert done.kibibytes < KIBIBYTES


@pytest.mark.parametrize("name", FILES)
def test_files(name: str, tmp_path: Path) -> None:
    data, code = FILES[name]
    path = tmp_path / "portal.yaml"
    path.write_bytes(data)
    assert_refused(validate(str(path)), code)


def test_stdin_that_never_ends(tmp_path: Path) -> None:
    assert_refused(validate("-", b"a: b\n" * (10 * LIMIT)), "file-too-large")


@pytest.mark.parametrize(("path", "code"), [("/dev/zero", "file-too-large"), ("/proc/self/mem", "file-unreadable")])
def test_devices(path: str, code: str) -> None:
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists follows what cannot be read
        pytest.skip(f"there is no {path} here")
    assert_refused(validate(path), code)


def test_a_large_configuration_is_quick(tmp_path: Path) -> None:
    path = tmp_path / "portal.yaml"
    conditions = lines("  - {{attribute: person.email, ends_with: x{}}}\n", 490)
    people = lines("- {{person: p{}@examply.com, can: [open_portal]}}\n", 3_000)
    path.write_bytes(HEAD + b"audience:\n  any:\n" + conditions + b"expectations:\n" + people)
    done = validate(str(path))
    assert (done.code, json.loads(done.stdout)["diagnostics"]) == (0, [])
    assert done.seconds < SECONDS
    assert done.kibibytes < KIBIBYTES
