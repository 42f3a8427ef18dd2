"""Failures before the window is created."""

import logging
import sys

import pytest


def raise_error(*_args):
    raise RuntimeError("no theme, no window")


@pytest.mark.parametrize("is_self_test", [False, True])
def test_a_window_that_cannot_be_created_is_logged_and_shown(qtbot, monkeypatch, caplog, tmp_path, is_self_test):
    from PySide6.QtWidgets import QMessageBox

    from srcnn_gui import app

    messages = []
    monkeypatch.setattr(app, "Studio", raise_error)
    monkeypatch.setattr(QMessageBox, "critical", lambda *words: messages.append(words[-1]))
    with caplog.at_level(logging.ERROR, logger="srcnn_gui.app"):
        status = app._run([], tmp_path / "report.json" if is_self_test else None, 0.0)

    assert status == 1
    assert "no theme, no window" in caplog.text
    assert ["no theme, no window" in words for words in messages] == ([] if is_self_test else [True])
    assert sys.excepthook is sys.__excepthook__, "the handler of crashes is removed"
