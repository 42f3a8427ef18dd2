"""The window's process, from its first moment to its last: log, hooks, and the note that says it runs."""

import logging
import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMessageBox

from engine.system import log, standalone
from srcnn_gui.app import Studio
from srcnn_gui.runtime import crash_handling, crash_marker, resources
from srcnn_gui.runtime.translations import sentence
from srcnn_gui.shell.self_test import SelfTest

_log = logging.getLogger(__name__)


def main(pictures: list[Path], report: Path | None = None, began_at: float = 0.0) -> int:
    """Open the window, with these pictures; returns the exit status. With a `report` it tests itself and ends."""
    log.start("window")
    standalone.settle()
    if sys.stderr is not None:  # as it is where no terminal started the program
        logging.getLogger().addHandler(logging.StreamHandler())
    with crash_marker.marked():
        return _run(pictures, report, began_at)


def _run(pictures: list[Path], report: Path | None, began_at: float) -> int:
    """The window, from its first moment to its last; what fails before there is one is logged and told too."""
    app = QApplication.instance() or QApplication([sys.argv[0]])
    app.setApplicationName("SRCNN Studio")
    app.setOrganizationName("srcnn-studio")
    uncaught, ending = crash_handling.Hooks(), crash_handling.EndSignals()
    uncaught.install()
    ending.received.connect(app.quit)
    try:
        return _show(app, uncaught, pictures, report, began_at)
    except Exception as error:
        _log.error("the window could not be opened or closed", exc_info=error)
        if report is None:
            QMessageBox.critical(None, app.applicationName(), f"{sentence(error)}\n\n{log.path() or ''}".strip())
        return 1
    finally:
        ending.close()
        uncaught.remove()


def _show(
    app: QApplication, uncaught: crash_handling.Hooks, pictures: list[Path], report: Path | None, began_at: float
) -> int:
    """Make the window, and stay until it is closed."""
    studio = Studio(app, QSettings("srcnn-studio", "SRCNN Studio"))
    uncaught.raised.connect(studio.around.failures.report)
    if report is None:
        studio.greet(tour=not pictures)  # whoever brings a picture has come to see that
    else:
        SelfTest(studio.window, lambda: studio.presenter.state, report, began_at, app.exit)
        pictures = pictures or [resources.sample("cat.png")]
    studio.show(pictures)
    status = app.exec()
    studio.close()
    return status
