"""Standard streams that are closed, full, narrow, or read by somebody who leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.support.interrupts import Stopping
from tests.reconciler.cli.conftest import EXAMPLE, PORTAL
from tests.support.faults.child import clean_environment
from tests.support.sample import template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a configuration and the embedded workspace."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / ".portal").mkdir()
    shutil.copy(template(), folder / ".portal" / "workspace.db")
    shutil.copy(EXAMPLE, folder / "portal.yaml")
    return folder


def shell(folder: Path, line: str, **environment: str) -> tuple[int, str, str]:
    """Run a line of a shell in which `portal` is the command."""
    given = {**clean_environment(), **environment}
    line = f'portal() {{ "{PORTAL}" "$@"; }}; {line}'
    done = subprocess.run(["bash", "-c", line], cwd=folder, env=given, capture_output=True, check=False)
    err = done.stderr.decode(errors="replace")
    assert "Traceback" not in err
    assert "internal-error" not in err
    return done.returncode, done.stdout.decode(errors="replace"), err


ALLOW = "--allow widens_access --allow narrows_access"


def test_an_apply_goes_on_without_the_reader_of_its_progress(here: Path) -> None:
    shell(here, f"portal apply --yes {ALLOW} 2>&1 | head -n 1")
    _, out, _ = shell(here, "portal history --format json")
    assert [one["outcome"] for one in json.loads(out)["receipts"]] == ["applied"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no device that is full")  # noqa: PTH110
@pytest.mark.parametrize("options", ["", "--format json"])
def test_output_on_a_full_disk_is_an_error(here: Path, options: str) -> None:
    code, _, err = shell(here, f"portal plan {ALLOW} {options} > /dev/full")
    assert (code, "stdout cannot be written: No space left on device" in err) == (1, True)


def test_closed_streams_end_in_a_code_of_the_table(here: Path) -> None:
    assert shell(here, "portal validate -f - <&-")[0] == 1
    assert shell(here, f"portal plan {ALLOW} 2>&- >plan.txt")[0] == 0
    code, _, err = shell(here, f"portal plan {ALLOW} >&-")
    assert (code, "output-lost" in err) == (1, True)
    assert shell(here, f"portal plan {ALLOW} <&- >&- 2>&-")[0] == 1


def test_a_narrow_encoding_loses_no_word_and_no_document(here: Path) -> None:
    _, text, _ = shell(
        here, "rm -rf fresh; mkdir fresh; cd fresh; portal plan -f ../portal.yaml", PYTHONIOENCODING="cp1252"
    )
    assert "off -> jwt" in text
    wide, narrow = (
        json.loads(shell(here, f"portal plan {ALLOW} --format json", PYTHONIOENCODING=encoding)[1])
        for encoding in ("utf-8", "cp1252")
    )
    assert {**wide, "created_at": ""} == {**narrow, "created_at": ""}


def test_a_path_that_is_not_utf8_is_planned(here: Path) -> None:
    folder = os.fsencode(here) + b"/b\xff"
    os.mkdir(folder)  # noqa: PTH102 (a name in bytes)
    shutil.copy(EXAMPLE, folder + b"/portal.yaml")
    for options in ("", "--format json", "--format html", "--out plan.json"):
        code, out, _ = shell(here, f"portal plan {ALLOW} {options} -f $(printf 'b\\377')/portal.yaml")
        assert (code, bool(out)) == (0, True), options


def test_a_terminal_that_hangs_up_stops_an_apply_in_order() -> None:
    with Stopping() as stopping:
        os.kill(os.getpid(), signal.SIGHUP)
        assert (stopping(), stopping.exit_code) == (True, 143)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stopping() as stopping:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stopping()
    finally:
        signal.signal(signal.SIGHUP, before)
