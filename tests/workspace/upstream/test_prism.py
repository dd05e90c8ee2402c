"""Prism as a second opinion, where it is installed: a mock of the vendor's description that is not ours.

It refuses what the description does not have, and answers with the description's own examples: whatever we ask has to
be asked rightly, and whatever is answered has to be understood. `PORTAL_PRISM` says where the command is.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.public.spec import AT_HAND, DESCRIPTION
from workspace.upstream.intercom.api import Account, Api
from workspace.upstream.intercom.workspace import Intercom
from workspace.upstream.problems import UpstreamError
from workspace.upstream.protocol import Incomplete, MirroredAttributes, Write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRISM = os.environ.get("PORTAL_PRISM") or shutil.which("prism")
pytestmark = pytest.mark.skipif(not (PRISM and AT_HAND), reason="needs Prism and the vendor's description")
_SECONDS = 120


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercom]:
    """Intercom, as Prism plays it."""
    said: Path = tmp_path_factory.mktemp("prism") / "said"
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = [str(PRISM), "mock", "--host", "127.0.0.1", "--port", port, str(DESCRIPTION)]
    with said.open("wb") as out, subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT) as prism:
        try:
            until = time.monotonic() + _SECONDS
            while b"is listening" not in said.read_bytes():
                assert prism.poll() is None, said.read_text(encoding="utf-8")
                assert time.monotonic() < until, "Prism never got ready"
                time.sleep(0.05)
            intercom = Intercom(Api(Account("us", "a-token-that-opens-all", f"http://127.0.0.1:{port}")))
            yield intercom
            intercom.close()
        finally:
            prism.terminate()


def test_what_is_observed_is_understood(upstream: Intercom) -> None:
    seen = upstream.observe()
    assert seen.account.timezone
    assert seen.fields["identity"]["mode"].known.evidence
    assert seen.attributes


def test_people_tags_and_the_log_are_understood(upstream: Intercom) -> None:
    people = upstream.people(MirroredAttributes())
    assert all(name for _, name in people.tags())
    assert people.page(None, None).people == []
    assert people.page(None, 1_700_000_000).cursor is None
    assert upstream.matching(None)[0] == 0
    events = upstream.events(1_700_000_000)
    assert events
    assert [one.at for one in events] == sorted(one.at for one in events)


def test_a_scroll_that_never_moves_on_is_incomplete(upstream: Intercom) -> None:
    pages = upstream.people(MirroredAttributes()).companies(None)
    first, _ = next(pages)
    assert first[0].company.id
    with pytest.raises(Incomplete, match="same page twice"):
        list(pages)


def test_an_attribute_is_written_as_described(upstream: Intercom) -> None:
    """The mock keeps nothing: that what was sent is not told afterwards is found out."""
    values = {"type": "string", "options": None, "description": "Of a test", "messenger_writable": False}
    with pytest.raises(UpstreamError) as refused:
        upstream.write(Write("data_attribute/company.of_a_test", {}, values))
    assert refused.value.code == "upstream_not_taken"
