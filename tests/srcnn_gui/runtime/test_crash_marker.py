"""Marker files that detect crashed windows once, even if other windows are running."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.system import paths
from srcnn_gui.runtime import crash_marker

_WINDOW_PROGRAM = """
import ctypes, pathlib, sys
from engine.system import paths
paths.state_folder = lambda: pathlib.Path(sys.argv[1])
from srcnn_gui.runtime import crash_marker
with crash_marker.running_marker():
    print("running", flush=True)
    if sys.stdin.readline() == "crash\\n":
        ctypes.string_at(0)
"""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "state_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def window(state):
    """Return a function that starts a process with a marker. It runs until it reads a line."""
    started = []

    def start() -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        program = [sys.executable, "-c", _WINDOW_PROGRAM, str(state)]
        process = subprocess.Popen(program, text=True, cwd=Path(__file__).parents[3], **pipes)
        started.append(process)
        assert process.stdout.readline() == "running\n"
        return process

    yield start
    for one in started:
        one.kill()
        one.communicate()


def test_a_running_or_closed_window_is_not_reported_as_a_crash(window, state):
    running, ended = window(), window()
    ended.communicate("end\n")

    assert crash_marker.take_crash_reports() == []
    assert len(list(state.glob("*.running"))) == 1
    running.communicate("end\n")
    assert list(state.glob("*.running")) == []


def test_a_crash_is_reported_once_with_the_stacks_of_the_threads(window, caplog):
    window().communicate("crash\n")
    (report,) = crash_marker.take_crash_reports()

    assert "process " in report
    assert "string_at" in report
    assert "string_at" in caplog.text
    assert crash_marker.take_crash_reports() == []


def test_a_killed_window_is_detected_next_to_a_running_one(window):
    _running, killed = window(), window()
    killed.kill()
    killed.communicate()

    assert len(crash_marker.take_crash_reports()) == 1
    assert crash_marker.take_crash_reports() == []


def test_an_empty_marker_is_ignored(state):
    (state / "window-1.running").touch()
    assert crash_marker.take_crash_reports() == []
    assert (state / "window-1.running").exists()


def test_an_exception_is_not_reported_as_a_crash():
    with pytest.raises(KeyError), crash_marker.running_marker():
        raise KeyError
    assert crash_marker.take_crash_reports() == []


def test_the_window_runs_without_a_writable_marker(state, monkeypatch):
    (state / "file").touch()
    monkeypatch.setattr(paths, "state_folder", lambda: state / "file")
    ran = False
    with crash_marker.running_marker():
        ran = True
    assert ran
    assert crash_marker.take_crash_reports() == []
