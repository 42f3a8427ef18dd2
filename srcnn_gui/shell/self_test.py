"""`--self-test FILE`: the window opens, enlarges a picture, writes what it found, and the program ends.

For a bug report, and for whoever checks an installation: what is driven is the window that people use.
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

_LOOK_EVERY_MS = 20
_PATIENCE_S = 300.0


class SelfTest(QObject):
    """Watches the window from its first picture on the screen to the scores, then ends the program.

    Parameters
    ----------
    window : what is to come up
    state : asked for what the Compare page shows now
    report : the file to write
    began_at : when the program started, in seconds since 1970
    end : called with the exit status, 0 only if the picture was enlarged
    """

    def __init__(
        self, window: QWidget, state: Callable[[], State], report: Path, began_at: float, end: Callable[[int], object]
    ) -> None:
        super().__init__(window)
        self._state, self._report, self._began_at, self._end = state, report, began_at, end
        self._seconds: dict[str, float] = {}
        self._computing: dict[str, float] = {}  # what of it a processor was at work for us: the rest is waiting
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look)
        self._looking.start(_LOOK_EVERY_MS)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note when the window has been drawn for the first time."""
        if event.type() == QEvent.Type.Paint and "window" not in self._seconds:
            QTimer.singleShot(0, lambda: self._note("window"))
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        state = self._state()
        if state.devices:
            self._note("engine")
        if state.can_save and "window" in self._seconds:
            self._note("enlarged")
            self._finish("")
        elif state.notice and not state.working:
            self._finish(state.notice)
        elif time() - self._began_at > _PATIENCE_S:
            self._finish(f"It was not done after {_PATIENCE_S:.0f} s.")

    def _note(self, what: str) -> None:
        self._seconds.setdefault(what, round(time() - self._began_at, 3))
        self._computing.setdefault(what, round(process_time(), 3))

    def _finish(self, problem: str) -> None:
        self._looking.stop()
        told = {"problem": problem, **_environment(), "began_at": self._began_at}
        told |= {"seconds": self._seconds, "computing_seconds": self._computing}
        try:
            self._report.write_text(json.dumps(told | _shown(self._state()), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            problem = f"{self._report}: {error.strerror}"
        if problem and sys.stderr is not None:  # a window program on Windows has none
            print(problem, file=sys.stderr)
        self._end(1 if problem else 0)


def _environment() -> dict[str, Any]:
    """What runs here. Torch is asked only as far as it is there: it may be what failed."""
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
    """What stands in the window, in its own words."""
    figures = state.readout.whole
    psnr = [text.replace("−", "-") for text in figures.psnr]  # a true minus is none for a program
    return {
        "picture": state.name,
        "model": state.model.name if state.model else None,
        "device": state.running_on,
        "psnr_db": None if figures.stale else dict(zip(("bicubic", "srcnn", "gain"), psnr, strict=True)),
        "ssim": None if figures.stale else dict(zip(("bicubic", "srcnn"), figures.ssim[:2], strict=True)),
    }
