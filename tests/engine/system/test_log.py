"""The log: one file per process, rotation, and a folder that is not writable."""

import logging
import subprocess
import sys

import pytest

from engine.system import log, paths

_log = logging.getLogger("engine")

_OTHER = """
import logging, pathlib, sys
from engine.system import (paths, log)
paths.log_folder = lambda: pathlib.Path(sys.argv[1])
log.start("window")
logging.warning("of the other")
print(log.path().name, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary_log(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "log_folder", lambda: tmp_path / "log")
    level = logging.getLogger().level
    yield
    log.stop()
    logging.getLogger().setLevel(level)


def test_log_file_is_created_by_the_first_message(tmp_path):
    log.start("command", logging.WARNING)
    _log.info("not this")
    assert not (tmp_path / "log").exists()

    _log.warning("Größe 图")
    assert "Größe 图" in log.tail(5)
    assert log.path() == tmp_path / "log" / "command.log"


def test_second_process_has_its_own_log(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER, str(tmp_path / "log")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "window.log\n"
        log.start("window")
        _log.warning("of this one")
        assert log.path().name == "window-2.log"
        assert "of the other" in log.tail(5), "the newest of the others is told too"
        other.stdin.close()
    log.stop()
    log.start("window")
    _log.warning("again")
    assert log.path().name == "window.log", "the name is free again"


def test_full_log_is_rotated_with_two_backups(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "_MAX_BYTES", 1000)
    log.start("window")
    for number in range(100):
        _log.warning("line %d %s", number, "x" * 100)

    names = sorted(file.name for file in (tmp_path / "log").glob("window.log*"))
    assert names == ["window.log", "window.log.1", "window.log.2"]
    assert "line 99" in log.tail(3)


def test_unwritable_log_is_ignored(tmp_path, capsys):
    (tmp_path / "log").write_text("a file where the folder should be", encoding="utf-8")
    log.start("window")
    _log.warning("lost")

    assert log.path() is None
    assert capsys.readouterr().err == ""
