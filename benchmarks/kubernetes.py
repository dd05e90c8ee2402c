"""A Kubernetes API server on loopback, with what kubectl needs to ask it."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.places import program
from benchmarks.processes import Command, clean_environment
from benchmarks.servers import HOST, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.places import Stage

KUBECTL = "kubectl diff"
_TOKEN = "benchmarks-only"  # noqa: S105 (of a server that lives for a minute)
_READY_SECONDS = 60
_CLIENT = """\
apiVersion: v1
kind: Config
clusters:
  - {{name: bench, cluster: {{server: "https://{host}:{port}", certificate-authority: {folder}/server.crt}}}}
users:
  - {{name: bench, user: {{token: {token}}}}}
contexts:
  - {{name: bench, context: {{cluster: bench, user: bench}}}}
current-context: bench
"""


def kubernetes_missing(stage: Stage) -> str | None:
    """Return which programs are absent and how to get them; None where all are there."""
    if program("kubectl") is None:
        return "kubectl is absent"
    absent = [name for name in ("etcd", "kube-apiserver") if _server(stage, name) is None]
    if absent:
        return f"{' and '.join(absent)} absent: `benchmarks/kube_apiserver.sh {stage.peers}/kubernetes` brings both"
    return None


@contextmanager
def kubernetes(stage: Stage, folder: Path) -> Iterator[None]:
    """Run an empty API server on an etcd, and lay what kubectl needs to ask it into the folder."""
    etcd, api = free_port(), free_port()
    store = f"http://{HOST}:{etcd}"
    _identify(folder)
    (folder / "tokens.csv").write_text(f"{_TOKEN},bench,bench,system:masters\n")
    (folder / "kubeconfig").write_text(_CLIENT.format(host=HOST, port=api, folder=folder, token=_TOKEN))
    with (
        _started(stage, folder, etcd, "etcd", _etcd(folder, store)),
        _started(stage, folder, api, "kube-apiserver", _api(folder, store, api)),
    ):
        _wait(api)
        yield


def kubectl_apply(folder: Path) -> Command:
    """Return the command that makes the server what the files in `folder`/configmaps say."""
    return _kubectl("kubectl apply", folder, ["apply"], "created")


def kubectl_diff(folder: Path, *more: str) -> Command:
    """Return the command that finds no difference between these files and the server; it ends with 1 otherwise."""
    return _kubectl(KUBECTL, folder, ["diff", *more], "")


def _kubectl(name: str, folder: Path, verb: list[str], says: str) -> Command:
    # What kubectl keeps between runs stays in the folder.
    environment = {"KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)}
    argv = [program("kubectl") or "kubectl", *verb, "-f", "configmaps"]
    return Command(name, argv, says, folder=folder, environment=environment)


def _etcd(folder: Path, store: str) -> dict[str, object]:
    peers = f"http://{HOST}:{free_port()}"
    return {
        "data-dir": folder / "etcd",
        "listen-client-urls": store,
        "advertise-client-urls": store,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"default={peers}",
    }


def _api(folder: Path, store: str, port: int) -> dict[str, object]:
    certificate, key = folder / "server.crt", folder / "server.key"
    return {
        "etcd-servers": store,
        "bind-address": HOST,
        "secure-port": port,
        "tls-cert-file": certificate,
        "tls-private-key-file": key,
        "token-auth-file": folder / "tokens.csv",
        "authorization-mode": "AlwaysAllow",
        "service-account-issuer": "https://bench.example",
        "service-account-signing-key-file": key,
        "service-account-key-file": key,
        "service-cluster-ip-range": "10.0.0.0/24",
    }


@contextmanager
def _started(stage: Stage, folder: Path, port: int, name: str, options: dict[str, object]) -> Iterator[None]:
    command = [_server(stage, name) or name, *(f"--{option}={value}" for option, value in options.items())]
    with running(command, clean_environment(), port, folder / f"{name}.log"):
        yield


def _server(stage: Stage, name: str) -> str | None:
    return shutil.which(name, path=str(stage.peers / "kubernetes")) or program(name)


def _identify(folder: Path) -> None:
    """Make the server's key and certificate."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bench"]
    command += ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", "server.key", "-out", "server.crt"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _wait(port: int) -> None:
    """Wait until the server says of itself that it is ready; it listens before it is."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        asked = http.client.HTTPSConnection(HOST, port, context=unchecked)
        asked.request("GET", "/readyz", headers={"Authorization": f"Bearer {_TOKEN}"})
        if asked.getresponse().status == http.HTTPStatus.OK:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the API server on port {port} is not ready after {_READY_SECONDS} seconds")
