"""What is told on a terminal while something takes its time; nothing of it is told elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.reconciler.cli.test_init import in_a_terminal

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place


def test_each_step_of_an_apply_tells_its_time_on_a_terminal(embedded: Place) -> None:
    code, seen = in_a_terminal(embedded.folder, ["apply", "--yes", "--allow", "widens_access"], [])
    assert code == 0, seen
    assert len(re.findall(r"\[\d/7\] .* … done  \d+\.\d s\n", seen)) == 7
    told = embedded.portal("apply", "--yes").err
    assert " s\n" not in told


def test_a_verification_tells_how_many_people_it_has_seen(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    code, seen = in_a_terminal(embedded.folder, ["verify", "--evaluate-only"], [])
    assert code == 0, seen
    assert re.search(r"people  \[#+\]  100%", seen)
    assert "people  [" not in embedded.portal("verify", "--evaluate-only").err


def test_lines_fit_the_terminal(embedded: Place) -> None:
    code, seen = in_a_terminal(embedded.folder, ["plan"], [])
    assert code == 3, seen
    whole = embedded.portal("plan")
    assert max(map(len, whole.out.splitlines())) > 100
    # Each word is there, in the same order, on more lines; on a busy machine it says that it waits, besides.
    plain = re.sub(r"\x1b\[[0-9;]*m|Waiting for .*\n", "", seen)
    assert plain.split() == (whole.out + whole.err).split()
    assert max(map(len, plain.splitlines())) <= 80
