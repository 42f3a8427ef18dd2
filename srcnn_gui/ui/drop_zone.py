"""Files dropped on a page, and the dashed zone for them that a page shows before it has anything to work on."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from srcnn_gui.ui import icons, theme

_INSET = 24


def files_in(data: QMimeData) -> list[Path]:
    """The local files in what is dragged or pasted."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DashedZone(QWidget):
    """A place to drop something: a dashed edge, blue while something is held over it.

    In its middle stand an icon, a title and some words; `add` puts more under them.
    """

    def __init__(self, icon: str, title: str, words: str) -> None:
        super().__init__()
        self._dragged_over = False
        self._icon = icon
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        head = QLabel(title, alignment=Qt.AlignmentFlag.AlignCenter)
        theme.set_role(head, "drop-title")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * _INSET, _INSET + 12, 2 * _INSET, _INSET + 12)
        self._column.setSpacing(12)
        self._column.addStretch(3)
        for widget in (self._picture, head, quiet(words)):
            self._column.addWidget(widget)
        self._column.addSpacing(4)
        self.retint()

    def add(self, *rows: QLayout | QWidget) -> None:
        """What to click, and what else there is to say, below the words."""
        for row in rows:
            self._column.addLayout(row) if isinstance(row, QLayout) else self._column.addWidget(row)
        self._column.addStretch(4)

    def set_compact(self, compact: bool) -> None:
        """In a small window the words need the room."""
        self._picture.setVisible(not compact)
        self._column.invalidate()  # hidden behind the page's work, it would ask for the room it had
        self._column.activate()

    def retint(self) -> None:
        """Take on the theme's colours."""
        self._picture.setPixmap(icons.pixmap(self._icon, theme.current().muted, 56, self.devicePixelRatioF()))
        self.update()

    def set_dragged_over(self, over: bool) -> None:
        """Show that a drop would be taken."""
        self._dragged_over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed edge round the place to drop."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.canvas))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPen(QColor(tokens.accent if self._dragged_over else tokens.strong), 2 if self._dragged_over else 1)
        if not self._dragged_over:
            edge.setDashPattern([4, 3])
        painter.setPen(edge)
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET), 8, 8)


def quiet(words: str = "") -> QLabel:
    """Words in the middle that do not press."""
    made = QLabel(words, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
    theme.set_role(made, "muted")
    return made


def centred(*widgets: QWidget) -> QHBoxLayout:
    """Widgets in a row, in the middle."""
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addStretch()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch()
    return row
