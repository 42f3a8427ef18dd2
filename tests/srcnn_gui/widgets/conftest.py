"""A canvas in a window. Qt is imported when it is asked for, since it may be missing."""

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
