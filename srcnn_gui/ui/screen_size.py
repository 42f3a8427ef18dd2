"""Available size of the screen."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def available_size(widget: QWidget) -> QSize:
    """Return the size of a widget's screen without panels and docks, px.

    This does not use `widget.screen()`: PySide makes the screen a child of the widget, and the next use of the screen
    after the widget is deleted crashes the process (PySide 6.10.3).
    """
    screen = QGuiApplication.screenAt(widget.frameGeometry().center()) or QGuiApplication.primaryScreen()
    return screen.availableGeometry().size()
