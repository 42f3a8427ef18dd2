"""A question before something is gone for good."""

from PySide6.QtWidgets import QMessageBox, QWidget

from srcnn_gui.runtime.translations import _


def confirmed(parent: QWidget, title: str, words: str, button: str) -> bool:
    """Whether a person means it; the button says what it does, and whoever only presses Enter keeps everything."""
    box = QMessageBox(QMessageBox.Icon.Question, title, words, parent=parent)
    means_it = box.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is means_it
