"""Fixtures for window tests, which are skipped without Qt, and fail if they leave a QThread running."""

from collections.abc import Generator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.imaging.codecs import image_files
from tests import qt_available
from tests.leaks import wait_until_none
from tests.srcnn_gui.pages.compare.presenters import texture

if qt_available.UNAVAILABLE_REASON is not None:

    @pytest.fixture
    def qtbot() -> None:
        """Replacement for the fixture of pytest-qt, which is not loaded."""
        pytest.skip(str(qt_available.UNAVAILABLE_REASON))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        collector: pytest.Collector,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Report a test file as skipped if it cannot be imported without Qt."""
        report = yield
        if report.failed and isinstance(collector, pytest.Module) and "PySide6" in str(report.longrepr):
            report.outcome = "skipped"
            report.longrepr = (str(collector.path), 0, f"Skipped: {qt_available.UNAVAILABLE_REASON}")
        return report

else:
    from PySide6.QtCore import QCoreApplication, QEvent, QThread
    from shiboken6 import isValid

    @pytest.fixture(autouse=True)
    def delete_closed_windows() -> Iterator[None]:
        """Delete the widgets that qtbot has closed, so that a later test does not style them again.

        qtbot calls `deleteLater`, which has no effect until the next event loop.
        """
        yield
        if QCoreApplication.instance() is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    @pytest.fixture(autouse=True)
    def fail_on_leaked_qthreads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Fail a test that leaves a QThread running: Qt ends the process when one is destroyed."""
        started: list[QThread] = []
        start = QThread.start

        def start_and_record(thread: QThread, *priority: QThread.Priority) -> None:
            started.append(thread)
            start(thread, *priority)

        def leaked_threads() -> list[str]:
            return [type(thread).__name__ for thread in started if isValid(thread) and thread.isRunning()]

        monkeypatch.setattr(QThread, "start", start_and_record)
        yield
        if names := wait_until_none(leaked_threads):
            pytest.fail(f"The test left threads running: {', '.join(names)}")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "Bild – 图 1.png"
    image_files.write(texture(60, 75), path)
    return path


@pytest.fixture
def canvas(qtbot):
    from srcnn_gui.canvas.canvas import Canvas

    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(641, 300)  # two panes of 320 px
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas


@pytest.fixture
def studio(qtbot, qapp, tmp_path):
    from PySide6.QtCore import QSettings

    from srcnn_gui.app import Studio

    studio = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(studio.window)
    studio.show([])
    qtbot.waitExposed(studio.window)
    yield studio
    studio.close()


@pytest.fixture
def frame(qtbot, tmp_path):
    """Create a window without pages, and its environment."""
    from PySide6.QtCore import QSettings

    from srcnn_gui.shell.main_controller import MainController
    from srcnn_gui.shell.main_window import MainWindow
    from srcnn_gui.shell.settings.presenter import Listeners
    from srcnn_gui.shell.settings.state import Settings

    window = MainWindow()
    qtbot.addWidget(window)
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    frame = SimpleNamespace(window=window, controller=MainController(window, store, Settings(), Listeners()))
    window.show()
    qtbot.waitExposed(window)
    return frame
