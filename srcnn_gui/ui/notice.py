"""Notice bar that a page shows below its toolbar."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from srcnn_gui.runtime.notice_action import NoticeAction, NoticeKind
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme

_SHOWN_MS = 10_000  # time for which the notice of a finished action is shown
_ICONS: dict[NoticeKind, tuple[str, str]] = {"warning": ("warning", "warning"), "done": ("ok", "good")}


class Notice(QFrame):
    """Bar with an icon, a text, a button for each action, and a button that dismisses the notice.

    A notice of the kind "done" is dismissed after 10 s, unless the pointer or the focus is in it.
    """

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "notice")
        self._shown: tuple[str, tuple[NoticeAction, ...], NoticeKind] = ("", (), "warning")
        self._icon = QLabel()
        self._text_label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._timer = QTimer(self, interval=_SHOWN_MS, singleShot=True)
        self._timer.timeout.connect(self._dismiss_unused)
        close = QToolButton()
        theme.set_role(close, "tool")
        icons.set_icon(close, "close")
        close.setToolTip(_("Dismiss"))
        close.setAccessibleName(_("Dismiss notice"))
        close.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._text_label, 1)
        self._buttons = QHBoxLayout()
        row.addLayout(self._buttons)
        row.addWidget(close)
        self.hide()

    def display(self, text: str, actions: Sequence[NoticeAction] = (), kind: NoticeKind = "warning") -> None:
        """Show a notice with a button for each action, or hide the bar if `text` is ""."""
        if self._shown == (text, tuple(actions), kind):
            return
        self._shown = (text, tuple(actions), kind)
        self._fill_buttons()
        self._update_icon()
        self._text_label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        if text and kind == "done":
            self._timer.start()
        else:
            self._timer.stop()

    def changeEvent(self, event: QEvent) -> None:
        """Update the color of the icon when the theme changes."""
        if event.type() == QEvent.Type.StyleChange:
            self._update_icon()
        super().changeEvent(event)

    def _fill_buttons(self) -> None:
        """Replace the buttons of the previous notice."""
        for button in self.findChildren(QPushButton):
            self._buttons.removeWidget(button)
            button.setParent(None)
            button.deleteLater()
        text, actions, _kind = self._shown
        for action in actions:
            button = QPushButton(action.title)
            button.setAccessibleName(action.title)
            button.setAccessibleDescription(text)
            button.clicked.connect(lambda _checked=False, run=action.run: run())
            self._buttons.addWidget(button)

    def _dismiss_unused(self) -> None:
        """Dismiss the notice, or wait again if the user is about to use it."""
        if self.underMouse() or self.isAncestorOf(self.window().focusWidget()):
            self._timer.start()
        else:
            self.dismissed.emit()

    def _update_icon(self) -> None:
        name, tone = _ICONS[self._shown[2]]
        self._icon.setPixmap(icons.pixmap(name, getattr(theme.current(), tone), 20, self.devicePixelRatioF()))
