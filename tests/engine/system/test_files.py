"""Atomic file writes."""

import errno
import os
import stat
from pathlib import Path

import pytest

from engine.system import files
from engine.system.files import os_error_reason, write_atomically, write_durably


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    """Set a common umask."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_content_is_written_without_leftovers(tmp_path):
    write_atomically(tmp_path / "a.bin", b"new")
    write_atomically(tmp_path / "a.bin", b"newer")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"a.bin": b"newer"}


def test_durable_write_replaces_the_file_only_after_reading_back(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    monkeypatch.setattr(files.os, "fsync", lambda _descriptor: damage(tmp_path))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_durably(path, b"newer")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"a.bin": b"new"}


def damage(folder):
    """Empty the temporary file, as a failing disk does."""
    for entry in folder.glob(".srcnn-*"):
        entry.write_bytes(b"")


def test_empty_file_can_be_written(tmp_path):
    write_atomically(tmp_path / "empty", b"")
    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_failure_leaves_everything_unchanged(call, failure, tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(b"old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(files.os, call, fail)
    with pytest.raises(type(failure)):
        write_atomically(tmp_path / "a.bin", b"new")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"a.bin": b"old"}


def test_old_content_exists_until_the_rename(tmp_path, monkeypatch):
    path, replace, contents = tmp_path / "a.bin", os.replace, []
    path.write_bytes(b"old")

    def watch(source, target):
        contents.append((path.read_bytes(), Path(source).parent == tmp_path))
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", watch)
    write_atomically(path, b"new")
    assert contents == [(b"old", True)]
    assert path.read_bytes() == b"new"


def test_missing_folder_raises_the_system_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "a.bin", b"new")


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_new_file_has_default_permissions(tmp_path, umask):
    write_atomically(tmp_path / "a.bin", b"new")
    assert mode_of(tmp_path / "a.bin") == 0o644


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_replaced_file_keeps_its_permissions(tmp_path, umask):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_atomically(path, b"new")
    assert mode_of(path) == 0o600


def test_os_error_reason_is_whole_sentences():
    assert os_error_reason(OSError(errno.ENOENT, "whatever")) == "The file or folder doesn't exist. Check the path."
    for error, description in (
        (OSError(errno.ENOTSUP, "whatever"), os.strerror(errno.ENOTSUP)),
        (OSError("disk on fire"), "disk on fire"),
    ):
        assert os_error_reason(error) == (
            f"The operating system reported this error: {description}. "
            "Check the path and its permissions, then try again."
        )


def test_temporary_file_that_cannot_be_removed_is_skipped(tmp_path, monkeypatch):
    parts = [tmp_path / f"{files._prefix('a.png')}{number}.part" for number in range(2)]
    for part in parts:
        part.write_bytes(b"half")
    unlink = Path.unlink

    def refuse_open(path, **more):  # as Windows does while it is open
        if path == parts[0]:
            raise PermissionError(errno.EACCES, "in use")
        unlink(path, **more)

    monkeypatch.setattr(Path, "unlink", refuse_open)
    assert files.remove_temporary_files([tmp_path / "a.png"]) == 1
    assert [part.exists() for part in parts] == [True, False]
