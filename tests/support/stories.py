"""Pages that tell a story: their commands are run one after another, as by a reader, in one folder and one shell.

The parts of a page that count:

- a `console` block: lines that begin with `$ ` are run, the lines after each are its output. Without any, every output
  is fine; a line `…` stands for any lines. `# exit code 3` after a command gives its exit code, 0 otherwise. A command
  with `&` at the end goes on running, and is waited for until it reports that it is ready. `# killed after 2 changes`
  means that: a proxy holds the answer to that change, and the process is killed.
- a `yaml` block whose first line is a comment with a file name: that file is written.
- an item of a list for a browser, as `tests.support.console.hand` reads it; "the token" is the last printed one.
- a `diff` block that begins with `--- FILE` and `+++ FILE`: its change is made, once and in one place.

Moments, digests, commits, tokens and ports differ each time; any of them fits any other.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.console.hand import Hand, is_done_by_hand
from tests.support.faults.proxy import Dropped, Moment, Proxy
from tests.support.sample import ROOT
from tests.workflows.quick import Quick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.proxy import Request

_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{4,5}\b|(?<=--port )\d{4,5}\b")
_TOKEN = re.compile(r"portal_[\w-]{16,}")
_SAME = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?"), "MOMENT"),
    (re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC"), "MOMENT"),
    (_TOKEN, "TOKEN"),
    (re.compile(r"\b(r[1-9]\d*)-[0-9a-f]{6}\b"), r"\1-MARK"),
    (re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,64}\b"), "DIGEST"),
)
_EXIT = re.compile(r"\s+# exit code (\d+)$")
_KILLED = re.compile(r"\s+# killed after (\d+) changes$")
_LOCAL = re.compile(r"http://127\.0\.0\.1:\d+")
_END = "\x1e"
USER = "mara"
_PROGRAMS = Path(sys.executable).parent
_ITSELF = f'PATH="{_PROGRAMS}:$PATH"'
"""Before a command that signals have to reach."""


@dataclass(frozen=True)
class Step:
    """One action of a reader: a `console`, `yaml`, `diff` or `hand` block, from a line counted from 0.

    `text` is the command or the content, `shown` the command's output, as the page has it.
    """

    line: int
    kind: str
    text: str
    shown: list[str] = field(default_factory=list)


def steps(page: str) -> Iterator[Step]:
    """Yield the steps of a page, in order."""
    lines = page.splitlines()
    language = ""
    for number, line in enumerate(lines):
        if line.startswith("```"):
            language = "" if language else line.removeprefix("```") or "text"
            if language in {"yaml", "diff"}:
                end = lines.index("```", number + 1)
                block = lines[number + 1 : end]
                if re.match(r"# \S+\.yaml$|--- \S+$", block[0]):
                    yield Step(number + 1, language, "\n".join(block) + "\n")
        elif language == "console" and line.startswith("$ "):
            yield Step(number, language, line.removeprefix("$ "), _printed(lines[number + 1 :]))
        elif not language and is_done_by_hand(line):
            yield Step(number, "hand", line)


def _printed(lines: list[str]) -> list[str]:
    ends = (number for number, line in enumerate(lines) if line.startswith(("$ ", "```")))
    return lines[: next(ends)]


def same(shown: list[str], printed: list[str]) -> bool:
    """Return True if a page shows the printed lines, except for parts that differ each time."""
    wanted = "\n".join(re.escape(line) if line.strip() != "…" else "(?s:.*)" for line in _settled(shown))
    return re.fullmatch(wanted, "\n".join(_settled(printed))) is not None


def _settled(lines: list[str]) -> list[str]:
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return text.split("\n")


class Reader:
    """A person who follows a page, in a folder and a shell of their own."""

    def __init__(self, folder: Path, commands: Path) -> None:
        """Start the shell in a folder; `commands` is the folder of `portal`."""
        self.folder = folder
        self.ports: dict[str, str] = {}
        self.hand = Hand()
        self.token = ""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "GIT_"))},
            "PATH": os.pathsep.join([str(commands), str(_PROGRAMS), os.environ["PATH"]]),
            "HOME": str(folder.parent),
            "LOGNAME": USER,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in _WHO.items()},
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "init.defaultBranch",
            "GIT_CONFIG_VALUE_0": "main",
        }
        self.shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def close(self) -> None:
        """End the shell and all that runs in it."""
        self.hand.close()
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        os.killpg(self.shell.pid, signal.SIGTERM)
        self.shell.stdin.close()
        for _ in self.shell.stdout:
            pass
        self.shell.stdout.close()
        self.shell.wait()

    def does(self, step: Step) -> list[str]:
        """Do one step, and return its output, with the page's own ports and this reader's name."""
        if step.kind == "yaml":
            name = step.text.split("\n", 1)[0].removeprefix("# ")
            (self._at() / name).write_text(self._there(step.text), encoding="utf-8")
            return []
        if step.kind == "diff":
            self._change(step.text)
            return []
        if step.kind == "hand":
            self.hand.does(self._there(step.text), self.token)
            return []
        if killed := _KILLED.search(step.text):
            return self._kills(self._there(_KILLED.sub("", step.text)), int(killed[1]))
        command, code = _EXIT.sub("", step.text), _EXIT.search(step.text)
        if command.startswith("pip install "):
            _installable(command)
            return []
        if command.startswith("python3 -m venv "):
            # Nothing is installed into it, and to put pip there takes longer than the rest of a page.
            command += " --without-pip"
        printed, ended = self._run(self._there(command))
        assert ended == int(code[1] if code else 0), f"{command} ended with {ended}:\n" + "\n".join(printed)
        for token in _TOKEN.findall("\n".join(printed)):
            self.token = token
        return [self._here(line) for line in printed]

    def _run(self, command: str) -> tuple[list[str], int]:
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        goes_on = command.endswith("&")
        asked = f"{_ITSELF} {command}\n" if goes_on else f"{command}\nprintf '\\n{_END}%s\\n' $?\n"
        self.shell.stdin.write(asked)
        self.shell.stdin.flush()
        printed: list[str] = []
        for line in self.shell.stdout:
            if line.startswith(_END):
                # The mark begins a line of its own, after a line that may be empty.
                return printed[:-1] if printed and not printed[-1] else printed, int(line.removeprefix(_END))
            printed.append(line.rstrip("\n"))
            if goes_on and "ready at" in line:
                return printed, 0
        raise AssertionError(f"the shell ended after {command}:\n" + "\n".join(printed))

    def _kills(self, command: str, changes: int) -> list[str]:
        """Run a command, and kill it when the workspace has made so many changes and the command does not know yet."""
        reached, over = threading.Event(), threading.Event()
        made = itertools.count(1)

        def look(moment: Moment, request: Request) -> None:
            if over.is_set():
                raise Dropped
            if moment is Moment.DONE and request.writes and next(made) == changes:
                reached.set()
                assert over.wait(60)
                raise Dropped

        upstream = _LOCAL.search(command)
        assert upstream, f"{command} names no workspace of this machine"
        with Proxy(upstream[0], look=look) as proxy:
            there = _LOCAL.sub(proxy.url, command)
            assert self._run(f"{_ITSELF} {there} > killed.out 2>&1 & echo $! > killed.pid")[1] == 0
            assert reached.wait(60)
            printed, _ = self._run("kill -9 $(cat killed.pid); wait $(cat killed.pid) 2> /dev/null; cat killed.out")
            over.set()
        told = [line for line in printed if not line.startswith("bash: line")]
        return [self._here(line.replace(proxy.url, upstream[0])) for line in told]

    def _change(self, text: str) -> None:
        first, _, *lines = text.splitlines()
        path = self._at() / first.removeprefix("--- ")
        before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        content = path.read_text(encoding="utf-8")
        assert content.count(self._there(before)) == 1, f"{path.name} does not have once:\n{before}\nbut:\n{content}"
        path.write_text(content.replace(self._there(before), self._there(after)), encoding="utf-8")

    def _at(self) -> Path:
        """Return the folder in which the shell is."""
        (folder,), _ = self._run("pwd")
        return Path(folder)

    def _there(self, text: str) -> str:
        """Return a text with ports that are free instead of those of the page."""
        return _PORT.sub(lambda match: self.ports.setdefault(match[0], free_port()), text)

    def _here(self, line: str) -> str:
        for ours, theirs in self.ports.items():
            line = line.replace(f"127.0.0.1:{theirs}", f"127.0.0.1:{ours}")
        return line.replace(str(self.folder), ".").replace(f"@{platform.node()}", "@laptop")


_WHO = {"NAME": "Mara Lindholm", "EMAIL": "mara@acme.example", "DATE": "2026-03-02T09:00:00Z"}


def free_port() -> str:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def _installable(command: str) -> None:
    """Assert that a page installs this project, with existing extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    match = re.fullmatch(r"pip install '?([\w-]+|\.)(?:\[([\w,]+)\])?'?", command)
    assert match, command
    assert match[1] in (project["name"], ".")
    assert set((match[2] or "").split(",")) - {""} <= set(project["optional-dependencies"])


def told(page: Path, folder: Path, *, update: bool) -> None:
    """Do every step of a page, and assert that it shows the output; or write the output into it."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    corrected: list[tuple[Step, list[str]]] = []
    with Quick() as quick, closing(Reader(folder, quick.folder)) as reader:
        for step in steps(text):
            printed = reader.does(step)
            if step.shown and not same(step.shown, printed):
                assert update, f"{page.name}:{step.line + 1}: `{step.text}` printed\n\n" + "\n".join(printed)
                corrected.append((step, printed))
    for step, printed in reversed(corrected):
        lines[step.line + 1 : step.line + 1 + len(step.shown)] = "\n".join(printed).strip("\n").split("\n")
    if corrected:
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
