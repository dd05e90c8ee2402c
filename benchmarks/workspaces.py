"""Serves many real workspaces from one process until its input ends, and prints their addresses first."""

from __future__ import annotations

import json
import sys

from tests.support.fleet import many


def main(count: int) -> None:
    with many.workspaces(count) as urls:
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
