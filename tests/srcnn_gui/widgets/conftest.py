"""A canvas, and the whole window. Qt is imported when it is asked for, since it may be missing."""

import pytest


@pytest.fixture
def canvas(qtbot):
    from srcnn_gui.widgets.canvas import Canvas

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
