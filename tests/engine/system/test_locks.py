"""A lock is held by one, in this process or another, and goes with whoever holds it."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.system import locks

HOLDER = """
import sys, time
from pathlib import Path
from engine.system.locks import Lock
lock = Lock(Path(sys.argv[1]))
print(lock.is_mine, flush=True)
time.sleep(60)
"""


def test_it_is_held_by_one_and_leaves_nothing(tmp_path):
    path = tmp_path / "größer.lock"
    first, second = locks.Lock(path), locks.Lock(path)
    assert (first.is_mine, second.is_mine, locks.is_held(path)) == (True, False, True)
    second.release()
    assert locks.is_held(path), "who does not hold it cannot give it back"
    first.release()
    first.release()
    assert not path.exists()
    assert not locks.is_held(path)


def test_it_goes_with_a_process_that_is_killed(tmp_path):
    path = tmp_path / "run.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout.readline() == "True\n"
        assert locks.is_held(path)
        process.kill() if sys.platform == "win32" else process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.exists()
    assert not locks.is_held(path)
    lock = locks.Lock(path)
    assert lock.is_mine
    lock.release()


def test_where_nothing_can_be_written_it_raises(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        locks.Lock(tmp_path / "nowhere" / "run.lock")


@pytest.mark.skipif(sys.platform == "win32", reason="flock is POSIX's")
def test_a_disk_without_locks_keeps_nobody_away(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    lock = locks.Lock(tmp_path / "run.lock")
    assert lock.is_mine
    assert not locks.is_held(tmp_path / "run.lock")
    lock.release()
    with locks.hold(tmp_path / "a.log") as file:
        file.write(b"told")
    assert locks.hold(tmp_path / "a.running", surely=True) is None
