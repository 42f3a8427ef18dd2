"""How much room there is on the screen."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def room_for(widget: QWidget) -> QSize:
    """What a widget's screen has beside panels and docks, px.

    Not by `widget.screen()`: PySide takes the screen for the widget's child, and once that widget is deleted, whoever
    asks next ends the process (seen with 6.10.3).
    """
    screen = QGuiApplication.screenAt(widget.frameGeometry().center()) or QGuiApplication.primaryScreen()
    return screen.availableGeometry().size()
