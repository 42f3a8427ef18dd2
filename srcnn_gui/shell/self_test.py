"""`--self-test FILE`: opens the window, upscales an image, writes a report and quits.

It checks an installation, and its report can be added to a bug report.
"""

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time, time
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer, qVersion
from PySide6.QtWidgets import QWidget

from engine import __version__
from srcnn_gui.pages.compare.state import State

_POLL_MS = 20
_TIMEOUT_S = 300.0


class SelfTest(QObject):
    """Watches the window from its first paint event to the scores, then ends the program.

    Parameters
    ----------
    window : the window
    state : returns the state of the Compare page
    report : the file to write
    started_at : start time of the program, seconds since 1970
    end : called with the exit status, 0 if the image was upscaled
    """

    def __init__(
        self,
        window: QWidget,
        state: Callable[[], State],
        report: Path,
        started_at: float,
        end: Callable[[int], object],
    ) -> None:
        super().__init__(window)
        self._state, self._report, self._started_at, self._end = state, report, started_at, end
        self._seconds: dict[str, float] = {}
        self._computing: dict[str, float] = {}  # CPU time; the rest of the time is waiting
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll)
        self._timer.start(_POLL_MS)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Record the time of the first paint event."""
        if event.type() == QEvent.Type.Paint and "window" not in self._seconds:
            QTimer.singleShot(0, lambda: self._record("window"))
        return super().eventFilter(watched, event)

    def _poll(self) -> None:
        state = self._state()
        if state.devices:
            self._record("engine")
        if state.can_save and "window" in self._seconds:
            self._record("enlarged")
            self._finish("")
        elif state.notice and not state.working:
            self._finish(state.notice)
        elif time() - self._started_at > _TIMEOUT_S:
            self._finish(f"It was not done after {_TIMEOUT_S:.0f} s.")

    def _record(self, event: str) -> None:
        self._seconds.setdefault(event, round(time() - self._started_at, 3))
        self._computing.setdefault(event, round(process_time(), 3))

    def _finish(self, problem: str) -> None:
        self._timer.stop()
        report = {"problem": problem, **_environment(), "began_at": self._started_at}
        report |= {"seconds": self._seconds, "computing_seconds": self._computing}
        try:
            self._report.write_text(json.dumps(report | _shown(self._state()), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            problem = f"{self._report}: {error.strerror}"
        if problem and sys.stderr is not None:  # None in a GUI program on Windows
            print(problem, file=sys.stderr)
        self._end(1 if problem else 0)


def _environment() -> dict[str, Any]:
    """Return versions. PyTorch is not imported, because it may be what failed."""
    torch = sys.modules.get("torch")
    return {
        "version": __version__,
        "packaged": bool(getattr(sys, "frozen", False)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "qt": qVersion(),
        "torch": str(getattr(torch, "__version__", None)),
    }


def _shown(state: State) -> dict[str, Any]:
    """Return the values that the window shows."""
    scores = state.readout.whole
    psnr = [text.replace("−", "-") for text in scores.psnr]  # a true minus cannot be parsed as a number
    return {
        "picture": state.name,
        "model": state.model.name if state.model else None,
        "device": state.device_title,
        "psnr_db": None if scores.stale else dict(zip(("bicubic", "srcnn", "gain"), psnr, strict=True)),
        "ssim": None if scores.stale else dict(zip(("bicubic", "srcnn"), scores.ssim[:2], strict=True)),
    }
