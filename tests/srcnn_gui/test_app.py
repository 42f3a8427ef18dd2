"""Failures before the window is created."""

import logging
import sys

import pytest


def broken(*_args):
    raise RuntimeError("no theme, no window")


@pytest.mark.parametrize("tests_itself", [False, True])
def test_a_window_that_cannot_be_created_is_logged_and_shown(qtbot, monkeypatch, caplog, tmp_path, tests_itself):
    from PySide6.QtWidgets import QMessageBox

    from srcnn_gui import app

    messages = []
    monkeypatch.setattr(app, "Studio", broken)
    monkeypatch.setattr(QMessageBox, "critical", lambda *words: messages.append(words[-1]))
    with caplog.at_level(logging.ERROR, logger="srcnn_gui.app"):
        status = app._run([], tmp_path / "report.json" if tests_itself else None, 0.0)

    assert status == 1
    assert "no theme, no window" in caplog.text
    assert ["no theme, no window" in words for words in messages] == ([] if tests_itself else [True])
    assert sys.excepthook is sys.__excepthook__, "the handler of crashes is removed"
