"""Tokens: made, kept as hashes, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.admin.client import dump
from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.identity import tokens as auth

if TYPE_CHECKING:
    from sqlalchemy import Engine

CHOSEN = "a-token-that-somebody-chose"


def test_a_token_is_not_kept(engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "ci", "read", now=7)
    assert len(token) > 40
    assert token not in repr(dump(engine))
    with db.reading(engine) as connection:
        assert auth.holder_of(connection, token, 7) == auth.Holder("ci", ("read",))
        for wrong in ("", token[:-1], token + "x", token.upper(), "ci"):
            assert auth.holder_of(connection, wrong, 7) is None
        assert list(auth.entries(connection)) == [auth.TokenEntry("ci", ("read",), 7, None)]


def test_tokens_differ(engine: Engine) -> None:
    with db.writing(engine) as connection:
        made = {auth.create(connection, f"ci-{number}", "write", now=7) for number in range(20)}
    assert len(made) == 20


def test_a_name_is_never_used_again(engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "ci", "write", now=7)
        with pytest.raises(WorkspaceError, match="there is a token 'ci' already"):
            auth.create(connection, "ci", "read", now=8)
        auth.revoke(connection, "ci", now=9)
        assert auth.holder_of(connection, token, 7) is None
        with pytest.raises(WorkspaceError, match="there is no valid token 'ci'"):
            auth.revoke(connection, "ci", now=10)
        with pytest.raises(WorkspaceError, match="already"):
            auth.create(connection, "ci", "read", now=11)


@pytest.mark.parametrize("name", ["", " ci", "ci ", "c\ni", "c\0i", "x" * 201])
def test_a_name_can_be_read(engine: Engine, name: str) -> None:
    with db.writing(engine) as connection, pytest.raises(WorkspaceError, match="name is 1 to 200"):
        auth.create(connection, name, "read", now=7)


def test_the_administrator_gets_a_token_once(engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.ensure_administrator(connection, None, now=7)
        assert token is not None
        assert auth.holder_of(connection, token, 7) == auth.Holder("administrator", ("read", "write"))
        assert auth.ensure_administrator(connection, None, now=8) is None
        assert auth.holder_of(connection, token, 7) is not None


def test_the_operator_chooses_and_replaces_the_administrators_token(engine: Engine) -> None:
    with db.writing(engine) as connection:
        for token in (CHOSEN, CHOSEN, f"{CHOSEN}-newer"):
            assert auth.ensure_administrator(connection, token, now=7) is None
            assert auth.holder_of(connection, token, 7) == auth.Holder("administrator", ("read", "write"))
        assert auth.holder_of(connection, CHOSEN, 7) is None
        auth.revoke(connection, "administrator", now=8)
        auth.ensure_administrator(connection, CHOSEN, now=9)
        assert auth.holder_of(connection, CHOSEN, 7) is not None
    assert CHOSEN not in repr(dump(engine))


def test_the_administrators_token_is_nobody_elses(engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "ci", "read", now=7)
        with pytest.raises(WorkspaceError, match="is the token 'ci'"):
            auth.ensure_administrator(connection, token, now=8)


@pytest.mark.parametrize("token", ["", "short", "x" * 19, "with a blank " * 3, "ümlaut" * 5, "line\n" * 5])
def test_a_chosen_token_is_hard_to_guess(engine: Engine, token: str) -> None:
    with db.writing(engine) as connection, pytest.raises(WorkspaceError, match="at least 20") as refused:
        auth.ensure_administrator(connection, token, now=7)
    assert not token or token not in f"{refused.value.summary}{refused.value.remedy}"
