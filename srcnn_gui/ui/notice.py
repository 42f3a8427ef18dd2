"""Notice bar that a page shows below its toolbar."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme


class Notice(QFrame):
    """Bar with a warning icon, a text, an optional action button, and a button that dismisses the notice."""

    dismissed = Signal()
    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "notice")
        self._icon = QLabel()
        self._text_label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = QPushButton()
        self.action.clicked.connect(self.acted)
        self.action.setAccessibleName(_("Action"))
        self.action.hide()
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
        row.addWidget(self.action)
        row.addWidget(close)
        self.hide()

    def display(self, text: str, action: str = "") -> None:
        """Show a notice, or hide the bar if `text` is "". `action` is the text of the action button, if any."""
        self.action.setText(action)
        if action:
            self.action.setAccessibleName(action)
        self.action.setAccessibleDescription(text)
        self.action.setVisible(bool(action))
        self._update_icon()
        self._text_label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Update the color of the icon when the theme changes."""
        if event.type() == QEvent.Type.StyleChange:
            self._update_icon()
        super().changeEvent(event)

    def _update_icon(self) -> None:
        self._icon.setPixmap(icons.pixmap("warning", theme.current().warning, 20, self.devicePixelRatioF()))
