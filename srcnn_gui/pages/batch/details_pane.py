"""Pane below the table of the Batch page, which shows the whole text of the selected row."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from srcnn_gui.pages.batch.state import Row
from srcnn_gui.pages.batch.table import ICONS
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import label, shrinkable


class DetailsPane(QWidget):
    """Pane with the file, the status and the result of the selected row.

    It is hidden if no row is selected.
    """

    close_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "panel")
        self.setAccessibleName(_("Details"))
        self._row: Row | None = None
        self._icon = QLabel()
        self._file, self._state = shrinkable(label("section")), label("muted")
        self._text = label("body", wrap=True)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self._text.setTextInteractionFlags(flags)
        self._text.setAccessibleDescription(_("Shows the result of the selected file, or why it failed"))
        self._close = QToolButton()
        theme.set_role(self._close, "tool")
        icons.set_icon(self._close, "close", 16)
        self._close.setToolTip(_("Close Details"))
        self._close.setAccessibleName(_("Close Details"))
        self._close.clicked.connect(self.close_requested)
        card = QFrame()
        theme.set_role(card, "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 6, 6, 10)
        column.setSpacing(2)
        heading = QHBoxLayout()
        heading.setSpacing(10)
        heading.addWidget(self._icon)
        heading.addWidget(self._state)
        heading.addWidget(self._file, 1)
        heading.addWidget(self._close)
        column.addLayout(heading)
        column.addWidget(self._text)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 0)
        outer.addWidget(card)
        self.hide()

    def display(self, row: Row | None) -> None:
        """Show a row, or hide the pane for None."""
        if row is not None and row != self._row:
            self._file.setText(row.file)
            self._file.setToolTip(row.file)
            self._state.setText(row.state_text)
            self._text.setText(row.result)
            self._text.setVisible(bool(row.result))
            self._text.setAccessibleName(row.result)
        self._row = row
        self.apply_theme()
        self.setVisible(row is not None)

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        if self._row is not None:
            name, tone = ICONS[self._row.state]
            image = icons.pixmap(name, getattr(theme.current(), tone), 18, self.devicePixelRatioF())
            self._icon.setPixmap(image)
