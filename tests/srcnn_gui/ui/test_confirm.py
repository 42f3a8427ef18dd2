"""The confirmation dialog."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from srcnn_gui.ui.confirm import ask_to_confirm


def confirm_and_answer(qtbot, press) -> bool:
    """Open the confirmation dialog, call `press` with it, and return whether the user confirmed."""
    parent = QWidget()
    qtbot.addWidget(parent)
    QTimer.singleShot(50, lambda: press(QApplication.activeModalWidget()))
    return ask_to_confirm(parent, "Delete", "Delete it?", "Delete")


def button(box: QMessageBox, role: QMessageBox.ButtonRole):
    return next(one for one in box.buttons() if box.buttonRole(one) == role)


def test_enter_and_escape_cancel(qtbot):
    assert not confirm_and_answer(qtbot, lambda box: qtbot.keyClick(box, Qt.Key.Key_Return))
    assert not confirm_and_answer(qtbot, lambda box: qtbot.keyClick(box, Qt.Key.Key_Escape))


def test_the_named_button_confirms(qtbot):
    role = QMessageBox.ButtonRole.DestructiveRole
    assert confirm_and_answer(qtbot, lambda box: button(box, role).click())
    answers = []
    confirm_and_answer(qtbot, lambda box: (answers.append(button(box, role).text()), box.reject()))
    assert answers == ["Delete"]
