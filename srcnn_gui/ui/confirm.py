"""Dialogs that ask the user to confirm an action or to choose one."""

from collections.abc import Sequence

from PySide6.QtWidgets import QMessageBox, QWidget

from srcnn_gui.runtime.translations import _


def ask_to_confirm(parent: QWidget, title: str, text: str, button: str) -> bool:
    """Ask the user to confirm an action, and return whether they confirmed it. Enter and Escape cancel.

    `button` is the text of the button that confirms the action.
    """
    return ask_to_choose(parent, title, text, (button,), QMessageBox.ButtonRole.DestructiveRole) == 0


def ask_to_choose(
    parent: QWidget,
    title: str,
    text: str,
    buttons: Sequence[str],
    role: QMessageBox.ButtonRole = QMessageBox.ButtonRole.AcceptRole,
) -> int | None:
    """Ask the user to choose, and return the index of the clicked button. Enter and Escape cancel.

    Parameters
    ----------
    title, text : title and question of the dialog
    buttons : texts of the buttons. A button to cancel is added, for which None is returned
    role : role of the buttons
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=parent)
    choices = [box.addButton(button, role) for button in buttons]
    cancel_button = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel_button)
    box.setEscapeButton(cancel_button)
    box.exec()
    clicked = box.clickedButton()
    return next((index for index, button in enumerate(choices) if button is clicked), None)
