"""Handling of Ctrl-C and other termination signals, which let a job finish its current step."""

import _thread
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_STDERR = 2
_RETRY_S = 0.01


@contextmanager
def retried_interrupts() -> Iterator[None]:
    """Context manager that raises KeyboardInterrupt again if Python discards it.

    Python discards all exceptions in destructors and in callbacks of weak references. If Ctrl-C arrived during one of
    them, the command would continue.
    """
    previous = sys.unraisablehook
    timers: list[Timer] = []

    def retry(discarded: "UnraisableHookArgs") -> None:
        if not issubclass(discarded.exc_type, KeyboardInterrupt):
            previous(discarded)
            return
        timers.append(Timer(_RETRY_S, _thread.interrupt_main))  # later, because it would be discarded here too
        timers[-1].daemon = True
        timers[-1].start()

    sys.unraisablehook = retry
    try:
        yield
    finally:
        sys.unraisablehook = previous
        for timer in timers:
            timer.cancel()


class StopSignals:
    """Context manager that records the first termination signal, so that a job can stop cleanly.

    After the first signal, the default handlers are restored, so a second signal ends the process immediately.

    Parameters
    ----------
    note : text that is printed on stderr after the first signal

    Attributes
    ----------
    received : number of the first signal; None if no signal was received
    """

    def __init__(self, note: str) -> None:
        self._note = note
        self._before: dict[signal.Signals, Any] = {}
        self.received: int | None = None

    def __enter__(self) -> "StopSignals":
        for name in _NAMES:
            number = getattr(signal, name, None)
            # Signals that are ignored stay ignored, because nohup and background jobs rely on it.
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
