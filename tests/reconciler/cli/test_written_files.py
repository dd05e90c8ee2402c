"""Files that verbs write keep what they are: owner, links, devices; two are written or none."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import run
from reconciler.config.edit import files
from reconciler.config.edit.several import NOTE, noted, recover
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from pathlib import Path

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away, and mount")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file."""
    path = tmp_path / "portal.yaml"
    path.write_bytes(b"before")
    return path


def refused(path: Path, data: bytes = b"after") -> str:
    with pytest.raises(ConfigurationInvalid) as caught:
        files.replace(str(path), data)
    return caught.value.diagnostics[0].summary


def test_what_a_dead_process_left_stands_in_nobodys_way(file: Path) -> None:
    (file.parent / f".portal.yaml.{os.getpid()}").write_bytes(b"half")
    files.replace(str(file), b"after")
    assert file.read_bytes() == b"after"
    assert len(list(file.parent.iterdir())) == 2


@root_only
def test_the_owner_and_the_permissions_stay(file: Path) -> None:
    os.chown(file, 1000, 1001)
    file.chmod(0o4640)
    files.replace(str(file), b"after")
    status = file.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1000, 1001, 0o4640)


def test_a_file_with_two_names_is_refused(file: Path) -> None:
    os.link(file, file.parent / "second.yaml")
    assert "hard links" in refused(file)
    assert file.samefile(file.parent / "second.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_refused(file: Path) -> None:
    file.chmod(0o444)
    assert "read-only" in refused(file)


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.parent / "link.yaml"
    link.symlink_to("portal.yaml")
    files.replace(str(link), b"after")
    assert (link.is_symlink(), file.read_bytes()) == (True, b"after")


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert "cannot be written" in refused(tmp_path / "loop.yaml")


@root_only
def test_a_mount_point_is_refused_with_a_way_out(file: Path) -> None:
    other = file.parent / "other.yaml"
    other.write_bytes(b"before")
    if subprocess.run(["mount", "--bind", other, file], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        assert "mount the folder" in refused(file)
        assert sorted(one.name for one in file.parent.iterdir()) == ["other.yaml", "portal.yaml"]
    finally:
        subprocess.run(["umount", file], check=True)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    files.replace(str(pipe), b"x" * 200_000)
    reader.join()
    assert got == [b"x" * 200_000]
    assert pipe.is_fifo()


def test_a_device_is_written_to() -> None:
    files.replace(os.devnull, b"x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116 (what it is, not where)
    if os.path.exists("/dev/full"):  # noqa: PTH110
        with pytest.raises(ConfigurationInvalid, match="No space left"):
            files.replace("/dev/full", b"x")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(file)
    assert (list(file.parent.iterdir()), file.read_bytes()) == ([file], b"before")


def test_what_a_person_gave_a_file_is_kept_or_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object, name: str, _value: bytes) -> None:
        raise OSError(28, f"No space left for {name}")

    for name, is_lost in (("user.owner", True), ("system.posix_acl_access", True), ("security.selinux", False)):
        with monkeypatch.context() as patched:
            patched.setattr(os, "listxattr", lambda _path, name=name: [name])
            patched.setattr(os, "getxattr", lambda _path, _name: b"x")
            patched.setattr(os, "setxattr", refuse)
            if is_lost:
                assert f"its attribute {name} would be lost" in refused(file)
            else:
                files.replace(str(file), b"after")
        assert (list(file.parent.iterdir()), file.read_bytes()) == ([file], b"before" if is_lost else b"after")


@pytest.mark.parametrize("name", ["portal.yaml", "other.yaml", "link.json"])
def test_out_never_replaces_a_configuration(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps({"version": 1, "name": "acme-support", "help_center": {"identifier": "acme"}})
    for one in ("portal.yaml", "other.yaml"):
        (tmp_path / one).write_text(text, encoding="utf-8")
    (tmp_path / "link.json").symlink_to("portal.yaml")
    monkeypatch.chdir(tmp_path)
    assert run(["plan", "--out", name]) == 1
    assert "out-over-configuration" in capsys.readouterr().err
    assert (tmp_path / name).read_text(encoding="utf-8") == text
    assert run(["plan", "--out", "plan.json"]) == 0
    assert run(["plan", "--out", "plan.json"]) == 0


@pytest.fixture
def pair(file: Path) -> dict[str, tuple[bytes, bytes]]:
    """Give an edit of two files."""
    second = file.parent / "portal.staging.yaml"
    second.write_bytes(b"before")
    return {str(one): (b"before", b"after") for one in (file, second)}


def cut_off(pair: dict[str, tuple[bytes, bytes]], done: int) -> None:
    """Begin an edit and die after so many files."""
    with suppress(KeyboardInterrupt), noted(pair):
        for path in list(pair)[:done]:
            files.replace(path, b"after")
        raise KeyboardInterrupt


def contents(pair: dict[str, tuple[bytes, bytes]]) -> list[bytes]:
    entries = []
    for path in pair:
        with open(path, "rb") as stream:  # noqa: PTH123
            entries.append(stream.read())
    return entries


@pytest.mark.parametrize(("done", "after"), [(0, b"before"), (1, b"after"), (2, b"after")])
def test_an_edit_of_two_files_that_was_cut_off_is_made_whole(
    pair: dict[str, tuple[bytes, bytes]], done: int, after: bytes, file: Path
) -> None:
    cut_off(pair, done)
    assert recover(str(file)) == (("portal.staging.yaml",) if done == 1 else ())
    assert contents(pair) == [after, after]
    assert not (file.parent / NOTE).exists()


def test_an_edit_is_not_finished_over_what_somebody_wrote_since(
    pair: dict[str, tuple[bytes, bytes]], file: Path
) -> None:
    cut_off(pair, 1)
    (file.parent / "portal.staging.yaml").write_bytes(b"theirs")
    assert recover(str(file)) == ()
    assert contents(pair) == [b"after", b"theirs"]
    assert not (file.parent / NOTE).exists()


@pytest.mark.parametrize("name", ["../portal.staging.yaml", "plan.json", "/etc/portal.yaml"])
def test_a_note_names_configurations_beside_it_and_nothing_else(
    pair: dict[str, tuple[bytes, bytes]], file: Path, name: str
) -> None:
    cut_off(pair, 1)
    note = file.parent / NOTE
    note.write_text(note.read_text(encoding="utf-8").replace("portal.staging.yaml", name), encoding="utf-8")
    # What is half done is not passed over: whoever reads the files may take it for whole.
    with pytest.raises(ConfigurationInvalid, match="how to finish an edit"):
        recover(str(file))
    assert contents(pair) == [b"after", b"before"]
    assert note.exists()
