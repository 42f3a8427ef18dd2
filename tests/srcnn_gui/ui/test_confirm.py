"""A question before something is gone for good."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from srcnn_gui.ui.confirm import confirmed


def answered(qtbot, press) -> bool:
    """Ask, and do something with the question as soon as it is there."""
    parent = QWidget()
    qtbot.addWidget(parent)
    QTimer.singleShot(50, lambda: press(QApplication.activeModalWidget()))
    return confirmed(parent, "Delete", "Delete it?", "Delete")


def button(box: QMessageBox, role: QMessageBox.ButtonRole):
    return next(one for one in box.buttons() if box.buttonRole(one) == role)


def test_whoever_only_presses_enter_or_escape_keeps_everything(qtbot):
    assert not answered(qtbot, lambda box: qtbot.keyClick(box, Qt.Key.Key_Return))
    assert not answered(qtbot, lambda box: qtbot.keyClick(box, Qt.Key.Key_Escape))


def test_the_button_says_what_it_does_and_does_it(qtbot):
    role = QMessageBox.ButtonRole.DestructiveRole
    assert answered(qtbot, lambda box: button(box, role).click())
    said = []
    answered(qtbot, lambda box: (said.append(button(box, role).text()), box.reject()))
    assert said == ["Delete"]
