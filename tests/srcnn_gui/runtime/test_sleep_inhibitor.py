"""A context manager that prevents the computer from sleeping."""

import shutil
import subprocess
import sys

import pytest

from srcnn_gui.runtime import sleep_inhibitor


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked by a call, not by a program")
def test_the_inhibitor_process_runs_inside_the_context(monkeypatch):
    commands = []
    monkeypatch.setattr(sleep_inhibitor, "inhibit_command", lambda _platform, _why: ["cat"])
    start = subprocess.Popen

    def start_and_record(*arguments, **more):
        commands.append(start(*arguments, **more))
        return commands[-1]

    monkeypatch.setattr(subprocess, "Popen", start_and_record)
    with sleep_inhibitor.prevent_sleep("a test"):
        assert commands[0].poll() is None
    assert commands[0].poll() is not None


def test_a_missing_inhibitor_program_is_ignored(monkeypatch):
    started = []
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(subprocess, "Popen", lambda *arguments, **_options: started.append(arguments))
    with sleep_inhibitor.prevent_sleep("a test"):
        assert started == []


def test_the_reason_is_passed_to_the_program():
    assert "--why=training" in sleep_inhibitor.inhibit_command("linux", "training")
    assert sleep_inhibitor.inhibit_command("darwin", "training")[0] == "caffeinate"
    assert sleep_inhibitor.inhibit_command("plan9", "training") == []
