"""The diagnostics report is complete and does not contain the home folder."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.system import diagnostics, log, paths, preferences

ROOT = Path(__file__).parents[3]


def test_report_has_versions_machine_folders_and_preferences():
    report = diagnostics.format_report(diagnostics.collect([("cpu", "CPU, 2 threads")], {"Window": {"Qt": "6"}}))

    for expected in ("numpy: ", "Python: ", "CPU: ", "CPU, 2 threads (cpu)", "models: ", "threads: 0", "Qt: 6"):
        assert expected in report


def test_home_folder_is_redacted(monkeypatch, tmp_path):
    home = tmp_path / "someone"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(paths, "log_folder", lambda: tmp_path / "log")
    monkeypatch.setattr(preferences, "path", lambda: tmp_path / "preferences.json")
    preferences.save(preferences.Preferences(models=str(home / "models")))
    log.start("window")
    try:
        logging.getLogger("engine").warning("opened %s", home / "secret.png")
        report = diagnostics.format_report(diagnostics.collect())
    finally:
        log.stop()

    assert "someone" not in report
    assert "~/secret.png" in report.replace("\\", "/")


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_command_line_prints_the_report(arguments, tmp_path):
    home = os.environ | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "engine", "diagnostics", *arguments],
        env=home,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    assert str(tmp_path) not in ran.stdout
    if arguments:
        assert json.loads(ran.stdout)["Libraries"]["torch"]
    else:
        assert "devices: CPU" in ran.stdout
        assert "torch: " in ran.stdout


def test_unexpected_error_is_logged(tmp_path, monkeypatch, capsys):
    from engine import cli

    def fails(*_arguments):
        raise KeyError("surprise")

    monkeypatch.setattr(paths, "log_folder", lambda: tmp_path)
    monkeypatch.setattr(sys, "argv", ["srcnn", "diagnostics"])
    monkeypatch.setattr(diagnostics, "collect", fails)
    try:
        with pytest.raises(KeyError):  # and where it always was: on the error stream
            cli.main()
        report = log.tail(40)
    finally:
        log.stop()
    assert "CRITICAL" in report
    assert "KeyError: 'surprise'" in report
