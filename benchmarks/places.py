"""What is measured: the package installed and compiled like a user's, and peers at pinned versions, each in its own
virtual environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.processes import clean_environment

ROOT = Path(__file__).parents[1]
UNPACKED = ROOT / ".bench" / "programs"
"""Where `programs.sh` unpacks what the machine does not have."""
OCTODNS = ("octodns==1.22.0", "octodns-powerdns==1.2.0")
TERRAFORM_FRAMEWORK = ("tf==1.2.0", "grpcio==1.85.1", "protobuf==5.29.6", "msgpack==1.2.4", "cryptography==50.0.2")
"""What a Terraform provider in Python is made with."""


@dataclass(frozen=True)
class Stage:
    """What a measurement needs.

    Attributes:
        bin: Where the programs of the installed package are.
        peers: Where virtual environments of peers are kept.
        folder: An empty folder to work in.
        rounds: How many rounds to run what is quick; what is slow runs fewer.
    """

    bin: Path
    peers: Path
    folder: Path
    rounds: int

    @property
    def portal(self) -> Path:
        return self.bin / "portal"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    def fewer(self) -> int:
        """Return how many rounds to run what is slow."""
        return max(1, self.rounds // 3)

    def new_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder


def installed(kept: Path) -> Path:
    """Install the package as it is now, compiled, and return where its programs are."""
    home = _environment(kept / "portal")
    _pip(home, f"{ROOT}[serve,postgresql]")
    # The version may be the one that is there already.
    _pip(home, "--force-reinstall", "--no-deps", str(ROOT))
    return home / "bin"


def prepared(kept: Path) -> None:
    """Install the peers, so that no measurement has to."""
    octodns(kept)
    terraform_framework(kept)
    clustered(kept)
    if not (UNPACKED / "bin").is_dir():
        subprocess.run([str(ROOT / "benchmarks" / "programs.sh"), str(UNPACKED)], check=True)


@cache
def clustered(kept: Path) -> Path:
    """Install the package with what a Dask cluster needs, and return where its programs are."""
    home = _environment(kept / "dask")
    _pip(home, f"{ROOT}[dask]")
    _pip(home, "--force-reinstall", "--no-deps", str(ROOT))
    return home / "bin"


@cache
def octodns(kept: Path) -> Path:
    """Install octoDNS with its PowerDNS provider, and return where its programs are."""
    return _peer(kept / "octodns", *OCTODNS)


@cache
def terraform_framework(kept: Path) -> Path:
    """Install what a Terraform provider needs, and return where its Python is."""
    return _peer(kept / "terraform", *TERRAFORM_FRAMEWORK)


def program(name: str) -> str | None:
    """Return where a program of the system is, or one that was unpacked; None where it is absent."""
    return shutil.which(name, path=f"{UNPACKED}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


def _peer(home: Path, *what: str) -> Path:
    # Of pinned versions nothing is asked twice.
    if not _has(home, what):
        _pip(_environment(home), *what)
    return home / "bin"


def _has(home: Path, what: tuple[str, ...]) -> bool:
    names = [f"{one.replace('-', '_').replace('==', '-')}.dist-info" for one in what]
    return all(any(home.glob(f"lib/*/site-packages/{name}")) for name in names)


def _environment(home: Path) -> Path:
    if not (home / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, env=clean_environment())
    return home


def _pip(home: Path, *what: str) -> None:
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--compile", *what], check=True, env=clean_environment(), stderr=subprocess.DEVNULL)
