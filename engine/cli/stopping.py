"""Handle Ctrl-C and other termination signals for jobs that stop at a suitable point."""

import os
import signal
from types import FrameType, TracebackType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_STDERR = 2


class StopSignals:
    """Record the first termination signal. The second one ends the process immediately.

    Python runs signal handlers between instructions, so the second signal may wait for one operation of torch, but not
    for the current training step.

    Parameters
    ----------
    note : printed on stderr at the first signal

    Attributes
    ----------
    received : number of the signal, or None
    """

    def __init__(self, note: str) -> None:
        self._note = note
        self._before: dict[signal.Signals, Any] = {}
        self.received: int | None = None

    def __enter__(self) -> "StopSignals":
        for name in _NAMES:
            number = getattr(signal, name, None)
            # Keep ignored signals ignored, which nohup and background jobs rely on.
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
        except OSError:  # the terminal is closed
            return
