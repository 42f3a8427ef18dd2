"""Uncaught exceptions and termination signals on the GUI thread."""

import os
import signal
import sys
import threading

import pytest
from PySide6.QtCore import QThread, QTimer, qWarning

from srcnn_gui.runtime.crash_handling import CrashHandler, TerminationSignals


@pytest.fixture
def hooks(qtbot, qapp):
    # pytest-qt and pytest have hooks of their own, for the test's sake.
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    handler = CrashHandler()
    handler.raised_errors = []
    handler.raised.connect(lambda error: handler.raised_errors.append((error, threading.current_thread())))
    handler.install()
    yield handler
    handler.remove()
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def reported_errors(qtbot, hooks) -> list[str]:
    """Wait for a report, and return the texts of all reported exceptions.

    All reports must arrive on this thread.
    """
    qtbot.waitUntil(lambda: bool(hooks.raised_errors))
    assert {thread for _error, thread in hooks.raised_errors} == {threading.current_thread()}
    return [str(error) for error, _thread in hooks.raised_errors]


def fail(words: str) -> None:
    raise ValueError(words)


def test_an_error_in_a_slot_is_reported(qtbot, hooks, capsys):
    QTimer.singleShot(0, lambda: fail("in a slot"))
    assert reported_errors(qtbot, hooks) == ["in a slot"]
    assert "in a slot" in capsys.readouterr().err, "the terminal is told as ever"


def test_an_error_in_a_thread_is_reported_on_the_gui_thread(qtbot, hooks):
    thread = threading.Thread(target=fail, args=("in a thread",))
    thread.start()
    thread.join()
    assert reported_errors(qtbot, hooks) == ["in a thread"]


def test_an_error_in_a_qthread_is_reported_on_the_gui_thread(qtbot, hooks):
    class Broken(QThread):
        def run(self):
            fail("in a QThread")

    thread = Broken()
    thread.start()
    thread.wait()
    assert reported_errors(qtbot, hooks) == ["in a QThread"]


def test_an_error_in_a_finalizer_is_reported(qtbot, hooks):
    handler = type("Broken", (), {"__del__": lambda _self: fail("in a finaliser")})()
    del handler
    assert reported_errors(qtbot, hooks) == ["in a finaliser"]


def test_qt_messages_are_logged(hooks, caplog):
    qWarning("from Qt")
    assert ("Qt", 30, "from Qt") in caplog.record_tuples


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself such a signal there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_received_by_an_idle_event_loop(qtbot, qapp, number):
    before = signal.getsignal(signal.SIGINT)
    handler = TerminationSignals()
    signals = []
    handler.received.connect(lambda: signals.append(number))
    try:
        os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: bool(signals))
    finally:
        handler.close()
        signal.signal(signal.SIGINT, before)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
