"""Find widgets and actions by their visible or accessible text, or by the values of their items."""

from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from srcnn_gui.app import Studio
from srcnn_gui.runtime.language import language_titles
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.tour import Tour
from srcnn_gui.ui.menus import plain_text

W = TypeVar("W", bound=QWidget)


def activate(qtbot: QtBot, window: QWidget) -> None:
    """Give a window the keyboard focus.

    The X server can drop a request, so it is repeated until it succeeds.
    """

    def is_active() -> bool:
        window.activateWindow()
        return window.isActiveWindow()

    qtbot.waitUntil(is_active)


def named(parent: QObject, kind: type[W], name: str) -> W:
    """Return the only widget of a type with an accessible name or, without one, with a text."""
    (found,) = [
        widget
        for widget in parent.findChildren(kind)
        if (widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")) == name
    ]
    return found


def combo_offering(parent: QObject, value: object) -> QComboBox:
    """Return the only combo box that has an item with this data."""
    (found,) = [combo for combo in parent.findChildren(QComboBox) if combo.findData(value) >= 0]
    return found


def pick(combo: QComboBox, value: object) -> None:
    """Choose an item of a combo box by its data, as a user does."""
    index = combo.findData(value)
    assert index >= 0, [combo.itemText(at) for at in range(combo.count())]
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def checkable_action(window: MainWindow, text: str) -> QAction:
    """Return the only checkable action of a window with a text."""
    (found,) = [
        action for action in window.findChildren(QAction) if action.isCheckable() and plain_text(action.text()) == text
    ]
    return found


def theme_action(window: MainWindow, theme: str) -> QAction:
    """Return the action of the Theme menu for "light" or "dark"."""
    return checkable_action(window, {"light": "Light", "dark": "Dark"}[theme])


def language_action(window: MainWindow, language: str) -> QAction:
    """Return the action of the Language menu for a language code."""
    return checkable_action(window, dict(language_titles())[language])


def shown_tour(studio: Studio) -> Tour | None:
    """Return the tour that covers the window, or None."""
    return next((tour for tour in studio.window.findChildren(Tour) if tour.isVisible()), None)
