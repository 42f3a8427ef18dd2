"""A sentence under the toolbar that stays until it is dismissed: nothing jumps out, nothing is missed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from srcnn_gui.messages import _
from srcnn_gui.widgets import icons, theme


class Notice(QFrame):
    """Icon, sentence, and a button that takes it away."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "notice")
        self._icon = QLabel()
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        theme.set_role(close, "tool")
        icons.put(close, "close")
        close.setToolTip(_("Dismiss"))
        close.setAccessibleName(_("Dismiss the notice"))
        close.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._sentence, 1)
        row.addWidget(close)
        self.hide()

    def render(self, sentence: str) -> None:
        """Show a sentence; nothing for an empty one."""
        self._icon.setPixmap(icons.pixmap("warning", theme.current().warning, 20, self.devicePixelRatioF()))
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
