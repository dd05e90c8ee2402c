"""`portal` for scripts, quickly: it asks the tests, which fork a process that has imported everything.

What runs is the same program in a process of its own, in the folder and with the environment of the script. It says
what it has to say when it ends, and signals do not reach it.
"""

from __future__ import annotations

import json
import socketserver
import sys
import tempfile
import threading
from pathlib import Path
from typing import Self

from tests.support.faults.child import Child

_COMMAND = """#!{python} -IS
import json, os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({socket!r})
together = os.path.samestat(os.fstat(1), os.fstat(2))
asked = dict(arguments=sys.argv[1:], folder=os.getcwd(), environment=dict(os.environ), together=together)
line.sendall(json.dumps(asked).encode() + b"\\n")
ended = json.loads(line.makefile("rb").read())
sys.stdout.write(ended["out"])
sys.stdout.flush()
sys.stderr.write(ended["err"])
sys.exit(ended["code"])
"""


class _Asked(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        folder, together = Path(asked["folder"]), asked["together"]
        ended = Child(folder, asked["arguments"], asked["environment"], together=together).wait()
        self.wfile.write(json.dumps({"code": ended.code, "out": ended.out, "err": ended.err}).encode())


class Quick:
    """Has a folder with the command in it, for the length of a with statement."""

    def __init__(self) -> None:
        # The path of a socket may not be long.
        self._home = tempfile.TemporaryDirectory(prefix="portal")
        self.folder = Path(self._home.name)
        at = str(self.folder / "line")
        self._server = socketserver.ThreadingUnixStreamServer(at, _Asked)
        command = self.folder / "portal"
        command.write_text(_COMMAND.format(python=sys.executable, socket=at))
        command.chmod(0o755)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._home.cleanup()
