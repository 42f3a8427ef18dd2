"""The notice bar: its buttons, and the time for which it is shown."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.notice_action import NoticeAction
from srcnn_gui.ui import notice as notice_module
from srcnn_gui.ui.notice import Notice


@pytest.fixture
def notice(qtbot, monkeypatch):
    """Return a notice bar in a window. Notices of finished actions disappear after 1 ms."""
    monkeypatch.setattr(notice_module, "_SHOWN_MS", 1)
    window = QWidget()
    qtbot.addWidget(window)
    notice = Notice()
    QVBoxLayout(window).addWidget(notice)
    notice.dismissed.connect(lambda: notice.display(""))
    window.show()
    qtbot.waitExposed(window)
    yield notice
    window.close()


def test_each_action_has_a_button(qtbot, notice):
    called = []
    actions = (
        NoticeAction("Show", lambda: called.append("show")),
        NoticeAction("Open", lambda: called.append("open")),
    )
    notice.display("Saved.", actions)
    show, open_file = notice.findChildren(QPushButton)
    assert (show.text(), open_file.text()) == ("Show", "Open")
    qtbot.mouseClick(open_file, Qt.MouseButton.LeftButton)
    assert called == ["open"]
    notice.display("Not saved.")
    assert notice.findChildren(QPushButton) == []


def test_displaying_the_same_notice_keeps_the_focus_on_its_button(qtbot, notice):
    actions = (NoticeAction("Undo", lambda: None),)
    notice.display("Closed.", actions)
    button = notice.findChild(QPushButton)
    button.setFocus()
    notice.display("Closed.", actions)
    assert notice.findChild(QPushButton) is button


def test_a_warning_stays_and_a_finished_action_disappears(qtbot, notice):
    notice.display("Not saved.")
    qtbot.wait(20)
    assert notice.isVisible()
    notice.display("Saved.", kind="done")
    qtbot.waitUntil(lambda: not notice.isVisible(), timeout=5_000)


def test_a_notice_stays_while_one_of_its_buttons_has_the_focus(qtbot, notice):
    notice.display("Closed.", (NoticeAction("Undo", lambda: None),), "done")
    notice.findChild(QPushButton).setFocus()
    qtbot.wait(50)
    assert notice.isVisible()
    notice.findChild(QPushButton).clearFocus()
    qtbot.waitUntil(lambda: not notice.isVisible(), timeout=5_000)
