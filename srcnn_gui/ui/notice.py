"""A sentence under the toolbar that stays until it is dismissed: nothing jumps out, nothing is missed."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme


class Notice(QFrame):
    """Icon, sentence, a button that does something about it where there is one, and one that takes it away."""

    dismissed = Signal()
    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "notice")
        self._icon = QLabel()
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = QPushButton()
        self.action.clicked.connect(self.acted)
        self.action.setAccessibleName(_("What can be done about the notice"))
        self.action.hide()
        close = QToolButton()
        theme.set_role(close, "tool")
        icons.put(close, "close")
        close.setToolTip(_("Dismiss"))
        close.setAccessibleName(_("Dismiss the notice"))
        close.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.action)
        row.addWidget(close)
        self.hide()

    def display(self, sentence: str, action: str = "") -> None:
        """Show a sentence, and what can be done about it; nothing for an empty one."""
        self.action.setText(action)
        self.action.setAccessibleDescription(sentence)
        self.action.setVisible(bool(action))
        self._tint()
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))

    def changeEvent(self, event: QEvent) -> None:
        """Another theme has another warning colour."""
        if event.type() == QEvent.Type.StyleChange:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        self._icon.setPixmap(icons.pixmap("warning", theme.current().warning, 20, self.devicePixelRatioF()))
