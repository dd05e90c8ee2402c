"""What the environment says of connecting: proxies, exceptions to them, and certificates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from reconciler.cli.app import run
from reconciler.core.contract import schema_path
from reconciler.core.errors import PortalError, WorkspaceUnusable
from reconciler.target import answers
from reconciler.target.connect import connect
from reconciler.target.http import network
from tests.support.golden import assert_golden
from tests.support.target.misbehaving import Misbehaving, answer

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = [f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO")] + ["SSL_CERT_FILE", "SSL_CERT_DIR"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing that decides how to connect."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("exceptions", "host", "direct"),
    [
        ("*", "a.example", True),
        ("a.example", "a.example", True),
        (".example", "a.example", True),
        ("*.example", "a.example", True),
        ("example", "a.example", True),
        ("b.example, a.example", "a.example", True),
        ("a.example:443", "a.example", True),
        ("a.example:8443", "a.example", False),
        ("ample", "a.example", False),
        ("localhost,[::1]", "::1", True),
        ("::1", "::1", True),
        ("[::1]:443", "::1", True),
        ("fd00::/8", "fd12::3", True),
        ("fd00::/8", "127.0.0.1", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "a.example", False),
        ("", "a.example", False),
    ],
)
def test_no_proxy_names_hosts_addresses_and_networks(exceptions: str, host: str, *, direct: bool) -> None:
    assert network._is_direct(host, 443, exceptions) is direct


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "pip install socksio"),
        ("HTTPS_PROXY", "ftp://127.0.0.1:9", "HTTPS_PROXY names no proxy"),
        ("HTTPS_PROXY", "http://me:pr0xypassw0rd@[bad", "HTTPS_PROXY names no proxy"),
        ("https_proxy", "http://127.0.0.1:port", "https_proxy names no proxy"),
        ("HTTPS_PROXY", "http://127.0.0.1:9\n", "HTTPS_PROXY names no proxy"),
        ("HTTPS_PROXY", "http://me:pr0xypassw0rd@127.0.0.1:9", "workspace-unreachable"),
        ("NO_PROXY", "localhost,[::1],fd00::/8,[", "workspace-unreachable"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "SSL_CERT_FILE cannot be used: No such file"),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE cannot be used"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(  # noqa: PLR0917 (what pytest gives)
    variable: str,
    value: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "portal.yaml").write_text(
        json.dumps({"version": 1, "name": "a", "help_center": {"identifier": "acme"}}), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_TOKEN", "a-token-of-the-tests")
    monkeypatch.setenv("PORTAL_PATIENCE", "0")
    monkeypatch.setenv(variable, value)
    assert run(["plan", "--workspace", "https://127.0.0.1:9", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert said in " ".join(err.split())
    assert json.loads(out)["outcome"] == "failed"
    assert "pr0xypassw0rd" not in out + err


def test_a_proxy_carries_a_request_that_no_exception_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with Misbehaving(answer(body={"type": "list", "data": []})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        target = connect("http://127.0.0.1:9", token="a-token-of-the-tests", seed=None, retry_seconds="0")
        assert target.help_centers() == []
        target.close()
        assert proxy.requests == ["GET http://127.0.0.1:9/portal_admin/v1/help_centers"]
        monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
        target = connect("http://127.0.0.1:9", token="a-token-of-the-tests", seed=None, retry_seconds="0")
        with pytest.raises(WorkspaceUnusable):
            target.help_centers()
        target.close()


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://elsewhere.example/login?secret=x", "redirects to https://elsewhere.example;"),
        ("https://me:secret@elsewhere.example", "redirects to https://***@elsewhere.example;"),
        ("/login?secret=x", "redirects to another path of the same host;"),
        ("http://[secret", "redirects to nowhere;"),
    ],
)
def test_a_redirect_is_told_and_not_followed(location: str, shown: str) -> None:
    with Misbehaving(answer("302 Found", Location=location)) as server:
        target = connect(server.url, token="a-token-of-the-tests", seed=None, retry_seconds="0")
        with pytest.raises(PortalError) as caught:
            target.help_centers()
        target.close()
    (problem,) = caught.value.diagnostics
    assert (problem.code, shown in problem.summary) == ("workspace-redirects", True)
    assert "secret" not in problem.summary


def test_an_answer_of_another_type_is_refused_by_its_place() -> None:
    with Misbehaving(
        answer(body={"type": "list", "data": [{"identifier": 7, "display_name": "A", "url": "https://a.example"}]})
    ) as server:
        target = connect(server.url, token="a-token-of-the-tests", seed=None, retry_seconds="0")
        with pytest.raises(WorkspaceUnusable, match=r"`data\[0\]") as caught:
            target.help_centers()
        target.close()
    assert caught.value.diagnostics[0].code == "workspace-answer-unreadable"


def test_the_schemas_of_answers_are_those_of_the_description() -> None:
    with schema_path("workspace.openapi.yaml").open("rb") as stream:
        assert_golden(answers.FILE, answers.text(yaml.load(stream, yaml.CSafeLoader)))
