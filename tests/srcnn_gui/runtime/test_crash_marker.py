"""A window that did not end by itself is noticed by the next, and by one alone; windows beside it disturb nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.system import paths
from srcnn_gui.runtime import crash_marker

_WINDOW = """
import ctypes, pathlib, sys
from engine.system import paths
paths.state = lambda: pathlib.Path(sys.argv[1])
from srcnn_gui.runtime import crash_marker
with crash_marker.marked():
    print("running", flush=True)
    if sys.stdin.readline() == "crash\\n":
        ctypes.string_at(0)
"""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "state", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def window(state):
    """A process that runs a marked window until it is told how to end."""
    started = []

    def start() -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        program = [sys.executable, "-c", _WINDOW, str(state)]
        made = subprocess.Popen(program, text=True, cwd=Path(__file__).parents[3], **pipes)
        started.append(made)
        assert made.stdout.readline() == "running\n"
        return made

    yield start
    for one in started:
        one.kill()
        one.communicate()


def test_a_window_that_runs_or_has_ended_is_no_crash(window, state):
    running, ended = window(), window()
    ended.communicate("end\n")

    assert crash_marker.crashes() == []
    assert len(list(state.glob("*.running"))) == 1
    running.communicate("end\n")
    assert list(state.glob("*.running")) == []


def test_a_crash_is_told_once_with_what_the_threads_did(window, caplog):
    window().communicate("crash\n")
    (told,) = crash_marker.crashes()

    assert "process " in told
    assert "string_at" in told
    assert "string_at" in caplog.text
    assert crash_marker.crashes() == []


def test_a_kill_is_noticed_beside_a_window_that_runs(window):
    _running, killed = window(), window()
    killed.kill()
    killed.communicate()

    assert len(crash_marker.crashes()) == 1
    assert crash_marker.crashes() == []


def test_one_about_to_be_marked_is_left_alone(state):
    (state / "window-1.running").touch()
    assert crash_marker.crashes() == []
    assert (state / "window-1.running").exists()


def test_an_exception_on_the_way_is_no_crash():
    with pytest.raises(KeyError), crash_marker.marked():
        raise KeyError
    assert crash_marker.crashes() == []


def test_where_nothing_can_be_written_the_window_runs(state, monkeypatch):
    (state / "file").touch()
    monkeypatch.setattr(paths, "state", lambda: state / "file")
    ran = False
    with crash_marker.marked():
        ran = True
    assert ran
    assert crash_marker.crashes() == []
