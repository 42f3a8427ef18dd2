"""Ctrl-C and other requests to end, for work that ends at a place of its own choosing."""

import os
import signal
from types import FrameType, TracebackType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_STDERR = 2


class StopSignals:
    """Note the first signal that asks the process to end; the second one ends it at once.

    Python runs the handler between two of its own instructions, so the second signal may have to wait for one
    operation of torch, but not for the step that it belongs to.

    Attributes
    ----------
    received : the signal's number, or None
    """

    def __init__(self, note: str) -> None:
        """`note` is written to stderr when the first signal comes."""
        self._note = note
        self._before: dict[signal.Signals, Any] = {}
        self.received: int | None = None

    def __enter__(self) -> "StopSignals":
        for name in _NAMES:
            number = getattr(signal, name, None)
            # A signal that is ignored stays ignored: nohup and background jobs rely on it.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.received = number
        for handled in self._before:
            signal.signal(handled, signal.SIG_DFL)
        try:
            os.write(_STDERR, f"\n{self._note}\n".encode())
        except OSError:  # the terminal was closed
            return
