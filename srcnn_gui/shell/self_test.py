"""Self-test of an installation, which upscales an image in the window and writes a report.

It is started with `--self-test FILE`. The report can be added to a bug report.
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
    """Self-test: the window upscales an image, writes the report and closes.

    Parameters
    ----------
    window : main window
    state : function that returns the state of the Compare page
    report_path : JSON file to write
    started_at : start time of the program in seconds since 1970
    exit_program : function that ends the program, called with 0 if the image was upscaled, otherwise 1
    """

    def __init__(
        self,
        window: QWidget,
        state: Callable[[], State],
        report_path: Path,
        started_at: float,
        exit_program: Callable[[int], object],
    ) -> None:
        super().__init__(window)
        self._state, self._report, self._started_at, self._end = state, report_path, started_at, exit_program
        self._seconds: dict[str, float] = {}
        self._computing: dict[str, float] = {}  # CPU time (s) of the process at each event
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll)
        self._timer.start(_POLL_MS)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Record the time at which the window is first painted."""
        if event.type() == QEvent.Type.Paint and "window" not in self._seconds:
            QTimer.singleShot(0, lambda: self._record("window"))
        return super().eventFilter(watched, event)

    def _poll(self) -> None:
        state = self._state()
        if state.devices:
            self._record("engine")
        if state.can_save and {"window", "engine"} <= self._seconds.keys():
            self._record("upscaled")
            self._finish("")
        elif state.notice and not state.working:
            self._finish(state.notice)
        elif time() - self._started_at > _TIMEOUT_S:
            self._finish(f"The self-test did not finish within {_TIMEOUT_S:.0f} s.")

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
            problem = f"The report {self._report} can't be written: {error.strerror}"
        if problem and sys.stderr is not None:  # None in a GUI program on Windows
            print(problem, file=sys.stderr)
        self._end(1 if problem else 0)


def _environment() -> dict[str, Any]:
    """Return the versions of the program and its environment.

    PyTorch is not imported here, because importing it may be the problem to report.
    """
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
    """Return the image name, model, device and scores that the window shows, for the report."""
    scores = state.readout.whole_scores
    psnr = [text.replace("−", "-") for text in scores.psnr]  # the minus sign U+2212 cannot be parsed as a number
    return {
        "image": state.name,
        "model": state.model.name if state.model else None,
        "device": state.device_title,
        "psnr_db": None if scores.stale else dict(zip(("bicubic", "model", "gain"), psnr, strict=True)),
        "ssim": None if scores.stale else dict(zip(("bicubic", "model"), scores.ssim[:2], strict=True)),
    }
