"""Empty state of a page: a dashed area that accepts dropped files."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from srcnn_gui.ui import icons, theme

_INSET = 24


class EmptyState(QWidget):
    """Dashed area with an icon, a title and a text. It is highlighted while files are dragged over it."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._dragged_over = False
        self._icon = icon
        self._icon_label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        title_label = QLabel(title, alignment=Qt.AlignmentFlag.AlignCenter)
        theme.set_role(title_label, "drop-title")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(12)
        self._column.addStretch(3)
        for widget in (self._icon_label, title_label, muted_label(text)):
            self._column.addWidget(widget)
        self._column.addSpacing(4)
        self.set_compact(False)
        self.apply_theme()

    def add(self, *rows: QLayout | QWidget) -> None:
        """Add layouts or widgets below the text."""
        for row in rows:
            self._column.addLayout(row) if isinstance(row, QLayout) else self._column.addWidget(row)
        self._column.addStretch(4)

    def set_compact(self, compact: bool) -> None:
        """Set whether the icon is hidden and the margins are reduced, for a small window."""
        margin = _INSET + (4 if compact else 12)
        self._column.setContentsMargins(2 * _INSET, margin, 2 * _INSET, margin)
        self._icon_label.setVisible(not compact)
        self._column.invalidate()  # a hidden layout does not update its size
        self._column.activate()

    def apply_theme(self) -> None:
        """Repaint the icon and the area in the colors of the theme."""
        self._icon_label.setPixmap(icons.pixmap(self._icon, theme.current().muted, 56, self.devicePixelRatioF()))
        self.update()

    def set_dragged_over(self, over: bool) -> None:
        """Set whether the area is highlighted because files are dragged over it."""
        self._dragged_over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and the dashed edge, which becomes solid while files are dragged over it."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.canvas))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPen(QColor(tokens.accent if self._dragged_over else tokens.outline), 2 if self._dragged_over else 1)
        if not self._dragged_over:
            edge.setDashPattern([4, 3])
        painter.setPen(edge)
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET), 8, 8)


def muted_label(text: str = "") -> QLabel:
    """Return a centered label in the muted color, which wraps long text."""
    label = QLabel(text, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
    theme.set_role(label, "muted")
    return label


def centered_row(*widgets: QWidget) -> QHBoxLayout:
    """Return a layout with these widgets in the center of a row."""
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addStretch()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch()
    return row
