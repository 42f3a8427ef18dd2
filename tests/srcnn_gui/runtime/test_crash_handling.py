"""Whatever nobody caught is told on the GUI thread, and a wish to end is heard."""

import os
import signal
import sys
import threading

import pytest
from PySide6.QtCore import QThread, QTimer, qWarning

from srcnn_gui.runtime.crash_handling import EndSignals, Hooks


@pytest.fixture
def hooks(qtbot, qapp):
    # pytest-qt and pytest have hooks of their own, for the test's sake.
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    made = Hooks()
    made.heard = []
    made.raised.connect(lambda error: made.heard.append((error, threading.current_thread())))
    made.install()
    yield made
    made.remove()
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def hear(qtbot, hooks) -> list[str]:
    """What was heard, all of it on this thread."""
    qtbot.waitUntil(lambda: bool(hooks.heard))
    assert {thread for _error, thread in hooks.heard} == {threading.current_thread()}
    return [str(error) for error, _thread in hooks.heard]


def fail(words: str) -> None:
    raise ValueError(words)


def test_an_error_in_a_slot_is_heard(qtbot, hooks, capsys):
    QTimer.singleShot(0, lambda: fail("in a slot"))
    assert hear(qtbot, hooks) == ["in a slot"]
    assert "in a slot" in capsys.readouterr().err, "the terminal is told as ever"


def test_an_error_in_a_thread_is_heard_on_the_windows(qtbot, hooks):
    thread = threading.Thread(target=fail, args=("in a thread",))
    thread.start()
    thread.join()
    assert hear(qtbot, hooks) == ["in a thread"]


def test_an_error_in_a_qthread_is_heard_on_the_windows(qtbot, hooks):
    class Broken(QThread):
        def run(self):
            fail("in a QThread")

    thread = Broken()
    thread.start()
    thread.wait()
    assert hear(qtbot, hooks) == ["in a QThread"]


def test_an_error_in_a_finaliser_is_heard(qtbot, hooks):
    made = type("Broken", (), {"__del__": lambda _self: fail("in a finaliser")})()
    del made
    assert hear(qtbot, hooks) == ["in a finaliser"]


def test_qt_speaks_to_the_log(hooks, caplog):
    qWarning("from Qt")
    assert ("Qt", 30, "from Qt") in caplog.record_tuples


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself such a signal there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_wish_to_end_is_heard_by_a_quiet_window(qtbot, qapp, number):
    before = signal.getsignal(signal.SIGINT)
    made = EndSignals()
    heard = []
    made.received.connect(lambda: heard.append(number))
    try:
        os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: bool(heard))
    finally:
        made.close()
        signal.signal(signal.SIGINT, before)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
