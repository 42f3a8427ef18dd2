"""Screen size that is available to a window."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def available_size(widget: QWidget) -> QSize:
    """Return the size of a widget's screen in logical px, excluding panels and docks of the desktop.

    Do not use `widget.screen()` instead. PySide makes the screen a child of the widget, and after the widget is
    deleted, the next use of the screen crashes the process (PySide 6.10.3).
    """
    screen = QGuiApplication.screenAt(widget.frameGeometry().center()) or QGuiApplication.primaryScreen()
    return screen.availableGeometry().size()
