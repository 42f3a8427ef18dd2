"""Handlers for uncaught exceptions on any thread, for Qt's log messages and for termination signals."""

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


class CrashHandler(QObject):
    """Handler that emits `raised` for each uncaught exception, and writes Qt's messages to the log."""

    raised = Signal(object)  # the exception; connected slots run on the thread of this object

    def install(self) -> None:
        """Install this handler as Python's exception hooks and as Qt's message handler."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        qInstallMessageHandler(_log_qt_message)

    def remove(self) -> None:
        """Restore Python's default exception hooks and Qt's default message handler."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Handle an uncaught exception of the GUI thread or of a QThread."""
        if sys.stderr is not None:
            sys.__excepthook__(kind, error, trace)
        self.raised.emit(error.with_traceback(trace))

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        """Handle an uncaught exception of a `threading.Thread`."""
        if args.exc_value is not None:
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def _unraisable(self, args: Any) -> None:
        """Handle an exception that Python cannot raise, such as one in a finalizer."""
        if args.exc_value is not None:
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)


class TerminationSignals(QObject):
    """Handler that emits `received` on SIGINT, SIGTERM or SIGHUP, so that the window can close cleanly."""

    received = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Python runs signal handlers only between bytecode instructions, and an idle Qt event loop executes none.
        self._read_end, self._write_end = socket.socketpair()
        for end in (self._read_end, self._write_end):
            end.setblocking(False)
        signal.set_wakeup_fd(self._write_end.fileno())
        _set_handlers(_ignore)
        self._notifier = QSocketNotifier(self._read_end.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)

    def _on_readable(self) -> None:
        try:
            numbers = self._read_end.recv(16)
        except BlockingIOError:
            return
        if numbers:
            _set_handlers(signal.SIG_DFL)  # a second signal terminates the process at once
            self.received.emit()

    def close(self) -> None:
        """Restore the default signal handlers."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        _set_handlers(signal.SIG_DFL)
        self._read_end.close()
        self._write_end.close()


def _set_handlers(handler: Any) -> None:
    """Set the handler of every termination signal that the platform has."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def _ignore(_number: int, _frame: Any) -> None:
    """Do nothing. This replaces the default handler, which would end the process."""


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Write a message from Qt to the log, with the matching log level."""
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", message)
