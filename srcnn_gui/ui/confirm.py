"""Confirmation dialog for actions that cannot be undone."""

from PySide6.QtWidgets import QMessageBox, QWidget

from srcnn_gui.runtime.translations import _


def ask_to_confirm(parent: QWidget, title: str, text: str, button: str) -> bool:
    """Ask the user to confirm an action, and return whether they confirmed it. Enter and Escape cancel.

    `button` is the text of the button that confirms the action.
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=parent)
    confirm_button = box.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
    cancel_button = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel_button)
    box.setEscapeButton(cancel_button)
    box.exec()
    return box.clickedButton() is confirm_button
