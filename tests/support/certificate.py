"""One certificate that is trusted, instead of the two hundred of a machine.

No test connects to anybody who needs one, and reading them all takes longer than most requests: a twenty-fifth of a
second for each client, in this process and in those that it begins.
"""

from __future__ import annotations

from pathlib import Path

import certifi

from tests.support.databases import folder


def one() -> str:
    """Return a file with one certificate."""
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    path = Path(folder()) / "trusted.pem"
    path.write_text(first + end, encoding="ascii")
    return str(path)
