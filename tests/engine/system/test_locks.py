"""Locks are exclusive within and between processes, and are released when their process ends."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.system import locks

LOCK_PROGRAM = """
import sys, time
from pathlib import Path
from engine.system.locks import Lock
lock = Lock(Path(sys.argv[1]))
print(lock.is_acquired, flush=True)
time.sleep(60)
"""


def test_lock_is_exclusive_and_removes_its_file(tmp_path):
    path = tmp_path / "größer.lock"
    first, second = locks.Lock(path), locks.Lock(path)
    assert (first.is_acquired, second.is_acquired, locks.is_locked(path)) == (True, False, True)
    second.release()
    assert locks.is_locked(path), "who does not hold it cannot give it back"
    first.release()
    first.release()
    assert not path.exists()
    assert not locks.is_locked(path)


def test_lock_is_released_if_its_process_is_killed(tmp_path):
    path = tmp_path / "run.lock"
    command = [sys.executable, "-c", LOCK_PROGRAM, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout.readline() == "True\n"
        assert locks.is_locked(path)
        process.kill() if sys.platform == "win32" else process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.exists()
    assert not locks.is_locked(path)
    lock = locks.Lock(path)
    assert lock.is_acquired
    lock.release()


def test_lock_in_an_unwritable_folder_raises(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        locks.Lock(tmp_path / "nowhere" / "run.lock")


@pytest.mark.skipif(sys.platform == "win32", reason="flock is POSIX's")
def test_file_system_without_locks_always_acquires(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    lock = locks.Lock(tmp_path / "run.lock")
    assert lock.is_acquired
    assert not locks.is_locked(tmp_path / "run.lock")
    lock.release()
    with locks.open_exclusive(tmp_path / "a.log") as file:
        file.write(b"told")
    assert locks.open_exclusive(tmp_path / "a.running", required=True) is None
