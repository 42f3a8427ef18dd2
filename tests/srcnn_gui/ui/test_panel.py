"""The side panel: settings and the buttons below them are aligned."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QPushButton

from srcnn_gui.ui import theme
from srcnn_gui.ui.panel import SidePanel


def horizontal_edges(panel: SidePanel, button: QPushButton) -> tuple[int, int]:
    """Return the left and the right edge of a button in the panel."""
    box = QRect(button.mapTo(panel, QPoint()), button.size())
    return box.left(), box.right()


@pytest.mark.parametrize("settings", [2, 40])
def test_settings_and_buttons_have_common_edges_with_and_without_a_scroll_bar(qtbot, qapp, settings):
    theme.apply(QApplication.instance())
    panel = SidePanel()
    qtbot.addWidget(panel)
    fields = [QPushButton("Setting") for _each in range(settings)]
    for field in fields:
        panel.settings_layout.addWidget(field)
    save = QPushButton("Save")
    panel.pinned.addWidget(save)
    panel.build_layout()
    panel.resize(panel.width(), 400)
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: horizontal_edges(panel, fields[0]) == horizontal_edges(panel, save))
