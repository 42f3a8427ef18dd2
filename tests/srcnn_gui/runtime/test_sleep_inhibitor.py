"""The system is asked to stay awake, and left alone again."""

import shutil
import subprocess
import sys

import pytest

from srcnn_gui.runtime import sleep_inhibitor


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked by a call, not by a program")
def test_a_program_holds_the_request_as_long_as_it_is_needed(monkeypatch):
    asked = []
    monkeypatch.setattr(sleep_inhibitor, "command_for", lambda _platform, _why: ["cat"])
    start = subprocess.Popen

    def remember(*arguments, **more):
        asked.append(start(*arguments, **more))
        return asked[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    with sleep_inhibitor.kept("a test"):
        assert asked[0].poll() is None
    assert asked[0].poll() is not None


def test_where_there_is_no_such_program_nothing_happens(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with sleep_inhibitor.kept("a test"):
        pass


def test_the_reason_is_given_where_it_can_be():
    assert "--why=training" in sleep_inhibitor.command_for("linux", "training")
    assert sleep_inhibitor.command_for("darwin", "training")[0] == "caffeinate"
    assert sleep_inhibitor.command_for("plan9", "training") == []
