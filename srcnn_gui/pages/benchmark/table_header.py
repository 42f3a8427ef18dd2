"""Headers of a table of scores, for its columns, its rows and the corner between them."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from srcnn_gui.pages.benchmark.state import ColumnGroup, Table
from srcnn_gui.ui import theme

HEADER_PX, _UPPER_PX, ROW_PX = 56, 32, 34
PAD, _SWATCH, _RADIUS = 10, 8, 6
_RIGHT, _LEFT = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class MethodHeader(QHeaderView):
    """Column header that shows the methods with their colors above the column titles."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.groups: tuple[ColumnGroup, ...] = ()
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFixedHeight(HEADER_PX)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEADER_PX)

    def minimum_widths(self) -> list[int]:
        """Return the minimum width of each column in px.

        Values must fit in their column. The name of a method must fit in the total width of its columns.
        """
        metrics = self.fontMetrics()
        value_width = metrics.horizontalAdvance("−88.88") + PAD + 2
        widths: list[int] = []
        for group in self.groups:
            title_width = self._bold_text_width(group.title) + _SWATCH + 8 + 2 * PAD
            column = max(value_width, -(-title_width // len(group.columns)))
            widths += [max(column, metrics.horizontalAdvance(title) + PAD + 2) for title in group.columns]
        return widths

    def _bold_text_width(self, text: str) -> int:
        return QFontMetrics(theme.font("section")).horizontalAdvance(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both header rows in one pass, because the name of a method spans several sections."""
        tokens = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(tokens.background))
        first = 0
        for group in self.groups:
            self._paint_group(painter, group, first)
            first += len(group.columns)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(tokens.border))

    def _paint_group(self, painter: QPainter, group: ColumnGroup, first: int) -> None:
        tokens = theme.current()
        sections = range(first, first + len(group.columns))
        left = self.sectionViewportPosition(first)
        right = left + sum(self.sectionSize(section) for section in sections)
        if right < 0 or left > self.width():
            return
        painter.fillRect(left, 0, 1, self.height(), QColor(tokens.border))
        start = min(max(left, 0), right - 4 * PAD) + PAD  # keeps the name visible while its columns scroll
        painter.fillRect(start, (_UPPER_PX - _SWATCH) // 2 + 3, _SWATCH, _SWATCH, QColor(getattr(tokens, group.color)))
        painter.setFont(theme.font("section"))
        painter.setPen(QColor(tokens.text))
        rect = QRect(start + _SWATCH + 6, 3, right - start - _SWATCH - 8, _UPPER_PX)
        name = painter.fontMetrics().elidedText(group.title, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, _LEFT | _MIDDLE, name)
        painter.setFont(theme.font("caption"))
        painter.setPen(QColor(tokens.muted))
        for section, title in zip(sections, group.columns, strict=True):
            x, width = self.sectionViewportPosition(section), self.sectionSize(section)
            painter.drawText(QRect(x, _UPPER_PX - 2, width - PAD, HEADER_PX - _UPPER_PX), _RIGHT | _MIDDLE, title)


class RowHeader(QHeaderView):
    """Row header whose titles stay in place while the values scroll horizontally."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._view = parent
        self.table = Table()
        self.setDefaultSectionSize(ROW_PX)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row titles, and highlight the selected one."""
        tokens = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(tokens.surface))
        selection = self._view.selectionModel()
        for row, line in enumerate(self.table.rows):
            y = self.sectionViewportPosition(row)
            if y + ROW_PX < 0 or y > self.height():
                continue
            # A view without a model returns None, which the type stub does not declare.
            chosen = selection is not None and selection.isRowSelected(row)  # type: ignore[redundant-expr]
            rect = QRect(0, y, self.width(), ROW_PX)
            painter.fillRect(rect, QColor(tokens.selection if chosen else tokens.surface))
            if row + 1 < len(self.table.rows):  # the last row is next to the border of the card
                painter.fillRect(0, y + ROW_PX - 1, self.width(), 1, QColor(tokens.border))
            painter.setFont(theme.font("section" if chosen or line.strong else "body"))
            painter.setPen(QColor(tokens.text))
            width = self.width() - PAD - 6
            name = painter.fontMetrics().elidedText(line.title, Qt.TextElideMode.ElideMiddle, width)
            painter.drawText(rect.adjusted(PAD + 2, 0, 0, -1), _LEFT | _MIDDLE, name)


class TableCorner(QWidget):
    """Widget in the upper left corner with the title of the table and the unit of its values."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table = Table()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the title and the caption."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.background))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(tokens.border))
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.font("section"))
        painter.drawText(QRect(PAD + 2, 3, self.width(), _UPPER_PX), _LEFT | _MIDDLE, self.table.title)
        painter.setPen(QColor(tokens.muted))
        painter.setFont(theme.font("caption"))
        rect = QRect(PAD + 2, _UPPER_PX - 2, self.width(), HEADER_PX - _UPPER_PX)
        painter.drawText(rect, _LEFT | _MIDDLE, self.table.subtitle)


class FocusFrame(QWidget):
    """Rounded border that is drawn over the card, in the accent color while the table has the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.focused = False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the border, and cover the corners outside of it with the background color of the page."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole, card = QPainterPath(), QPainterPath()
        whole.addRect(QRectF(self.rect()))
        inner = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        card.addRoundedRect(inner, _RADIUS, _RADIUS)
        painter.fillPath(whole.subtracted(card), QColor(tokens.background))
        pen = QPen(QColor(tokens.accent if self.focused else tokens.border), 2 if self.focused else 1)
        shift = QPointF(0.5, 0.5) if self.focused else QPointF(0, 0)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(inner.topLeft() + shift, inner.bottomRight() - shift), _RADIUS, _RADIUS)
