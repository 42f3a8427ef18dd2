"""Whatever nobody caught, wherever it was raised, told on the GUI thread; and the system's wish that we end."""

import logging
import signal
import socket
import sys
import threading
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QObject, QSocketNotifier, QtMsgType, Signal, qInstallMessageHandler

_qt_log = logging.getLogger("Qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Hooks(QObject):
    """Python's three hooks and Qt's messages, from `install` to `remove`."""

    raised = Signal(object)  # an exception; whoever is connected is called on this object's thread

    def install(self) -> None:
        """Hear of everything from now on."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        qInstallMessageHandler(_qt_said)

    def remove(self) -> None:
        """Leave everything as it was: what comes after the window is Python's own business."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Of the GUI thread or a QThread."""
        if sys.stderr is not None:
            sys.__excepthook__(kind, error, trace)
        self.raised.emit(error.with_traceback(trace))

    def _in_thread(self, told: threading.ExceptHookArgs) -> None:
        """Of a thread of Python's."""
        if told.exc_value is not None:
            self._uncaught(told.exc_type, told.exc_value, told.exc_traceback)

    def _unraisable(self, told: Any) -> None:
        """Where nobody can catch it, as in a finaliser."""
        if told.exc_value is not None:
            self._uncaught(told.exc_type, told.exc_value, told.exc_traceback)


class EndSignals(QObject):
    """Ctrl-C in the terminal, a logout, `kill`: the window is told, and can end properly."""

    received = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Python's own handlers run only between two of its instructions, of which a quiet window has none.
        self._ours, self._systems = socket.socketpair()
        for end in (self._ours, self._systems):
            end.setblocking(False)
        signal.set_wakeup_fd(self._systems.fileno())
        _answer(_nothing)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._heard)

    def _heard(self) -> None:
        try:
            numbers = self._ours.recv(16)
        except BlockingIOError:
            return
        if numbers:
            _answer(signal.SIG_DFL)  # who asks twice does not want to wait
            self.received.emit()

    def close(self) -> None:
        """Signals do what they always did."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        _answer(signal.SIG_DFL)
        self._ours.close()
        self._systems.close()


def _answer(handler: Any) -> None:
    """Do this when the system wants us to end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def _nothing(_number: int, _frame: Any) -> None:
    """Be a handler: without one, the default would end the process."""


def _qt_said(kind: QtMsgType, context: QMessageLogContext, words: str) -> None:
    """Qt's own messages go to the log."""
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", words)
