"""No verb shows a secret, in any format, however malformed the secret is: it is refused where it is read."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from reconciler.cli.app import run
from reconciler.core import secrets
from reconciler.core.errors import NotAllowed
from tests.support.faults.child import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    Portal = Callable[[list[str], str], tuple[int, str]]

CORE = "Zq9sEcReT7xK"
NOWHERE = "http://127.0.0.1:9"

MALFORMED = {
    "line end": f"{CORE}-tail-0123456789\n",
    "carriage return": f"{CORE}-tail-0123456789\r\n",
    "blank inside": f"{CORE} tail 0123456789",
    "blank before": f" {CORE}-tail-0123456789",
    "not ASCII": f"tök-{CORE}-äöü",
    "escape": f"{CORE}\x01\x1b[31m0123456789",
    "Latin 1": f"{CORE}\xe9",
    "bytes": f"{CORE}\udcff0123",
    "tab": f"{CORE}\t0123456789",
    "with a scheme": f"Bearer {CORE}0123456789",
    "key": f"-----BEGIN PRIVATE KEY-----\n{CORE}\n-----END PRIVATE KEY-----\n",
    "header": f"{CORE}\r\nX-Injected: yes",
}
USABLE = {"quotes": f"{CORE}\"'`$(id)0123456789", "long": CORE * 9000, "percent": f"{CORE}%0d%0aX:y"}

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")
VERBS = {
    "plan": ["plan"],
    "apply": ["apply", "--yes"],
    "drift": ["drift"],
    "history": ["history"],
    "show": ["show", "r1"],
    "undo": ["undo", "r1", "--yes"],
    "unlock": ["unlock"],
    "pull": ["pull"],
    "preview": ["preview"],
    "access": ["access", "diff"],
    "explain": ["explain", "ada@examply.com"],
    "verify": ["verify", "--as", "ada@examply.com"],
    "init": ["init", "--from", NOWHERE, "--file", "new.yaml"],
    "promote": ["promote", "--to", "production", "--yes"],
    "publish": ["publish", "plan.json", "--to", "github", "--repository", "a/b", "--pull-request", "1"],
    "fetch": ["fetch", "--from", "gitlab", "--repository", "1", "--commit", "a" * 40, "--out", "fetched.json"],
}
ELSEWHERE = ("init", "promote", "publish", "fetch")
"""The verbs that are told otherwise than with --workspace where to go."""

CONFIGURATION = {
    "version": 1,
    "name": "acme-support",
    "help_center": {"identifier": "acme"},
    "audience": {"attribute": "person.tag", "is": "beta"},
    "environments": {
        "staging": {"workspace": NOWHERE, "token": "${MINE}"},
        "production": {"workspace": "http://localhost:9", "token": "${MINE}", "promote_from": "staging"},
    },
}


def forms(secret: str) -> set[str]:
    """Return every form in which a secret could be shown."""
    data = secret.encode("utf-8", "surrogateescape")
    encoded = [base64.b64encode(one).decode() for one in (data, b":" + data, CORE.encode())]
    return {CORE, repr(secret)[1:-1], quote(secret, errors="replace"), quote_plus(secret, errors="replace"), *encoded}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a configuration and a saved plan."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "portal.yaml").write_text(json.dumps(CONFIGURATION), encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert run(["plan", "--allow", "widens_access", "--allow", "narrows_access", "--out", "plan.json"]) in (0, 3)
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def portal(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Portal:
    """Give the command in this process, with one secret for everything, and what it printed."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.chdir(place)
    monkeypatch.setenv("PORTAL_PATIENCE", "0")
    monkeypatch.setenv("GITHUB_API_URL", NOWHERE)
    monkeypatch.setenv("CI_API_V4_URL", NOWHERE)
    monkeypatch.setattr(secrets, "_known", set())

    def portal(arguments: list[str], secret: str) -> tuple[int, str]:
        for name in ("PORTAL_TOKEN", "MINE", "GITHUB_TOKEN", "GITLAB_TOKEN", "PORTAL_IDENTITY_SECRET"):
            monkeypatch.setitem(os.environ, name, secret)
        code = run(arguments)
        said = capfd.readouterr()
        written = "".join(one.read_text(errors="replace") for one in place.iterdir() if one.name == "fetched.json")
        return code, said.out + said.err + written

    return portal


