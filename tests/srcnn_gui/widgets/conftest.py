"""A canvas, and the whole window. Qt is imported when it is asked for, since it may be missing."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def canvas(qtbot):
    from srcnn_gui.canvas.canvas import Canvas

    made = Canvas()
    qtbot.addWidget(made)
    made.resize(641, 300)  # two panes of 320
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def studio(qtbot, qapp, tmp_path):
    from PySide6.QtCore import QSettings

    from srcnn_gui.app import Studio

    made = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(made.window)
    made.show([])
    qtbot.waitExposed(made.window)
    yield made
    made.close()


@pytest.fixture
def frame(qtbot, tmp_path):
    """A window without pages, and what lies around them."""
    from PySide6.QtCore import QSettings

    from srcnn_gui.shell.main_controller import Surroundings
    from srcnn_gui.shell.main_window import MainWindow
    from srcnn_gui.shell.settings.presenter import Listeners
    from srcnn_gui.shell.settings.state import Settings

    window = MainWindow()
    qtbot.addWidget(window)
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = SimpleNamespace(window=window, around=Surroundings(window, store, Settings(), Listeners()))
    window.show()
    qtbot.waitExposed(window)
    return made
