"""Prevention of sleep during a context."""

import shutil
import subprocess
import sys

import pytest

from srcnn_gui.runtime import sleep_inhibitor


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked by a call, not by a program")
def test_the_inhibitor_runs_inside_the_context(monkeypatch):
    asked = []
    monkeypatch.setattr(sleep_inhibitor, "inhibit_command", lambda _platform, _why: ["cat"])
    start = subprocess.Popen

    def remember(*arguments, **more):
        asked.append(start(*arguments, **more))
        return asked[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    with sleep_inhibitor.prevent_sleep("a test"):
        assert asked[0].poll() is None
    assert asked[0].poll() is not None


def test_without_the_program_nothing_happens(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with sleep_inhibitor.prevent_sleep("a test"):
        pass


def test_the_reason_is_passed_to_the_program():
    assert "--why=training" in sleep_inhibitor.inhibit_command("linux", "training")
    assert sleep_inhibitor.inhibit_command("darwin", "training")[0] == "caffeinate"
    assert sleep_inhibitor.inhibit_command("plan9", "training") == []