def arguments_of(verb: str, output_format: str) -> list[str]:
    where = [] if verb in ELSEWHERE else ["--workspace", NOWHERE]
    return [*VERBS[verb], *where, *([] if output_format == "text" else ["--format", output_format])]


@pytest.mark.parametrize("verb", VERBS)
def test_a_malformed_secret_is_refused_by_name_and_never_shown(portal: Portal, verb: str) -> None:
    for kind, secret in MALFORMED.items():
        for output_format in FORMATS:
            code, said = portal(arguments_of(verb, output_format), secret)
            assert not [one for one in forms(secret) if one in said], (kind, output_format)
            # A verb without this format refuses the command line before it reads a secret.
            assert code == 7 or (output_format != "text" and code == 64), (kind, output_format, said)
        assert "secret-malformed" in portal(arguments_of(verb, "text"), secret)[1]


@pytest.mark.parametrize("verb", VERBS)
def test_a_usable_secret_is_not_shown_where_nobody_answers(portal: Portal, verb: str) -> None:
    for kind, secret in USABLE.items():
        code, said = portal(arguments_of(verb, "text"), secret)
        assert code == 1, (kind, said)
        assert not [one for one in forms(secret) if one in said], kind


def test_the_variable_of_an_environment_is_named(portal: Portal) -> None:
    code, said = portal(["plan", "-e", "staging"], MALFORMED["line end"])
    assert (code, "the secret in MINE begins or ends with a blank or a line end" in said) == (7, True), said


SECRET_URLS = {
    "password": f"https://u:{CORE}@w.example",
    "user": f"https://{CORE}@w.example",
    "query": f"https://w.example/?token={CORE}",
    "fragment": f"https://w.example/#{CORE}",
    "empty query": "https://w.example?",
    "port": f"https://w.example:{CORE}",
    "brackets": f"https://u:{CORE}@[::1",
    "no scheme": f"u:{CORE}@w.example",
    "another scheme": f"ftp://u:{CORE}@w.example",
    "@ twice": f"https://u:{CORE}@x@w.example",
    "escaped": f"https://u%3A{CORE}%40w.example",
    "line end": f"https://w.example/{CORE}\n",
}


@pytest.mark.parametrize("kind", SECRET_URLS)
def test_an_address_that_holds_a_secret_is_refused_and_not_shown(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, place: Path, kind: str
) -> None:
    monkeypatch.setenv("WHERE", SECRET_URLS[kind])
    environments = {"staging": {"workspace": "${WHERE}", "token": "${MINE}"}}
    (place / "elsewhere.yaml").write_text(json.dumps({**CONFIGURATION, "environments": environments}), encoding="utf-8")
    calls = (["plan", "--workspace", SECRET_URLS[kind]], ["plan", "-f", "elsewhere.yaml", "-e", "staging"])
    for arguments in calls:
        for output_format in ("text", "json"):
            code, said = portal([*arguments, "--format", output_format], "a-token-that-is-well-formed")
            assert (code, CORE in said) == (64, False), said


def test_a_library_is_quoted_without_secrets() -> None:
    with pytest.raises(NotAllowed):
        secrets.checked("A", f"{CORE}\n")
    secrets.checked("B", f"{CORE}'quoted'/2")
    quoted = (
        f"Illegal header value {f'Bearer {CORE}'.encode()!r} of http://me:pass@proxy:1, {quote(f'{CORE}/', safe='')}"
    )
    shown = secrets.reason(ValueError(f"{quoted}\nand more"))
    assert shown == "Illegal header value b'Bearer ***' of http://***@proxy:1, ***%2F"
    assert secrets.reason(ValueError()) == "ValueError"
