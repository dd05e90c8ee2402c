"""Law 4 and 8 where the storage fails: each call once, in each of four ways, in each verb.

Every run of the tests tries a few calls of each verb, `PORTAL_STORAGE=all` tries all of them (about an hour).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.core.errors import EXIT_CODES
from tests.support.faults.child import clean_environment
from tests.support.faults.stand import ALLOW, OPEN
from tests.support.faults.storage import Fault, Storage
from tests.support.sample import template

DATABASE = Path(".portal/workspace.db")
APPLY = ("apply", "--yes", *ALLOW)
UNDO = ("undo", "r1", "--yes", *ALLOW)
DB = ("--db", str(DATABASE))
READS = (
    ("plan", "--format", "json"),
    ("status",),
    ("drift",),
    ("history",),
    ("show", "r1"),
    ("preview",),
    ("explain", "ada@examply.com"),
    ("unlock",),
    ("pull",),
    ("token", "list", *DB),
)
BESIDE = (("token", "create", "another", *DB), ("secret", "create", "another", *DB))
EVERY = os.environ.get("PORTAL_STORAGE") == "all"


class Place:
    """A folder with a configuration and an embedded workspace, whose storage can fail."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.storage = Storage(patch, DATABASE)

    def put(self, kept: Path) -> None:
        """Begin anew, with a copy of a database."""
        for left in DATABASE.parent.glob("workspace.db*"):
            left.unlink()
        shutil.copy(kept, DATABASE)

    def portal(self, *arguments: str) -> tuple[int, str]:
        """Run a command, and return its exit code and all that it said."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(arguments))
        return code, out.getvalue() + err.getvalue()

    def failing(self, arguments: tuple[str, ...], number: int, fault: Fault) -> tuple[int, str]:
        """Run a command whose n-th call to the storage fails, and hold what it says against what is so."""
        before = settings()
        self.storage.prepare(number, fault)
        code, said = self.portal(*arguments)
        self.storage.prepare()
        told = f"{' '.join(arguments)}, call {number}: {fault}: {code}\n{said}"
        assert code in EXIT_CODES, told
        for bad in ("Traceback", "internal-error", "apply-crashed"):
            assert bad not in said, told
        assert code not in {1, 4, 5, 6} or re.search(r"error ?\[|\"severity\": ?\"error\"", said), told
        assert not self.storage.lies, (told, self.storage.lies)
        if "Nothing was applied" in said:
            assert settings() == before, told
        return code, told


def settings() -> dict[str, Any]:
    """Return everything that is set and recorded, read past the workspace."""
    with closing(sqlite3.connect(DATABASE)) as connection:
        by_name = {address: json.loads(text) for address, text in connection.execute(_SETTINGS)}
        by_name |= dict(connection.execute(_ATTRIBUTES))
        by_name["records"] = connection.execute(_RECORDS).fetchall()
    for address, document in by_name.items():
        if address.startswith("homepage/"):
            # When a draft was saved is another moment each time.
            document.pop("draft_edited", None)
    return by_name


_SETTINGS = "SELECT address, document FROM settings"
_ATTRIBUTES = "SELECT model || '.' || name, messenger_writable FROM data_attributes"
_RECORDS = "SELECT name, digest, document FROM records"


def running() -> int:
    """Return how many receipts nobody ended."""
    with closing(sqlite3.connect(DATABASE)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM receipts WHERE outcome = 'running'").fetchone()[0])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    for name in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(name)
    DATABASE.parent.mkdir()
    Path("portal.yaml").write_text(json.dumps(OPEN), encoding="utf-8")
    return Place(monkeypatch)


def cases(calls: int, few: int, draw: random.Random) -> list[tuple[int, Fault]]:
    """Return which calls fail how: all in each way, or a few of each."""
    if EVERY:
        return [(number, fault) for number in range(1, calls + 1) for fault in Fault]
    return [(draw.randint(1, calls), fault) for fault in Fault for _ in range(few)]


def applied(place: Place, kept: Path) -> Path:
    """Return a database to which the configuration was applied."""
    place.put(kept)
    assert place.portal(*APPLY)[0] == 0
    done = Path("applied.db")
    with closing(sqlite3.connect(DATABASE)) as source, closing(sqlite3.connect(done)) as copy:
        source.backup(copy)
    return done


def finish(place: Place, verb: tuple[str, ...]) -> None:
    """Run a command again, as whoever met a failure does, until it went through."""
    code, said = place.portal(*verb)
    if code == 6:
        # The end of the lock got lost.
        fence = re.search(r"portal unlock --fence (\d+)", place.portal("unlock")[1])
        assert fence, said
        assert place.portal("unlock", "--fence", fence[1])[0] == 0
        code, said = place.portal(*verb)
    # Where only the look at the end failed, all of it was taken back already.
    assert code == 0 or "receipt-undone" in said, said
    assert not running()


def count(place: Place, kept: Path, verb: tuple[str, ...]) -> int:
    """Return how many calls a command makes, where none fails."""
    place.put(kept)
    place.storage.prepare()
    assert place.portal(*verb)[0] in {0, 2, 3}
    return place.storage.calls


def test_an_apply_converges_whichever_call_fails(place: Place) -> None:
    calls = count(place, template(), APPLY)
    wanted, draw = settings(), random.Random(1)  # noqa: S311 - no secret
    for number, fault in cases(calls, 3, draw):
        place.put(template())
        code, told = place.failing(APPLY, number, fault)
        if code == 0:
            assert settings() == wanted, told
        finish(place, APPLY)
        assert settings() == wanted, told


def test_an_undo_converges_whichever_call_fails(place: Place) -> None:
    kept = applied(place, template())
    calls = count(place, kept, UNDO)
    wanted, draw = settings(), random.Random(2)  # noqa: S311 - no secret
    for number, fault in cases(calls, 2, draw):
        place.put(kept)
        code, told = place.failing(UNDO, number, fault)
        if code != 0:
            finish(place, UNDO)
        assert settings() == wanted, told


def test_what_only_looks_changes_nothing_whichever_call_fails(place: Place) -> None:
    kept = applied(place, template())
    draw = random.Random(3)  # noqa: S311 - no secret
    for verb in READS:
        calls = count(place, kept, verb)
        before = settings()
        for number, fault in cases(calls, 1, draw):
            _, told = place.failing(verb, number, fault)
            assert settings() == before, told
            assert not running(), told


def test_tokens_and_secrets_are_made_or_not_whichever_call_fails(place: Place) -> None:
    draw = random.Random(4)  # noqa: S311 - no secret
    for verb in BESIDE:
        table = f"{verb[0] if verb[0] == 'token' else 'identity_secret'}s"
        calls = count(place, template(), verb)
        for number, fault in cases(calls, 2, draw):
            place.put(template())
            code, told = place.failing(verb, number, fault)
            with closing(sqlite3.connect(DATABASE)) as connection:
                made = connection.execute(f"SELECT count(*) FROM {table} WHERE name = 'another'").fetchone()[0]  # noqa: S608
            assert code != 0 or made == 1, told
            assert "nothing was changed" not in told or not made, told


def test_the_first_use_fills_a_workspace_or_leaves_none_whichever_call_fails(place: Place) -> None:
    verb = ("plan",)
    place.storage.prepare()
    assert place.portal(*verb)[0] in {0, 3}
    calls = place.storage.calls
    for number, fault in cases(calls, 1, random.Random(5)):  # noqa: S311 - no secret
        for left in DATABASE.parent.glob("workspace.db*"):
            left.unlink()
        place.storage.prepare(number, fault)
        code, said = place.portal(*verb)
        place.storage.prepare()
        assert code in {0, 1, 3}, said
        assert "Traceback" not in said
        assert "internal-error" not in said
        assert place.portal(*verb)[0] in {0, 3}, (number, fault, said)


def damaged(whole: bytes, draw: random.Random) -> bytes:
    """Return a database with one damaged page, or with bits turned all over it."""
    data, pages = bytearray(whole), len(whole) // PAGE
    # The first pages hold the schema and the settings.
    at = PAGE * (draw.randrange(pages) if draw.random() < 0.7 else draw.randrange(6))
    match draw.randrange(4):
        case 0:
            data[at : at + PAGE] = bytes(PAGE)
        case 1:
            data[at : at + PAGE] = draw.randbytes(PAGE)
        case 2:
            for _ in range(20):
                data[at + draw.randrange(PAGE)] = draw.randrange(256)
        case _:
            for _ in range(200):
                data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


PAGE = 4096


@pytest.mark.parametrize("seed", range(1, 1001 if EVERY else 41))
def test_a_damaged_page_is_complained_about_or_not_noticed(place: Place, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    DATABASE.write_bytes(damaged(closed(template()), draw))
    verb = draw.choice((APPLY, *READS, *BESIDE))
    code, said = place.portal(*verb)
    assert code in EXIT_CODES, said
    for bad in ("Traceback", "internal-error", "apply-crashed"):
        assert bad not in said, said
    assert code != 1 or re.search(r"error ?\[|\"severity\": ?\"error\"", said), said


@cache
def closed(database: Path) -> bytes:
    """Return what is in the file of a database that nobody has open."""
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(database)) as source:
            source.backup(copy)
        return copy.serialize()


def test_text_that_is_none_is_told_as_damage(place: Place) -> None:
    place.put(template())
    with closing(sqlite3.connect(DATABASE)) as connection:
        broken = "UPDATE data_attributes SET name = CAST(X'ff61' AS TEXT) WHERE name = 'plan_tier'"
        assert connection.execute(broken).rowcount
        connection.commit()
    code, said = place.portal("plan")
    assert code == 1
    assert "the database is damaged" in said
    assert said.count("\n") <= 3
